/* bench/bench.h - the subcommands of oriel-bench. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/report.h"

#define BENCH_RATES_MAX 8

/* 0 and NULL: each command's own choice. */
struct bench_options {
	uint32_t rounds, samples; /* samples: values of each round */
	uint32_t seconds;
	uint32_t rates[BENCH_RATES_MAX]; /* a second */
	size_t rate_count;
	uint32_t width, height; /* of the screens */
	uint32_t block;         /* glass: side of the square that changes; 0: all, then 64 */
	uint32_t viewers;       /* idle */
	bool all;               /* a page for the record: take the time */
	bool plain;             /* transport: only from a plain producer */
	const char *guest;      /* program that captures */
	const char *view;       /* program that shows */
};

/* Each begins a run in the report and returns the program's exit status. */
int bench_copy(struct report *report, const struct bench_options *options);
int bench_queue(struct report *report, const struct bench_options *options);
int bench_transport(struct report *report, const struct bench_options *options);
int bench_wake(struct report *report, const struct bench_options *options);
int bench_glass(struct report *report, const struct bench_options *options);
int bench_guest(struct report *report, const struct bench_options *options);
int bench_spice(struct report *report, const struct bench_options *options);
int bench_idle(struct report *report, const struct bench_options *options);

#endif
