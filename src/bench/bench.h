/* bench/bench.h - the subcommands of oriel-bench. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

struct bench_options {
	bool json;
	bool floor;             /* glass: the bare floor in turns with ours */
	uint32_t rounds;        /* 0: the command's own default */
	uint32_t seconds;       /* idle */
	uint32_t width, height; /* screen of glass and idle; 0: 1920x1080 */
	uint32_t block;         /* glass: side of the square that changes; 0: all, then 64 */
	const char *guest;      /* program that captures */
	const char *view;       /* program that shows */
};

/* Each returns the program's exit status and prints what went wrong. */
int bench_copy(const struct bench_options *options);
int bench_queue(const struct bench_options *options);
int bench_glass(const struct bench_options *options);
int bench_idle(const struct bench_options *options);

#endif
