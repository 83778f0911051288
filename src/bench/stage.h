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

enum stage_kind {
	STAGE_OURS,  /* oriel-guest and oriel-view */
	STAGE_STATS, /* the same, and each second they report */
	STAGE_FLOOR, /* the loops of bench/floor.h */
};

struct stage {
	struct screen source, target;
	struct shm *memory;
	pid_t capture, view;
	int capture_output, view_output; /* what they said, as files; -1: nothing */
};

/* Starts Xvfb twice, then the one program on the first and the other on the second. 0 or a negative
 * errno with words. */
int stage_init(struct stage *self, const struct bench_options *options, enum stage_kind kind,
	       struct err *err);

/* Ends all that runs. */
void stage_finish(struct stage *self);

/* Bytes of pixels that the program with that output says it copied itself (STAGE_STATS). */
uint64_t stage_copied(int output);

/* What the programs said, to stderr: for when it went wrong. */
void stage_complain(const struct stage *self);

#endif
