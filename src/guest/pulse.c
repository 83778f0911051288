#include "guest/pulse.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "shm/wake.h"

/* Consumers count the guest as lost after 1 s. A message of LGMP's mailbox, or the request of an
 * Oriel that cannot wake us, waits for one period at most. With the longer one and the looks of an
 * X server's pointer the program wakes up less than 20 times a second. */
#define PERIOD_NS       (64 * NS_PER_MS)
#define PERIOD_PLAIN_NS (10 * NS_PER_MS)

/* Requests that nobody could wake us for rarely come alone: a pointer moves on. */
#define PERIOD_LIVELY_NS NS_PER_MS
#define LIVELY_NS        (100 * NS_PER_MS)

void pulse_init(struct pulse *self, struct wire_producer *producer, struct worker *frames,
		struct worker *pointer)
{
	memset(self, 0, sizeof(*self));
	self->producer = producer;
	self->frames = frames;
	self->pointer = pointer;
	self->knock = wire_producer_knock_word(producer);
	if (!self->knock)
		self->knock = &self->quiet;
	self->heard = atomic_load_explicit(self->knock, memory_order_acquire);
}

void pulse_note_request(struct pulse *self)
{
	self->requested = true;
}

static void publish(struct pulse *self, _Atomic uint32_t *to, uint32_t value)
{
	if (atomic_exchange_explicit(to, value, memory_order_relaxed) != value)
		self->requested = true;
}

static void tell(struct pulse *self, const struct wire_audience *audience)
{
	worker_tell(self->frames, audience->frame > 0, audience->frame_newcomer);
	worker_tell(self->pointer, audience->pointer > 0, audience->pointer_newcomer);
	publish(self, &self->frame_watchers, audience->frame);
	publish(self, &self->pointer_watchers, audience->pointer);
	publish(self, &self->oriels, audience->oriels);
}

/* What is rung from here on ends the next sleep. Partner of the acquire: wake_ring(). */
static void listen(struct pulse *self)
{
	uint32_t heard = atomic_load_explicit(self->knock, memory_order_acquire);
	if (heard != self->heard)
		self->requested = true;
	self->heard = heard;
}

/* Until then, or a knock: true. */
static bool nap(struct pulse *self, uint64_t until_ns)
{
	uint64_t now = clock_ns();
	struct wake_word word = { self->knock, self->heard };
	if (self->deaf)
		word = (struct wake_word){ &self->quiet, 0 };
	int answer = wake_wait(&word, 1, until_ns > now ? until_ns - now : 0);
	/* The kernel lets nobody sleep on a device's memory, where nobody could wake us anyway. */
	if (answer < 0)
		self->deaf = true;
	return answer == 0;
}

static uint64_t period(const struct pulse *self, bool plain, uint64_t now)
{
	if (now < self->lively_until)
		return PERIOD_LIVELY_NS;
	return plain ? PERIOD_PLAIN_NS : PERIOD_NS;
}

enum worker_end pulse_run(struct worker *worker)
{
	struct pulse *self = container_of(worker, struct pulse, worker);
	bool knocked = false;
	for (;;) {
		struct wire_audience audience;
		uint64_t now = clock_ns();
		self->requested = false;
		listen(self); /* before looking at what pulse_stop() says, and before the pulse */
		if (worker_stopping(worker))
			return WORKER_ASKED;
		if (wire_producer_pulse(self->producer, now, &audience))
			return WORKER_SPOILT;
		tell(self, &audience);
		if (self->requested && !knocked)
			self->lively_until = now + LIVELY_NS;
		knocked = nap(self, now + period(self, audience.plain, now));
		if (knocked)
			worker_knock(self->frames);
	}
}

enum worker_end pulse_stop(struct pulse *self)
{
	worker_ask(&self->worker);
	wake_ring(&self->quiet);
	if (self->knock != &self->quiet)
		wake_ring(self->knock);
	return worker_stop(&self->worker);
}
