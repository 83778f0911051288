/* bench/stage.h - two X servers, and the programs that bring the picture from one to the other. */
#ifndef BENCH_STAGE_H
#define BENCH_STAGE_H

#include <sys/types.h>

#include "base/err.h"
#include "bench/bench.h"
#include "shm/shm.h"

struct screen {
	pid_t server;
	char display[16];
};

struct stage {
	struct screen source, target;
	struct shm *memory;
	pid_t capture, view;
};

/* Starts Xvfb twice, then oriel-guest on the one and oriel-view on the other; or (`floor`) the two
 * loops of bench/floor.h. 0 or a negative errno with words. */
int stage_init(struct stage *self, const struct bench_options *options, bool floor,
	       struct err *err);

/* Ends all that runs; fine for a stage of zeroes. */
void stage_finish(struct stage *self);

#endif
