/* tests/scenario/scene.h - oriel-guest with its test picture, viewers beside it, all as processes
 * of their own on one memory; and a look at that memory and at those processes from outside.
 *
 * Everything here fails the running test case by itself, and everything has a deadline. What a case
 * leaves running ends with the test program.
 */
#ifndef TESTS_SCENARIO_SCENE_H
#define TESTS_SCENARIO_SCENE_H

#include <oriel/oriel.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/clock.h"
#include "pixel/format.h"
#include "test.h"

/* Far beyond what is promised: the machine may be crowded. */
#define SCENE_SOON (10 * NS_PER_S)

struct scene {
	char path[64]; /* of the memory */
	char capture[64];
	uint8_t *base;
	size_t size;
	pid_t guest;
};

/* Seconds of a case: with ORIEL_LONG=1 the second. */
unsigned scene_seconds(unsigned brief, unsigned full);
bool scene_long(void);

/* Starts oriel-guest with that --capture on fresh memory, and waits for its session. Whatever the
 * case before left is ended. */
void scene_open(struct scene *self, const char *capture, uint32_t width, uint32_t height);
void scene_close(struct scene *self);

void scene_start_guest(struct scene *self);

/* A child that dies with us, its output on our stderr. `run` in a fork, or a program. */
pid_t scene_fork(void (*run)(void *data), void *data);
pid_t scene_viewer(const struct scene *self); /* oriel-view --headless */
void scene_kill(pid_t *pid);
bool scene_alive(pid_t pid);

/* The newest frame whose pixels are all there. */
struct scene_newest {
	uint64_t serial;   /* of the extension */
	uint64_t captured; /* which is the stamp in the pattern's pixels */
};

/* Zeroes while there is none. */
struct scene_newest scene_newest(const struct scene *self);

/* Blocks that are claimed, and the bits that are set in their holds. */
unsigned scene_claims(const struct scene *self, unsigned *held);

/* Where the guest says that its pointer is, with a number for each change. */
struct scene_pointer {
	uint64_t sequence;
	int32_t x, y;
};

struct scene_pointer scene_pointer(const struct scene *self);

/* What a process has used since it began, all its threads. */
struct scene_usage {
	uint64_t cpu_ns, wakes; /* wakes: it went to sleep and came back */
	unsigned threads, files;
};

struct scene_usage scene_usage(pid_t pid);

/* The library's format as pixel/ knows it. */
struct pixel_image scene_image(const struct oriel_format *format);

/* Sleeps until `condition`, or fails. */
#define SCENE_EVENTUALLY(condition)                                                                \
	do {                                                                                       \
		uint64_t end_ = clock_ns() + SCENE_SOON;                                           \
		while (!(condition)) {                                                             \
			if (clock_ns() > end_)                                                     \
				test_fail("did not come true: %s", #condition);                    \
			clock_sleep(NS_PER_MS);                                                    \
		}                                                                                  \
	} while (0)

#endif
