/* bench/doorbell.h - from a guest's store to its doorbell until a program here is awake. */
#ifndef BENCH_DOORBELL_H
#define BENCH_DOORBELL_H

#include "bench/bench.h"

/* Adds its parts to a run that has begun. Returns the exit status. */
int doorbell_measure(struct report *report, const struct bench_options *options);

#endif
