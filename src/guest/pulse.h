/* guest/pulse.h - the heartbeat thread: proves that we live, serves the mailbox and other Oriels'
 * requests, sees who looks.
 *
 * It sleeps on what Oriels knock on, so a request is answered at once: on a word where both run on
 * one kernel, on the interrupt of an ivshmem device where we are a machine's guest and have it.
 * Elsewhere a request is found by the next beat, and then others are expected soon.
 */
#ifndef GUEST_PULSE_H
#define GUEST_PULSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest/worker.h"
#include "wire/producer.h"

struct pulse {
	struct worker worker;
	struct wire_producer *producer;
	struct worker *frames, *pointer; /* whom to tell; running while the pulse runs */
	_Atomic uint32_t *knock;         /* where Oriels knock; &quiet without the extension */
	_Atomic uint32_t quiet;          /* 0, until pulse_stop() */
	int bell;                        /* eventfd: rings, too, when Oriels knock; or -1 */
	_Atomic uint64_t knocks;         /* that ended a nap */
	_Atomic uint32_t frame_watchers, pointer_watchers, oriels;

	/* The pulse thread's own. */
	uint32_t heard; /* knocks before the last beat */
	bool deaf;      /* nobody can sleep on that word */
	bool requested; /* the last beat found that somebody wanted something */
	/* All clock_ns(). */
	uint64_t lively_until; /* look closely until then */
	uint64_t answered;     /* when the last knock was */
	uint64_t counted_from; /* since then, so many knocks: */
	uint32_t count;
	uint64_t shut_until; /* listen to none until then */
};

/* Before each start. `bell` is borrowed, and nobody else clears it. */
void pulse_init(struct pulse *self, struct wire_producer *producer, int bell, struct worker *frames,
		struct worker *pointer);

/* Pulse thread, from within wire_producer_pulse(): a consumer wanted something. */
void pulse_note_request(struct pulse *self);

/* For worker_start(). */
enum worker_end pulse_run(struct worker *worker);

/* Instead of worker_stop(): ends its sleep, too. */
enum worker_end pulse_stop(struct pulse *self);

#endif
