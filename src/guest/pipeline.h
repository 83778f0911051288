/* guest/pipeline.h - the capture thread: a change on the screen becomes a frame in shared memory.
 *
 * wait -> acquire a slot -> publish -> fill -> write pointer to the end. Each slot remembers the
 * damage it missed, so only changed rows are ever touched. While no slot or no place in the queue
 * is free, damage stays pending and grows; the last change is always shown.
 */
#ifndef GUEST_PIPELINE_H
#define GUEST_PIPELINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest/capture.h"
#include "guest/ringer.h"
#include "guest/worker.h"
#include "pixel/region.h"
#include "wire/producer.h"

/* Written by the capture thread, read by anybody. */
struct pipeline_stats {
	_Atomic uint64_t frames;  /* published */
	_Atomic uint64_t failed;  /* fills that failed */
	_Atomic uint64_t looks;   /* naps while starved of room */
	_Atomic uint64_t pixels;  /* inside the damage of published frames */
	_Atomic uint64_t fill_ns; /* spent in fill() */
};

struct pipeline {
	struct worker worker;
	struct capture *capture;
	struct wire_producer *producer;
	struct ringer *ringer;
	uint64_t min_period_ns; /* between two frames; 0 = no limit */
	uint64_t slots_cut_for; /* bytes of a frame that the slots were made for */
	struct pipeline_stats stats;

	/* The capture thread's own. */
	struct capture_info info;             /* of the last wait; format 0 = none yet */
	struct region pending;                /* changed on the screen, not published yet */
	uint64_t pending_since;               /* clock_ns() when the first of it was seen */
	struct region missed[WIRE_SLOTS_MAX]; /* changed since that slot was filled */
	bool watching;                        /* the capture runs */
	bool owed;             /* a frame or a repeat waits for a place in the queue */
	uint32_t starved;      /* looks since the last frame */
	uint32_t failing;      /* fills that failed one after the other */
	uint64_t not_before;   /* clock_ns() of the next frame at the earliest */
	struct wire_slot slot; /* being filled */
	struct capture_target target;
	uint64_t began_ns; /* the filling */
};

/* All bytes of *self are set; capture, producer and ringer are borrowed until the worker stopped.
 */
void pipeline_init(struct pipeline *self, struct capture *capture, struct wire_producer *producer,
		   struct ringer *ringer, uint32_t fps_limit, uint64_t slots_cut_for);

/* For worker_start(). */
enum worker_end pipeline_run(struct worker *worker);

/* The new size to cut slots for, after WORKER_RESIZE. */
uint64_t pipeline_frame_bytes(const struct pipeline *self);

#endif
