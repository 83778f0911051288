#include "lib/account.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"

static uint64_t peek(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static void poke(_Atomic uint64_t *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

void account_latency(struct account *self, uint64_t ns)
{
	uint64_t at = atomic_fetch_add_explicit(&self->shown, 1, memory_order_relaxed);
	poke(&self->latency_ns[at % ACCOUNT_LATENCIES], ns);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void percentiles(const struct account *self, uint64_t out[3])
{
	static const unsigned wanted[3] = { 50, 95, 99 };
	uint64_t sorted[ACCOUNT_LATENCIES];
	size_t count = (size_t)min_u64(peek(&self->shown), ACCOUNT_LATENCIES);
	for (size_t i = 0; i < count; i++)
		sorted[i] = peek(&self->latency_ns[i]);
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
	};
	percentiles(self, out->latency_ns);
}

struct account *account_create(void)
{
	struct account *self = calloc(1, sizeof(*self));
	if (self)
		atomic_init(&self->refs, 1);
	return self;
}

struct account *account_ref(struct account *self)
{
	atomic_fetch_add_explicit(&self->refs, 1, memory_order_relaxed);
	return self;
}

void account_unref(struct account *self)
{
	if (self && atomic_fetch_sub_explicit(&self->refs, 1, memory_order_acq_rel) == 1)
		free(self);
}
