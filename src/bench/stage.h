/* bench/stage.h - a screen, seats with screens of their own, and the programs that bring the
 * picture from the one to the others. Each screen is an X server. */
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

/* Starts an Xvfb of that size, for child_stop(). 0 or a negative errno with words. */
int screen_init(struct screen *self, uint32_t width, uint32_t height, struct err *err);

enum stage_kind {
	STAGE_OURS,  /* oriel-guest and oriel-view */
	STAGE_STATS, /* the same, and each second they report */
	STAGE_FLOOR, /* the loops of bench/floor.h */
};

#define STAGE_SEATS_MAX 8

struct seat {
	struct screen screen;
	pid_t view;
	int output; /* what it said, as a file; -1: nothing */
};

struct stage {
	struct screen source;
	struct shm *memory;
	pid_t capture;
	int output; /* as a seat's */
	struct seat seats[STAGE_SEATS_MAX];
	unsigned seat_count; /* options->viewers, at least 1 */
};

/* Starts an Xvfb for the source and one for each seat, the one program on the first and the other
 * on each seat. 0 or a negative errno with words. */
int stage_init(struct stage *self, const struct bench_options *options, enum stage_kind kind,
	       struct err *err);

/* Ends all that runs. */
void stage_finish(struct stage *self);

/* Do all programs still run? */
bool stage_alive(const struct stage *self);

/* Bytes of pixels that the program with that output says it copied itself (STAGE_STATS). */
uint64_t stage_copied(int output);

/* What the programs said, to stderr: for when it went wrong. */
void stage_complain(const struct stage *self);

#endif
