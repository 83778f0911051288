#include "lib/ear.h"

#include "base/atomic.h"
#include "base/clock.h"
#include "base/mem.h"

#define SPIN_NS   (20 * NS_PER_US) /* shorter waits are not worth a nap */
#define BROKEN_NS NS_PER_MS        /* a futex that fails must not make us spin */

/* 64 wake-ups for nothing within 10 ms, or 256 for something, are not what an honest guest does. */
#define WINDOW_NS   (10 * NS_PER_MS)
#define DEAF_NS     (4 * NS_PER_MS)
#define PATIENCE    256
#define FOR_NOTHING 4
#define FOR_NEWS    1

void ear_init(struct ear *self, struct account *account)
{
	*self = (struct ear){ .account = account, .words[0].word = &account->bell };
}

void ear_attend(struct ear *self)
{
	self->armed = false;
	/* Partner: the release in wake_ring(): what was wished before is seen after this. */
	self->words[0].seen = atomic_load_explicit(self->words[0].word, memory_order_acquire);
}

bool ear_arm(struct ear *self, struct wire_consumer *consumer)
{
	bool wakes = false;
	if (clock_ns() < self->deaf_ns)
		return false;
	self->words[1].word = wire_consumer_arm(consumer, &self->words[1].seen, &wakes);
	self->armed = wakes && self->words[1].word;
	return self->armed;
}

void ear_news(struct ear *self)
{
	self->noise -= min_u32(self->noise, FOR_NOTHING - FOR_NEWS);
}

static void judge(struct ear *self, uint64_t now)
{
	const struct wake_word *bell = &self->words[1];
	if (atomic_load_explicit(bell->word, memory_order_relaxed) == bell->seen)
		return;
	if (now - self->since_ns > WINDOW_NS) {
		self->since_ns = now;
		self->noise = 0;
	}
	self->noise += FOR_NOTHING;
	if (self->noise >= PATIENCE)
		self->deaf_ns = now + DEAF_NS;
}

static void nap(struct ear *self, uint64_t ns)
{
	if (wake_wait(self->words, self->armed ? 2 : 1, ns) < 0)
		clock_sleep(min_u64(ns, BROKEN_NS));
	account_add(self->account, ACCOUNT_WAKEUPS);
	if (self->armed)
		judge(self, clock_ns());
}

void ear_sleep(struct ear *self, uint64_t until_ns)
{
	uint64_t now = clock_ns();
	until_ns = max_u64(until_ns, self->deaf_ns);
	if (until_ns > now + SPIN_NS)
		nap(self, until_ns - now);
	else
		for (; now < until_ns; now = clock_ns())
			cpu_relax();
}
