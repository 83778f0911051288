/* What a picture that stands still costs: CPU time and wake-ups of both programs, from /proc. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "bench/child.h"
#include "bench/report.h"
#include "bench/sight.h"
#include "bench/stage.h"
#include "bench/usage.h"

#define SETTLE (3 * NS_PER_S)

struct program {
	const char *name;
	pid_t pid;
	struct usage last;
	struct series cpu, switches;
};

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
	report_row(report, name, "%", &self->cpu);
	snprintf(name, sizeof(name), "%s, switches", self->name);
	report_row(report, name, "1/s", &self->switches);
	series_finish(&self->cpu);
	series_finish(&self->switches);
}

static void measure(struct report *report, const struct stage *stage,
		    const struct bench_options *options)
{
	struct program programs[] = { { "viewer", stage->view },
				      { "guest program", stage->capture } };

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
	for (int i = 0; i < 2; i++)
		report_program(report, &programs[i]);
}

int bench_idle(struct report *report, const struct bench_options *options)
{
	struct bench_options at = *options;
	struct stage stage;
	struct sight sight;
	struct err err;

	report_begin(report, "idle", "a picture that stands still, second by second");
	at.width = options->width ? options->width : 1920;
	at.height = options->width ? options->height : 1080;
	at.seconds = options->seconds ? options->seconds : 10;
	int result = stage_init(&stage, &at, STAGE_OURS, &err);
	if (result != 0)
		return report_failure(report, err.text);
	result = sight_init(&sight, &stage, &err);
	if (result == 0 && !sight_wait(&sight, at.width, at.height))
		result = err_set(&err, -1, "no picture came through");
	sight_finish(&sight); /* the canvas goes with it: one more change, then peace */
	if (result == 0)
		measure(report, &stage, &at);
	if (result == 0 && (!child_alive(stage.capture) || !child_alive(stage.view)))
		result = err_set(&err, -1, "a program ended on the way");
	if (result != 0)
		stage_complain(&stage);
	stage_finish(&stage);
	return result ? report_failure(report, err.text) : 0;
}
