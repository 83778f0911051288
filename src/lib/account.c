#include "lib/account.h"

#include <assert.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "shm/wake.h"

static uint64_t peek(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static void poke(_Atomic uint64_t *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

static void record(struct series *self, uint64_t ns)
{
	uint64_t at = atomic_fetch_add_explicit(&self->count, 1, memory_order_relaxed);
	poke(&self->values[at % ACCOUNT_LATENCIES], ns);
}

void account_latency(struct account *self, uint64_t ns)
{
	record(&self->latency, ns);
}

/* Each moment is put between the ones before it and the last: a frame that is read along is seen
 * before it is filled, and foreign stamps may be anything. So the stages add up to the total. */
void account_stages(struct account *self, const struct oriel_stamps *stamps)
{
	const uint64_t moments[] = { stamps->posted_ns, stamps->filled_ns, stamps->seen_ns,
				     stamps->submitted_ns, stamps->presented_ns };
	static_assert(ARRAY_LEN(moments) == ORIEL_STAGE_TOTAL, "one moment ends each stage");
	uint64_t last = stamps->presented_ns, begin = min_u64(stamps->captured_ns, last);
	uint64_t at = begin;
	for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
		uint64_t next = max_u64(at, min_u64(moments[i], last));
		record(&self->stages[i], next - at);
		at = next;
	}
	record(&self->stages[ORIEL_STAGE_TOTAL], last - begin);
}

/* Moves the bell before it looks for the other word, as the thread lends that before it looks at
 * the bell: one of the two sees the other. */
static void ring_lent(struct account *self)
{
	atomic_fetch_add(&self->ringing, 1); /* partner: account_lend() */
	_Atomic uint32_t *word = atomic_load(&self->lent);
	if (word)
		wake_ring(word);
	atomic_fetch_sub(&self->ringing, 1);
}

/* The thread sleeps on one of them; nobody rings often. */
void account_ring(struct account *self)
{
	wake_ring(&self->bell);
	ring_lent(self);
	if (self->bell_fd >= 0)
		wake_eventfd_ring(self->bell_fd);
}

void account_lend(struct account *self, _Atomic uint32_t *word)
{
	if (atomic_load_explicit(&self->lent, memory_order_relaxed) == word)
		return;
	atomic_store(&self->lent, word);
	while (atomic_load(&self->ringing))
		sched_yield();
}

int account_open_bell(struct account *self)
{
	int fd = wake_eventfd();
	if (fd < 0)
		return fd;
	self->bell_fd = fd;
	return 0;
}

/* Both sides exchange: whoever comes second sees what the first one did before. */
void account_await(struct account *self)
{
	atomic_exchange_explicit(&self->awaited, true, memory_order_acq_rel);
}

void account_returned(struct account *self)
{
	if (atomic_exchange_explicit(&self->awaited, false, memory_order_acq_rel))
		account_ring(self);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void percentiles(const struct series *self, uint64_t out[3])
{
	static const unsigned wanted[3] = { 50, 95, 99 };
	uint64_t sorted[ACCOUNT_LATENCIES];
	size_t count = (size_t)min_u64(peek(&self->count), ACCOUNT_LATENCIES);
	for (size_t i = 0; i < count; i++)
		sorted[i] = peek(&self->values[i]);
	qsort(sorted, count, sizeof(sorted[0]), by_value);
	for (size_t i = 0; i < 3; i++)
		out[i] = count ? sorted[(count - 1) * wanted[i] / 100] : 0;
}

void account_report(const struct account *self, struct oriel_stats *out)
{
	*out = (struct oriel_stats){
		.frames = peek(&self->counts[ACCOUNT_FRAMES]),
		.delivered = peek(&self->counts[ACCOUNT_DELIVERED]),
		.skipped = peek(&self->counts[ACCOUNT_SKIPPED]),
		.repeats = peek(&self->counts[ACCOUNT_REPEATS]),
		.rejected = peek(&self->counts[ACCOUNT_REJECTED]),
		.resubscribed = peek(&self->counts[ACCOUNT_RESUBSCRIBED]),
		.sessions = peek(&self->counts[ACCOUNT_SESSIONS]),
		.looks = peek(&self->counts[ACCOUNT_LOOKS]),
		.wakeups = peek(&self->counts[ACCOUNT_WAKEUPS]),
		.bytes_copied = 0, /* pixels stay where they are */
		.rung = peek(&self->counts[ACCOUNT_RUNG]),
		.wake = (enum oriel_wake)atomic_load_explicit(&self->wake, memory_order_relaxed),
	};
	percentiles(&self->latency, out->latency_ns);
	for (size_t i = 0; i < ORIEL_STAGES; i++)
		percentiles(&self->stages[i], out->stage_ns[i]);
}

struct account *account_create(void)
{
	struct account *self = calloc(1, sizeof(*self));
	if (!self)
		return NULL;
	atomic_init(&self->refs, 1);
	self->bell_fd = -1;
	return self;
}

struct account *account_ref(struct account *self)
{
	atomic_fetch_add_explicit(&self->refs, 1, memory_order_relaxed);
	return self;
}

void account_unref(struct account *self)
{
	if (!self || atomic_fetch_sub_explicit(&self->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (self->bell_fd >= 0)
		close(self->bell_fd);
	free(self);
}
