/* Glass to glass on one machine: a change on one X server, its sight on the other. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/bench.h"
#include "bench/report.h"
#include "bench/sight.h"
#include "bench/stage.h"

#define ROUNDS  200u
#define WARMUP  20u
#define LIMIT   NS_PER_S
#define REPORTS (11 * NS_PER_S / 10) /* until both programs have reported the last second */
#define SIDES   2                    /* ours, floor */

static const char *const side_names[SIDES] = { "oriel", "floor" };

struct side {
	struct stage stage;
	struct sight sight;
	struct series series;
	uint32_t lost; /* changes that did not arrive in time */
};

static int side_init(struct side *self, const struct bench_options *options, bool floor,
		     struct err *err)
{
	*self = (struct side){ 0 };
	int result = stage_init(&self->stage, options, floor ? STAGE_FLOOR : STAGE_STATS, err);
	if (result != 0)
		return result;
	result = sight_init(&self->sight, &self->stage, err);
	if (result == 0 && sight_wait(&self->sight, options->width, options->height))
		return 0;
	if (result == 0) {
		sight_finish(&self->sight);
		result = err_set(err, -1, "no change of the one screen came to the other (%s)",
				 side_names[floor]);
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

static void one_round(struct side *side, const struct bench_options *options, uint32_t block,
		      bool counts)
{
	/* Not in step with anybody's period. */
	clock_sleep((5 + (uint64_t)rand() % 30) * NS_PER_MS);
	uint64_t took = sight_measure(&side->sight, pick(options, block), LIMIT);

	if (took == UINT64_MAX)
		side->lost++;
	else if (counts)
		series_add(&side->series, (double)took / NS_PER_MS);
}

static void measure(struct report *report, struct side *sides, int count,
		    const struct bench_options *options, uint32_t block)
{
	uint32_t rounds = options->rounds ? options->rounds : ROUNDS;
	char name[64], what[32] = "full";

	for (uint32_t round = 0; round < rounds + WARMUP; round++)
		for (int i = 0; i < count; i++)
			one_round(&sides[i], options, block, round >= WARMUP);
	if (block)
		snprintf(what, sizeof(what), "%ux%u", block, block);
	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%ux%u %s %s", options->width, options->height, what,
			 side_names[i]);
		report_row(report, name, "ms", &sides[i].series,
			   (struct report_figure[]){ { "lost", sides[i].lost }, { 0 } });
		series_finish(&sides[i].series);
	}
}

/* The screen showed thousands of millions of bytes by now; these are the ones that we moved. */
static void report_copies(struct report *report, const struct stage *stage)
{
	clock_sleep(REPORTS);
	report_note(report, "copied by oriel-guest", "MiB",
		    (double)stage_copied(stage->capture_output) / (1 << 20));
	report_note(report, "copied by oriel-view", "MiB",
		    (double)stage_copied(stage->view_output) / (1 << 20));
}

int bench_glass(const struct bench_options *options)
{
	int wanted = options->floor ? SIDES : 1, count = 0, result = 0;
	struct side sides[SIDES];
	struct report report;
	struct err err;

	for (; count < wanted && result == 0; count += result == 0)
		result = side_init(&sides[count], options, count == 1, &err);
	if (result != 0) {
		fprintf(stderr, "oriel-bench: %s\n", err.text);
	} else {
		report_begin(&report, options->json, "glass",
			     "From a change on one X server to its sight on another");
		measure(&report, sides, count, options, options->block);
		if (options->block == 0)
			measure(&report, sides, count, options, 64);
		report_copies(&report, &sides[0].stage);
		report_end(&report);
	}
	while (count-- > 0)
		side_finish(&sides[count]);
	return result ? 1 : 0;
}
