#include "guest/pulse.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* Consumers count the guest as lost after 1 s; a mailbox message waits one period at most. */
#define PERIOD_WATCHED_NS (10 * NS_PER_MS)
#define PERIOD_ALONE_NS   (50 * NS_PER_MS)

void pulse_init(struct pulse *self, struct wire_producer *producer, struct worker *frames,
		struct worker *pointer)
{
	memset(self, 0, sizeof(*self));
	self->producer = producer;
	self->frames = frames;
	self->pointer = pointer;
}

static void tell(struct pulse *self, const struct wire_audience *audience)
{
	worker_tell(self->frames, audience->frame > 0, audience->frame_newcomer);
	worker_tell(self->pointer, audience->pointer > 0, audience->pointer_newcomer);
	atomic_store_explicit(&self->frame_watchers, audience->frame, memory_order_relaxed);
	atomic_store_explicit(&self->pointer_watchers, audience->pointer, memory_order_relaxed);
}

enum worker_end pulse_run(struct worker *worker)
{
	struct pulse *self = container_of(worker, struct pulse, worker);
	while (!worker_stopping(worker)) {
		struct wire_audience audience;
		uint64_t now = clock_ns();
		if (wire_producer_pulse(self->producer, now, &audience))
			return WORKER_SPOILT;
		tell(self, &audience);
		bool alone = !audience.frame && !audience.pointer;
		waker_wait(&worker->waker, -1, now + (alone ? PERIOD_ALONE_NS : PERIOD_WATCHED_NS));
	}
	return WORKER_ASKED;
}
