/* From a motion in the viewer to QEMU's input, by QEMU's trace of that, which has the time of day;
 * a viewer shows moving pictures meanwhile. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "bench/child.h"
#include "bench/spice.h"
#include "bench/stage.h"
#include "bench/usage.h"

#define MOTIONS   4000u
#define EVERY_NS  NS_PER_MS
#define START_NS  (2 * NS_PER_S) /* the viewer's start is not measured */
#define ARRIVE_NS (10 * NS_PER_S)

#define GOAL_US   90.0 /* p50 */
#define GOAL_CORE 3.0  /* per cent */

struct motions {
	struct spice spice;
	uint64_t sent_us[MOTIONS];
	struct series took; /* us */
};

static uint64_t day_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* "123@1700000000.123456:input_event_rel con 0, axis x, value 3": that many motions in one. */
static void take_line(struct motions *self, const char *line)
{
	unsigned long seconds, us;
	long value;

	if (sscanf(line, "%*u@%lu.%lu:input_event_rel con %*d, axis x, value %ld", &seconds, &us,
		   &value) != 3)
		return;
	for (; value > 0 && self->took.count < MOTIONS; value--)
		series_add(&self->took, (double)((int64_t)(seconds * 1000000 + us) -
						 (int64_t)self->sent_us[self->took.count]));
}

static void read_trace(struct motions *self)
{
	char line[256];
	FILE *file = fopen(self->spice.box.trace, "re");

	self->took.count = 0;
	while (file && fgets(line, sizeof(line), file))
		take_line(self, line);
	if (file)
		fclose(file);
}

static int move(struct motions *self)
{
	uint64_t due = clock_ns();
	int result = 0;

	for (unsigned i = 0; i < MOTIONS && result == 0; i++) {
		self->sent_us[i] = day_us();
		result = spice_ask(&self->spice, LINK_SPICE_MOTION,
				   &(struct link_spice_motion){ 1, 0 }, NULL);
		if (result == 0)
			result = spice_listen(&self->spice, 0);
		due += EVERY_NS;
		if (clock_ns() < due)
			clock_sleep_until(due);
	}
	return result;
}

static void report_motions(struct report *report, struct motions *self, double core)
{
	report_part(report, "motion, 1000/s, beside a viewer that draws");
	report_row(report, "from the link to QEMU", "us", &self->took);
	report_goal(report, "from the link to QEMU, p50", "us", series_at(&self->took, 50),
		    GOAL_US);
	report_goal(report, "lost", "", MOTIONS - (double)self->took.count, 0);
	report_goal(report, "oriel-spice, of a core", "%", core, GOAL_CORE);
}

static int measure(struct report *report, struct motions *self, struct err *err)
{
	pid_t worker = spice_worker(&self->spice);

	int result = spice_wait(&self->spice, NULL, START_NS);
	struct usage before = usage_of(worker);
	uint64_t began = clock_ns();
	if (result == 0)
		result = move(self);
	double core = (double)usage_since(worker, &before).cpu_ns * 100 /
		      (double)(clock_ns() - began);
	for (uint64_t until = clock_ns() + ARRIVE_NS;
	     result == 0 && self->took.count < MOTIONS && clock_ns() < until; read_trace(self))
		result = spice_wait(&self->spice, NULL, 50 * NS_PER_MS);
	if (result < 0 || !self->took.count)
		return err_set_errno(err, result ? result : -ETIMEDOUT, "motion through SPICE");
	report_motions(report, self, core);
	return 0;
}

static pid_t start_viewer(const struct screen *screen, const struct bench_options *options)
{
	char program[PATH_MAX];
	char *argv[] = { program, (char *)"--no-config", (char *)"--source=pattern:1280x720@60",
			 (char *)"--no-spice", NULL };

	child_find(program, sizeof(program), options->view, "oriel-view");
	return child_start(argv, screen->display, -1);
}

int spice_measure_input(struct report *report, const struct bench_options *options, struct err *err)
{
	static struct motions self;
	struct screen screen = { 0 };

	int result = screen_init(&screen, 1280, 720, err);
	if (result < 0)
		return result;
	pid_t viewer = start_viewer(&screen, options);
	result = spice_init(&self.spice, err);
	if (result == 0)
		result = measure(report, &self, err);
	spice_finish(&self.spice);
	child_stop(viewer);
	child_stop(screen.server);
	series_finish(&self.took);
	return result;
}
