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
	*self = (struct ear){ .account = account,
			      .words[0].word = &account->bell,
			      .armed = ORIEL_WAKE_PACING,
			      .doorbell = -1 };
}

void ear_listen(struct ear *self, int doorbell)
{
	self->doorbell = doorbell;
	self->missed = self->idle = false;
}

void ear_attend(struct ear *self)
{
	self->armed = ORIEL_WAKE_PACING;
	/* Partner: the release in wake_ring(): what was wished before is seen after this. */
	self->words[0].seen = atomic_load_explicit(self->words[0].word, memory_order_acquire);
}

bool ear_arm(struct ear *self, struct wire_consumer *consumer)
{
	bool wakes = false;
	if (clock_ns() < self->deaf_ns)
		return false;
	self->words[1].word = wire_consumer_arm(consumer, &self->words[1].seen, &wakes);
	if (wakes && self->words[1].word) {
		self->armed = ORIEL_WAKE_FUTEX;
		account_lend(self->account, self->words[1].word);
	} else if (wakes && self->doorbell >= 0) {
		self->armed = ORIEL_WAKE_DOORBELL;
	}
	return self->armed != ORIEL_WAKE_PACING;
}

void ear_news(struct ear *self)
{
	self->noise -= min_u32(self->noise, FOR_NOTHING - FOR_NEWS);
	self->missed |= self->idle;
}

/* The guest rang. */
static void judge(struct ear *self, uint64_t now)
{
	self->missed = false;
	account_add(self->account, ACCOUNT_RUNG);
	if (now - self->since_ns > WINDOW_NS) {
		self->since_ns = now;
		self->noise = 0;
	}
	self->noise += FOR_NOTHING;
	if (self->noise >= PATIENCE)
		self->deaf_ns = now + DEAF_NS;
}

static bool moved(const struct wake_word *word)
{
	return atomic_load(word->word) != word->seen;
}

/* The program moves its own bell first, then the guest's: what it moved of the guest's before we
 * noted that is seen here, what it moves later ends the wait. */
static bool nap_by_futex(struct ear *self, uint64_t ns)
{
	const struct wake_word *own = &self->words[0], *guests = &self->words[1];
	bool armed = self->armed == ORIEL_WAKE_FUTEX;
	if (!moved(own) && wake_wait(armed ? guests : own, 1, ns) < 0)
		clock_sleep(min_u64(ns, BROKEN_NS));
	return armed && moved(guests) && !moved(own);
}

static bool nap_by_eventfd(struct ear *self, uint64_t ns)
{
	const int fds[] = { self->account->bell_fd, self->doorbell };
	int rung = wake_wait_eventfds(fds, ARRAY_LEN(fds), ns);
	if (rung < 0)
		clock_sleep(min_u64(ns, BROKEN_NS));
	self->idle = rung == 0;
	return rung > 0 && (rung & 2);
}

static uint64_t nap(struct ear *self, uint64_t ns)
{
	bool rung = self->armed == ORIEL_WAKE_DOORBELL ? nap_by_eventfd(self, ns)
						       : nap_by_futex(self, ns);
	uint64_t awake = clock_ns();
	account_add(self->account, ACCOUNT_WAKEUPS);
	if (rung)
		judge(self, awake);
	return awake;
}

uint64_t ear_sleep(struct ear *self, uint64_t until_ns)
{
	uint64_t now = clock_ns();
	until_ns = max_u64(until_ns, self->deaf_ns);
	self->idle = false;
	if (until_ns > now + SPIN_NS)
		return nap(self, until_ns - now);
	for (; now < until_ns; now = clock_ns())
		cpu_relax();
	return now;
}

void ear_forget(struct ear *self)
{
	account_lend(self->account, NULL);
}
