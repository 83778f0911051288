/* bench/floor.h - the least that any program could do: damage, GetImage into shared memory, a
 * futex, PutImage out of it. No protocol, no checks, no buffers in turns. What ours is compared
 * with. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "shm/shm.h"

#define FLOOR_HEADER 4096 /* bytes before the pixels */

struct floor_end {
	const char *display;
	struct shm *memory;
};

/* The two loops; `end` is a struct floor_end. They return 1 when their display has gone. */
int floor_capture(void *end);
int floor_view(void *end);

#endif
