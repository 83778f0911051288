#include "guest/pulse.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "shm/wake.h"

/* Consumers count the guest as lost after 1 s. A message of LGMP's mailbox, or the request of an
 * Oriel that cannot wake us, waits for one period at most. With each of them and the looks of an X
 * server's pointer the program wakes up about 20 times a second, or less. */
#define PERIOD_NS       (64 * NS_PER_MS)
#define PERIOD_DEAF_NS  (50 * NS_PER_MS)
#define PERIOD_PLAIN_NS (10 * NS_PER_MS)

/* Requests that nobody could wake us for rarely come alone: a pointer moves on. */
#define PERIOD_LIVELY_NS NS_PER_MS
#define LIVELY_NS        (100 * NS_PER_MS)

/* Knocks that come closer than this are answered together. Who knocks more often than a few fast
 * mice do, for a second, is not listened to for a while: looks find what he wants. */
#define KNOCK_GAP_NS    (250 * NS_PER_US)
#define KNOCKS_A_SECOND 2000
#define SHUT_NS         (10 * NS_PER_S)

void pulse_init(struct pulse *self, struct wire_producer *producer, int bell, struct worker *frames,
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
	self->bell = bell;
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

/* The numbers first: whoever is told finds them. */
static void tell(struct pulse *self, const struct wire_audience *audience)
{
	publish(self, &self->frame_watchers, audience->frame);
	publish(self, &self->pointer_watchers, audience->pointer);
	publish(self, &self->oriels, audience->oriels);
	worker_tell(self->frames, audience->frame > 0, audience->frame_newcomer);
	worker_tell(self->pointer, audience->pointer > 0, audience->pointer_newcomer);
}

/* What is rung from here on ends the next sleep. Partner of the acquire: wake_ring(). */
static void listen(struct pulse *self)
{
	uint32_t heard = atomic_load_explicit(self->knock, memory_order_acquire);
	if (heard != self->heard)
		self->requested = true;
	self->heard = heard;
}

/* Can anybody wake us? */
static bool listens(const struct pulse *self, uint64_t now)
{
	return now >= self->shut_until && (self->bell >= 0 || !self->deaf);
}

/* A word on which nobody knocks only makes the thread stop at once. */
static bool nap_on_word(struct pulse *self, bool listens, uint64_t ns)
{
	struct wake_word word = { self->knock, self->heard };
	if (!listens)
		word = (struct wake_word){ &self->quiet, 0 };
	int answer = wake_wait(&word, 1, ns);
	/* The kernel lets nobody sleep on a device's memory, where nobody could wake us anyway. */
	if (answer < 0)
		self->deaf = true;
	return answer == 0;
}

/* The word is moved before the bell is rung. */
static bool nap_by_bell(struct pulse *self, uint64_t until_ns)
{
	if (!(waker_wait(&self->worker.waker, self->bell, until_ns) & WAKER_READABLE))
		return false;
	return wake_eventfd_clear(self->bell) > 0;
}

/* Until then, or a knock: true. */
static bool nap(struct pulse *self, uint64_t until_ns)
{
	uint64_t now = clock_ns();
	bool open = listens(self, now);
	if (open && self->bell >= 0)
		return nap_by_bell(self, until_ns);
	return nap_on_word(self, open, until_ns > now ? until_ns - now : 0);
}

/* Whoever knocks without end must not keep us busy. */
static void pace(struct pulse *self)
{
	uint64_t now = clock_ns();
	atomic_fetch_add_explicit(&self->knocks, 1, memory_order_relaxed);
	if (now - self->counted_from >= NS_PER_S) {
		self->counted_from = now;
		self->count = 0;
	}
	if (++self->count == KNOCKS_A_SECOND) {
		log_warn("somebody knocks without end; not listening for %llu s",
			 (unsigned long long)(SHUT_NS / NS_PER_S));
		self->shut_until = now + SHUT_NS;
	}
	if (now - self->answered < KNOCK_GAP_NS)
		waker_wait(&self->worker.waker, -1, self->answered + KNOCK_GAP_NS);
	self->answered = clock_ns();
}

static uint64_t period(const struct pulse *self, bool plain, uint64_t now)
{
	if (now < self->lively_until)
		return PERIOD_LIVELY_NS;
	if (plain)
		return PERIOD_PLAIN_NS;
	return listens(self, now) ? PERIOD_NS : PERIOD_DEAF_NS;
}

enum worker_end pulse_run(struct worker *worker)
{
	struct pulse *self = container_of(worker, struct pulse, worker);
	bool knocked = false;
	/* Who waits for a guest believes a heartbeat that moves, so it moves soon. */
	self->lively_until = clock_ns() + LIVELY_NS;
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
		if (knocked) {
			pace(self);
			worker_knock(self->frames);
		}
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
