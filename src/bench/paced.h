/* bench/paced.h - oriel-guest's own threads in a process of their own, fed by a clock instead of a
 * screen: frames and moves of the pointer at a steady rate.
 *
 * The first eight bytes of each picture are clock_ns() of when it was captured, so that it can be
 * told from a plain producer, too; a move's x is its number modulo PACED_MOVES. */
#ifndef BENCH_PACED_H
#define BENCH_PACED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shm/shm.h"

#define PACED_MOVES 1024

/* What both processes see besides the pictures. Each word has one writer. */
struct paced_page {
	_Alignas(64) _Atomic uint32_t bell; /* of the bare futex pair */
	_Atomic uint64_t bell_ns;           /* when it rang */
	_Alignas(64) _Atomic uint64_t event_ns;
	_Alignas(64) _Atomic uint64_t captured; /* pictures so far */
	_Atomic uint64_t copied;                /* bytes of pixels */
	_Alignas(64) _Atomic uint64_t moved_ns[PACED_MOVES];
};

/* What a tick of the frames' clock does. */
enum paced_lot { PACED_FRAME, PACED_BARE, PACED_EVENT, PACED_LOTS };

struct paced {
	char name[16]; /* handed through the session as the capture's argument */
	uint32_t width, height;
	uint32_t frames, moves; /* a second; 0: none */
	bool copies;            /* fills the picture by copying it */
	bool plain;             /* no extension */
	bool lots;              /* a tick is by lot a frame, a bare futex or an eventfd */
	int event;              /* that eventfd */
	struct paced_page *page;
	const struct shm *memory;
};

/* The process's whole life, for child_fork(); `paced` is a struct paced. */
int paced_run(void *paced);

#endif
