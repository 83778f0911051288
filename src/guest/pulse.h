/* guest/pulse.h - the heartbeat thread: proves that we live, serves the mailbox, sees who looks. */
#ifndef GUEST_PULSE_H
#define GUEST_PULSE_H

#include <stdatomic.h>
#include <stdint.h>

#include "guest/worker.h"
#include "wire/producer.h"

struct pulse {
	struct worker worker;
	struct wire_producer *producer;
	struct worker *frames, *pointer; /* whom to tell; running while the pulse runs */
	_Atomic uint32_t frame_watchers, pointer_watchers;
};

void pulse_init(struct pulse *self, struct wire_producer *producer, struct worker *frames,
		struct worker *pointer);

/* For worker_start(). */
enum worker_end pulse_run(struct worker *worker);

#endif
