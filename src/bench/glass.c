/* Glass to glass on one machine: a change on one X server, its sight on the other. Ours and the
 * floor take turns by lot. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/bench.h"
#include "bench/contest.h"
#include "bench/report.h"
#include "bench/sight.h"
#include "bench/stage.h"
#include "bench/usage.h"

#define ROUNDS   7u
#define SAMPLES  60u /* of each side, in a round */
#define WARMUP   10u
#define LIMIT    NS_PER_S
#define REPORTS  (11 * NS_PER_S / 10) /* until both programs have reported the last second */
#define GOAL_P50 1.25                 /* times the floor */
#define GOAL_P95 1.5

enum { FLOOR, OURS, SIDES }; /* the floor is way 0 of the contest */

static const char *const side_names[SIDES] = { "floor", "oriel" };

struct side {
	struct stage stage;
	struct sight sight;
	uint32_t lost; /* changes that did not arrive in time */
};

/* What changes, on a screen of the options' size. */
struct picture {
	uint32_t block; /* side of the square; 0: all of the screen */
	char name[48];
};

static int side_init(struct side *self, const struct bench_options *options, int kind,
		     struct err *err)
{
	*self = (struct side){ 0 };
	int result = stage_init(&self->stage, options, kind == FLOOR ? STAGE_FLOOR : STAGE_STATS,
				err);
	if (result != 0)
		return result;
	result = sight_init(&self->sight, &self->stage, 0, err);
	if (result == 0 && sight_wait(&self->sight, &self->stage, options->width, options->height))
		return 0;
	if (result == 0) {
		sight_finish(&self->sight);
		result = err_set(err, -1, "no change of the one screen came to the other (%s)",
				 side_names[kind]);
	}
	stage_complain(&self->stage);
	stage_finish(&self->stage);
	return result;
}

static void side_finish(struct side *self)
{
	sight_finish(&self->sight);
	stage_finish(&self->stage);
}

/* All of the screen, or a block somewhere on it. */
static struct rect pick(const struct bench_options *options, uint32_t block)
{
	if (block == 0)
		return (struct rect){ 0, 0, options->width, options->height };
	uint32_t width = min_u32(block, options->width), height = min_u32(block, options->height);
	return (struct rect){ (uint32_t)rand() % (options->width - width + 1),
			      (uint32_t)rand() % (options->height - height + 1), width, height };
}

/* ms, or 0 for a change that never came. */
static double one_change(struct side *side, const struct bench_options *options, uint32_t block)
{
	/* Not in step with anybody's period. */
	clock_sleep((5 + (uint64_t)rand() % 30) * NS_PER_MS);
	uint64_t took = sight_measure(&side->sight, pick(options, block), LIMIT);

	if (took == UINT64_MAX)
		side->lost++;
	return took == UINT64_MAX ? 0 : (double)took / NS_PER_MS;
}

static void one_round(struct contest *contest, struct side sides[SIDES],
		      const struct bench_options *options, uint32_t block, uint32_t samples)
{
	for (uint32_t i = 0; i < samples; i++) {
		int first = rand() / 2 % SIDES;
		for (int turn = 0; turn < SIDES; turn++) {
			int side = (first + turn) % SIDES;
			double ms = one_change(&sides[side], options, block);
			if (contest && ms > 0)
				contest_add(contest, (unsigned)side, ms);
		}
	}
	if (contest)
		contest_end_round(contest);
}

/* ---- what it costs ---- */

enum { GUEST, VIEWER, SERVERS, PROGRAMS };

static const char *const program_names[PROGRAMS] = { "guest", "viewer", "servers" };

struct costs {
	struct usage programs[PROGRAMS];
};

static struct usage sum(struct usage a, struct usage b)
{
	return (struct usage){ a.cpu_ns + b.cpu_ns, a.wakeups + b.wakeups,
			       a.switches + b.switches };
}

static struct costs costs_of(const struct stage *stage)
{
	const struct seat *seat = &stage->seats[0];

	return (struct costs){ {
		[GUEST] = usage_of(stage->capture),
		[VIEWER] = usage_of(seat->view),
		[SERVERS] = sum(usage_of(stage->source.server), usage_of(seat->screen.server)),
	} };
}

static void report_costs(struct report *report, const char *side, const struct costs *from,
			 const struct costs *to, double changes)
{
	char name[64];

	for (int i = 0; i < PROGRAMS; i++) {
		const struct usage *a = &from->programs[i], *b = &to->programs[i];
		snprintf(name, sizeof(name), "%s %s CPU a frame", side, program_names[i]);
		report_value(report, name, "us", (double)(b->cpu_ns - a->cpu_ns) / 1000 / changes);
		snprintf(name, sizeof(name), "%s %s wakes a frame", side, program_names[i]);
		report_value(report, name, "", (double)(b->wakeups - a->wakeups) / changes);
	}
}

/* ---- the pictures ---- */

static void report_sides(struct report *report, struct contest *contest,
			 const struct side sides[SIDES])
{
	struct contest_way *ours = &contest->ways[OURS];

	for (int i = SIDES - 1; i >= 0; i--)
		report_row(report, side_names[i], "ms", &contest->ways[i].all);
	report_goal(report, "p50 to floor", "x", series_at(&ours->p50, 50), GOAL_P50);
	report_goal(report, "p95 to floor", "x", series_at(&ours->p95, 50), GOAL_P95);
	report_goal(report, "lost", "", sides[OURS].lost, 0);
}

static void measure(struct report *report, struct side sides[SIDES],
		    const struct bench_options *options, const struct picture *picture)
{
	struct contest contest = { .count = SIDES, .compare = contest_ratio };
	uint32_t rounds = options->rounds ? options->rounds : ROUNDS;
	uint32_t samples = options->samples ? options->samples : SAMPLES;
	struct costs from[SIDES], to[SIDES];

	one_round(NULL, sides, options, picture->block, WARMUP);
	for (int i = 0; i < SIDES; i++) {
		from[i] = costs_of(&sides[i].stage);
		sides[i].lost = 0;
	}
	for (uint32_t round = 0; round < rounds; round++)
		one_round(&contest, sides, options, picture->block, samples);
	for (int i = 0; i < SIDES; i++)
		to[i] = costs_of(&sides[i].stage);
	report_part(report, "%s", picture->name);
	report_sides(report, &contest, sides);
	for (int i = SIDES - 1; i >= 0; i--)
		report_costs(report, side_names[i], &from[i], &to[i], (double)rounds * samples);
	contest_finish(&contest);
}

/* The screen showed thousands of millions of bytes by now; these are the ones that we moved. */
static void report_copies(struct report *report, const struct stage *stage)
{
	clock_sleep(REPORTS);
	report_goal(report, "copied by guest", "B", (double)stage_copied(stage->output), 0);
	report_goal(report, "copied by viewer", "B", (double)stage_copied(stage->seats[0].output),
		    0);
}

static int measure_screen(struct report *report, const struct bench_options *options,
			  const struct picture *pictures, size_t count)
{
	struct side sides[SIDES];
	int ready = 0, result = 0;
	struct err err;

	for (; ready < SIDES && result == 0; ready += result == 0)
		result = side_init(&sides[ready], options, ready, &err);
	for (size_t i = 0; i < count && result == 0; i++)
		measure(report, sides, options, &pictures[i]);
	if (result == 0) {
		report_part(report, "%ux%u, all frames", options->width, options->height);
		report_copies(report, &sides[OURS].stage);
	}
	while (ready-- > 0)
		side_finish(&sides[ready]);
	return result == 0 ? 0 : report_failure(report, err.text);
}

static struct picture picture_of(const struct bench_options *options, uint32_t block)
{
	struct picture picture = { .block = block };

	if (block)
		snprintf(picture.name, sizeof(picture.name), "%ux%u", block, block);
	else
		snprintf(picture.name, sizeof(picture.name), "%up full", options->height);
	return picture;
}

int bench_glass(struct report *report, const struct bench_options *options)
{
	struct bench_options at = *options;
	int status;

	at.viewers = 1;
	at.width = options->width ? options->width : 1920;
	at.height = options->width ? options->height : 1080;
	struct picture full = picture_of(&at, 0), block = picture_of(&at, 64);
	report_begin(report, "glass", "a change on one X server until it is seen on another");
	if (options->block) {
		block = picture_of(&at, options->block);
		return measure_screen(report, &at, &block, 1);
	}
	status = measure_screen(report, &at, (struct picture[]){ full, block }, 2);
	if (options->width || status)
		return status;
	at.width = 3840;
	at.height = 2160;
	full = picture_of(&at, 0);
	return measure_screen(report, &at, &full, 1);
}
