/* guest/pointer.h - the pointer thread: shapes and motion, never tied to frames. */
#ifndef GUEST_POINTER_H
#define GUEST_POINTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest/capture.h"
#include "guest/ringer.h"
#include "guest/worker.h"
#include "wire/producer.h"

struct pointer {
	struct worker worker;
	struct capture *capture;
	struct wire_producer *producer;
	struct ringer *ringer;
	_Atomic uint64_t moves, shapes; /* told to consumers */
	_Atomic bool wished;            /* `wish` is new */
	_Atomic uint64_t wish;          /* where a consumer wants the pointer: y << 32 | x */

	/* The pointer thread's own. */
	bool watching;
	bool owed; /* a state or a repeat waits for a place in the queue */
};

/* Capture, producer and ringer are borrowed until the worker stopped. */
void pointer_init(struct pointer *self, struct capture *capture, struct wire_producer *producer,
		  struct ringer *ringer);

/* For worker_start(). */
enum worker_end pointer_run(struct worker *worker);

/* Any thread; never blocks. The newest wish wins. */
void pointer_wish(struct pointer *self, int32_t x, int32_t y);

#endif
