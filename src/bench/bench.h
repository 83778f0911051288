/* bench/bench.h - the subcommands of oriel-bench. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/report.h"

struct bench_options {
	uint32_t rounds, samples; /* samples: of each round; 0: the command's own default */
	uint32_t seconds;         /* idle */
	uint32_t width, height;   /* of the screens; 0: the command's own choice */
	uint32_t block;           /* glass: side of the square that changes; 0: all, then 64 */
	const char *guest;        /* program that captures */
	const char *view;         /* program that shows */
};

/* Each begins a run in the report and returns the program's exit status. */
int bench_copy(struct report *report, const struct bench_options *options);
int bench_queue(struct report *report, const struct bench_options *options);
int bench_glass(struct report *report, const struct bench_options *options);
int bench_idle(struct report *report, const struct bench_options *options);

#endif
