/* What a picture that stands still costs: CPU time and wake-ups of both programs, from /proc. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "bench/child.h"
#include "bench/report.h"
#include "bench/sight.h"
#include "bench/stage.h"

#define SETTLE (3 * NS_PER_S)

/* Of all threads of a process, since they began. */
struct usage {
	uint64_t cpu_ns, switches;
};

struct program {
	const char *name;
	pid_t pid;
	struct usage last;
	struct series cpu, switches;
};

static void add_schedstat(struct usage *usage, const char *task)
{
	char path[300];
	uint64_t ran = 0;

	snprintf(path, sizeof(path), "%s/schedstat", task);
	FILE *file = fopen(path, "r");
	if (file && fscanf(file, "%" SCNu64, &ran) == 1)
		usage->cpu_ns += ran;
	if (file)
		fclose(file);
}

static void add_switches(struct usage *usage, const char *task)
{
	char path[300], line[256];
	uint64_t count;

	snprintf(path, sizeof(path), "%s/status", task);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "voluntary_ctxt_switches: %" SCNu64, &count) == 1 ||
		    sscanf(line, "nonvoluntary_ctxt_switches: %" SCNu64, &count) == 1)
			usage->switches += count;
	if (file)
		fclose(file);
}

static struct usage usage_of(pid_t pid)
{
	struct usage usage = { 0 };
	char path[64], task[280];

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);
	for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(task, sizeof(task), "%s/%.200s", path, entry->d_name);
		add_schedstat(&usage, task);
		add_switches(&usage, task);
	}
	if (tasks)
		closedir(tasks);
	return usage;
}

static void sample(struct program *self, double seconds)
{
	struct usage now = usage_of(self->pid);

	series_add(&self->cpu, (double)(now.cpu_ns - self->last.cpu_ns) / 1e7 / seconds);
	series_add(&self->switches, (double)(now.switches - self->last.switches) / seconds);
	self->last = now;
}

static void report_program(struct report *report, struct program *self)
{
	char name[64];

	snprintf(name, sizeof(name), "%s, of a core", self->name);
	report_row(report, name, "%", &self->cpu, NULL);
	snprintf(name, sizeof(name), "%s, switches", self->name);
	report_row(report, name, "1/s", &self->switches, NULL);
	series_finish(&self->cpu);
	series_finish(&self->switches);
}

static void measure(const struct stage *stage, const struct bench_options *options)
{
	struct program programs[] = { { "viewer", stage->view },
				      { "guest program", stage->capture } };
	struct report report;

	clock_sleep(SETTLE);
	for (int i = 0; i < 2; i++)
		programs[i].last = usage_of(programs[i].pid);
	uint64_t last = clock_ns();
	for (uint32_t second = 0; second < options->seconds; second++) {
		clock_sleep_until(last + NS_PER_S);
		uint64_t now = clock_ns();
		for (int i = 0; i < 2; i++)
			sample(&programs[i], (double)(now - last) / NS_PER_S);
		last = now;
	}
	report_begin(&report, options->json, "idle",
		     "A picture that stands still, second by second");
	for (int i = 0; i < 2; i++)
		report_program(&report, &programs[i]);
	report_end(&report);
}

int bench_idle(const struct bench_options *options)
{
	struct stage stage;
	struct sight sight;
	struct err err;

	int result = stage_init(&stage, options, STAGE_OURS, &err);
	if (result == 0)
		result = sight_init(&sight, &stage, &err);
	if (result != 0) {
		fprintf(stderr, "oriel-bench: %s\n", err.text);
		stage_finish(&stage);
		return 1;
	}
	bool shown = sight_wait(&sight, options->width, options->height);
	sight_finish(&sight); /* the canvas goes with it: one more change, then peace */
	if (shown)
		measure(&stage, options);
	bool alive = child_alive(stage.capture) && child_alive(stage.view);
	if (!shown || !alive)
		fprintf(stderr, "oriel-bench: %s\n",
			shown ? "a program ended on the way" : "no picture came through");
	if (!shown || !alive)
		stage_complain(&stage);
	stage_finish(&stage);
	return shown && alive ? 0 : 1;
}
