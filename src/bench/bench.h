/* bench/bench.h - the subcommands of oriel-bench. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/report.h"

#define BENCH_RATES_MAX 8

struct bench_options {
	uint32_t rounds, samples;        /* samples: of each round; 0: the command's own default */
	uint32_t seconds;                /* idle, transport; 0: as before */
	uint32_t rates[BENCH_RATES_MAX]; /* transport, wake: a second; none: the usual ones */
	size_t rate_count;
	bool plain;             /* transport: only from a plain producer */
	uint32_t width, height; /* of the screens; 0: the command's own choice */
	uint32_t block;         /* glass: side of the square that changes; 0: all, then 64 */
	const char *guest;      /* program that captures */
	const char *view;       /* program that shows */
};

/* Each begins a run in the report and returns the program's exit status. */
int bench_copy(struct report *report, const struct bench_options *options);
int bench_queue(struct report *report, const struct bench_options *options);
int bench_glass(struct report *report, const struct bench_options *options);
int bench_transport(struct report *report, const struct bench_options *options);
int bench_wake(struct report *report, const struct bench_options *options);
int bench_idle(struct report *report, const struct bench_options *options);

#endif
