/* What a picture that stands still costs: CPU time and wake-ups of all programs, from /proc. And
 * what a viewer that stops costs the others: nothing, it should be. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/bench.h"
#include "bench/report.h"
#include "bench/sight.h"
#include "bench/stage.h"
#include "bench/usage.h"

#define SETTLE      (3 * NS_PER_S)
#define SECONDS     10u
#define SECONDS_ALL 60u
#define VIEWERS_ALL 3u
#define PROGRAMS    (1 + STAGE_SEATS_MAX)
#define GUEST_WAKES 20.0 /* a second */
#define VIEW_WAKES  3.0
#define VIEW_CORE   0.1  /* per cent */
#define GOAL_SLOWER 1.25 /* while one is stopped, as many times as long: what noise makes of 1 */
#define SIGHTS      100u /* before a viewer stops, and after */
#define PAUSE       (25 * NS_PER_MS)
#define LIMIT       NS_PER_S

/* ---- standing still ---- */

struct program {
	char name[24];
	pid_t pid;
	struct usage first, last;
	struct series cpu, wakes;
};

static void sample(struct program *self, double seconds)
{
	struct usage now = usage_of(self->pid);

	series_add(&self->cpu, (double)(now.cpu_ns - self->last.cpu_ns) / 1e7 / seconds);
	series_add(&self->wakes, (double)(now.wakeups - self->last.wakeups) / seconds);
	self->last = now;
}

static void report_program(struct report *report, struct program *self, double seconds, bool viewer)
{
	double core = (double)(self->last.cpu_ns - self->first.cpu_ns) / 1e7 / seconds;
	double wakes = (double)(self->last.wakeups - self->first.wakeups) / seconds;

	report_part(report, "%s", self->name);
	report_row(report, "of a core", "%", &self->cpu);
	report_row(report, "wakes", "1/s", &self->wakes);
	if (viewer)
		report_goal(report, "of a core, all the time", "%", core, VIEW_CORE);
	else
		report_value(report, "of a core, all the time", "%", core);
	report_goal(report, "wakes, all the time", "1/s", wakes, viewer ? VIEW_WAKES : GUEST_WAKES);
	series_finish(&self->cpu);
	series_finish(&self->wakes);
}

static void name_programs(struct program *programs, const struct stage *stage)
{
	programs[0] = (struct program){ .name = "guest", .pid = stage->capture };
	for (unsigned i = 0; i < stage->seat_count; i++) {
		programs[1 + i] = (struct program){ .pid = stage->seats[i].view };
		snprintf(programs[1 + i].name, sizeof(programs[1 + i].name), "viewer %u", i + 1);
	}
}

static void stand_still(struct report *report, const struct stage *stage, uint32_t seconds)
{
	struct program programs[PROGRAMS];
	unsigned count = 1 + stage->seat_count;

	name_programs(programs, stage);
	clock_sleep(SETTLE);
	for (unsigned i = 0; i < count; i++)
		programs[i].first = programs[i].last = usage_of(programs[i].pid);
	uint64_t start = clock_ns(), last = start;
	for (uint32_t second = 0; second < seconds; second++) {
		clock_sleep_until(last + NS_PER_S);
		uint64_t now = clock_ns();
		for (unsigned i = 0; i < count; i++)
			sample(&programs[i], (double)(now - last) / NS_PER_S);
		last = now;
	}
	for (unsigned i = 0; i < count; i++)
		report_program(report, &programs[i], (double)(last - start) / NS_PER_S, i > 0);
}

/* ---- one of them stops ---- */

struct look {
	struct series series; /* ms */
	uint32_t lost;
};

static void look_once(struct look *self, struct sight *sight, struct rect rect)
{
	clock_sleep(PAUSE);
	uint64_t took = sight_measure(sight, rect, LIMIT);

	if (took == UINT64_MAX)
		self->lost++;
	else
		series_add(&self->series, (double)took / NS_PER_MS);
}

/* At least so many times, and so long. */
static void look_at(struct look *self, struct sight *sight, struct rect rect, uint32_t times,
		    uint64_t ns)
{
	uint64_t end = clock_ns() + ns;

	for (uint32_t i = 0; i < times || clock_ns() < end; i++)
		look_once(self, sight, rect);
}

static void report_looks(struct report *report, struct look *before, struct look *stopped,
			 struct look *after)
{
	report_part(report, "a viewer stops");
	report_row(report, "change to sight, before", "ms", &before->series);
	report_row(report, "change to sight, meanwhile", "ms", &stopped->series);
	report_row(report, "its own, continued", "ms", &after->series);
	report_goal(report, "meanwhile to before, p50", "x",
		    series_at(&stopped->series, 50) / series_at(&before->series, 50), GOAL_SLOWER);
	report_goal(report, "lost by another", "", before->lost + stopped->lost, 0);
	report_goal(report, "lost by itself, continued", "", after->lost, 0);
}

/* The last one stops, and the first is watched; then the last one, when it has been continued. */
static int stop_one(struct report *report, const struct stage *stage,
		    const struct bench_options *options, struct err *err)
{
	struct rect full = { 0, 0, options->width, options->height };
	struct look before = { 0 }, stopped = { 0 }, after = { 0 };
	uint32_t times = options->samples ? options->samples : SIGHTS;
	unsigned last = stage->seat_count - 1;
	struct sight sight;

	int result = sight_init(&sight, stage, 0, err);
	if (result != 0)
		return result;
	sight_wait(&sight, stage, options->width, options->height);
	look_at(&before, &sight, full, times, 0);
	kill(stage->seats[last].view, SIGSTOP);
	look_at(&stopped, &sight, full, times, options->seconds * NS_PER_S);
	kill(stage->seats[last].view, SIGCONT);
	sight_finish(&sight);
	result = sight_init(&sight, stage, last, err);
	if (result == 0) {
		look_at(&after, &sight, full, times, 0);
		report_looks(report, &before, &stopped, &after);
		sight_finish(&sight);
	}
	series_finish(&before.series);
	series_finish(&stopped.series);
	series_finish(&after.series);
	return result;
}

/* ---- the whole ---- */

/* Every seat has shown a picture. */
static int wait_for_all(const struct stage *stage, const struct bench_options *options,
			struct err *err)
{
	struct sight sight;
	int result = 0;

	for (unsigned i = 0; i < stage->seat_count && result == 0; i++) {
		result = sight_init(&sight, stage, i, err);
		if (result == 0 && !sight_wait(&sight, stage, options->width, options->height))
			result = err_set(err, -1, "no picture came to viewer %u", i + 1);
		sight_finish(&sight); /* the canvas goes with it: one more change, then peace */
	}
	return result;
}

int bench_idle(struct report *report, const struct bench_options *options)
{
	struct bench_options at = *options;
	struct stage stage;
	struct err err;

	at.width = options->width ? options->width : 1920;
	at.height = options->width ? options->height : 1080;
	if (!options->seconds)
		at.seconds = options->all ? SECONDS_ALL : SECONDS;
	if (!options->viewers && options->all)
		at.viewers = VIEWERS_ALL;
	report_begin(report, "idle", "a picture that stands still, second by second");
	int result = stage_init(&stage, &at, STAGE_OURS, &err);
	if (result != 0)
		return report_failure(report, err.text);
	result = wait_for_all(&stage, &at, &err);
	if (result == 0)
		stand_still(report, &stage, at.seconds);
	if (result == 0 && stage.seat_count > 1)
		result = stop_one(report, &stage, &at, &err);
	if (result == 0 && !stage_alive(&stage))
		result = err_set(&err, -1, "a program ended on the way");
	if (result != 0)
		stage_complain(&stage);
	stage_finish(&stage);
	return result ? report_failure(report, err.text) : 0;
}
