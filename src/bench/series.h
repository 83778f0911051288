/* bench/series.h - a growing list of measured values, and what lies at its percentiles. */
#ifndef BENCH_SERIES_H
#define BENCH_SERIES_H

#include <stddef.h>

struct series {
	double *values;
	size_t count, room;
};

/* Ends the program when memory runs out: a bench has nothing to save. */
void series_add(struct series *self, double value);

/* Smallest value that `percent` of all do not exceed (nearest rank); 0 for an empty series. Sorts
 * the values. */
double series_at(struct series *self, double percent);

void series_finish(struct series *self);

#endif
