/* bench/contest.h - ways to do the same, measured in turns and compared round by round.
 *
 * What a machine does meanwhile colours all ways of one round alike, so the figure that lasts is
 * the median over the rounds of what a way needs more than the floor, which is way 0. */
#ifndef BENCH_CONTEST_H
#define BENCH_CONTEST_H

#include "bench/series.h"

#define CONTEST_WAYS_MAX 8

struct contest_way {
	const char *name;
	struct series round; /* the present one */
	struct series all;
	struct series p50, p95; /* one of each ended round, compared with the floor's */
};

/* Zero it, then name the ways. */
struct contest {
	struct contest_way ways[CONTEST_WAYS_MAX];
	unsigned count;
	double (*compare)(double way, double floor);
};

/* Ready-made ones. */
double contest_ratio(double way, double floor);
double contest_difference(double way, double floor);

void contest_add(struct contest *self, unsigned way, double value);

/* A way that got no value in this round is not compared. */
void contest_end_round(struct contest *self);

void contest_finish(struct contest *self);

#endif
