/* What the producer reads in the consumers' blocks: who lives, who sleeps, who wants what. */
#include "base/atomic.h"
#include "base/clock.h"
#include "wire/ext_producer.h"

#define DEAD_MS    3000u /* of our own running time */
#define PAUSE_MS   250u  /* a pulse that comes later says more about us than about them */
#define BURST_NS   (200 * NS_PER_US)
#define BURST_EACH 1000u /* ms between two bursts for one consumer */

/* A word that counts only while the block is its owner's: what it says, or 0. */
static uint32_t said(const _Atomic uint64_t *word, uint32_t id)
{
	uint64_t found = atomic_load(word);
	return ext_id(found) == id ? (uint32_t)found : 0;
}

/* ---- bells ---- */

static bool make_ring(struct ext_producer *self, uint32_t index, uint32_t doorbell,
		      struct wire_ring *out)
{
	if (doorbell == EXT_WAKE_FUTEX)
		*out = (struct wire_ring){ .kind = WIRE_WAKE_FUTEX,
					   .bell = ext_bell(&self->map, index) };
	else
		*out = (struct wire_ring){ .kind = WIRE_WAKE_DOORBELL,
					   .peer = (uint16_t)(doorbell >> 16),
					   .vector = (uint16_t)doorbell };
	return doorbell != EXT_WAKE_NONE;
}

/* Asleep, or about to be, and not rung for yet? Frame and pointer thread ring independently; who
 * changes the memory of it does it. */
static bool sleeps(struct ext_producer *self, uint32_t index, uint32_t id)
{
	uint64_t armed = atomic_load(&ext_block(&self->map, index)->armed);
	uint64_t rung = atomic_load_explicit(&self->rung[index], memory_order_relaxed);
	return ext_id(armed) == id && armed != rung &&
	       atomic_compare_exchange_strong(&self->rung[index], &rung, armed);
}

unsigned wire_ext_rings(struct ext_producer *self, enum wire_event event, struct wire_ring *out)
{
	unsigned count = 0;
	fence_full(); /* partner: the one between a consumer's arming and its second look */
	EXT_FOR_EACH_CLAIMED(&self->map, i, hold)
	{
		const struct ext_block *block = ext_block(&self->map, i);
		uint64_t doorbell = atomic_load(&block->doorbell);
		uint32_t events = said(&block->attention, ext_id(hold)) >> EXT_EVENTS_SHIFT;
		if (ext_id(doorbell) != ext_id(hold) || !(events & event) ||
		    !sleeps(self, i, ext_id(hold)))
			continue;
		count += make_ring(self, i, (uint32_t)doorbell, &out[count]);
	}
	return count;
}

/* ---- questions ---- */

static void answer(struct ext_producer *self, uint64_t question)
{
	struct ext_clock *clock = &self->map.head->clock;
	atomic_store_explicit(&clock->answer_ns, clock_ns(), memory_order_relaxed);
	fence_stores();
	atomic_store_explicit(&clock->answer, question, memory_order_release);
}

/* Who sleeps on a doorbell shall see the answer while it is fresh, and need not look for it. */
static void ring_asker(struct ext_producer *self, const struct ext_block *block, uint64_t question)
{
	uint32_t doorbell = said(&block->doorbell, ext_id(question));
	struct wire_ring ring;
	if (self->ring && doorbell && doorbell != EXT_WAKE_FUTEX &&
	    make_ring(self, 0, doorbell, &ring))
		self->ring(self->data, &ring);
}

/* One answer is as good as the time that it took to be seen; so for a moment we wait for the next
 * questions, which come at once. */
static uint64_t answer_burst(struct ext_producer *self, const struct ext_block *block,
			     uint64_t question)
{
	uint64_t end = clock_ns() + BURST_NS;
	answer(self, question);
	ring_asker(self, block, question);
	do {
		uint64_t next = atomic_load(&block->ask);
		if (next != question && ext_id(next) == ext_id(question))
			answer(self, question = next);
		cpu_relax();
	} while (clock_ns() < end);
	return question;
}

static void listen(struct ext_producer *self, uint32_t index, struct ext_owner *owner)
{
	const struct ext_block *block = ext_block(&self->map, index);
	uint64_t question = atomic_load(&block->ask);
	uint64_t now_ms = self->pulse.running_ms;

	if (ext_id(question) != owner->id || question == owner->answered)
		return;
	owner->answered = question;
	if (owner->burst_ms && now_ms - owner->burst_ms < BURST_EACH) {
		answer(self, question);
		ring_asker(self, block, question);
		return;
	}
	owner->burst_ms = now_ms;
	owner->answered = answer_burst(self, block, question);
}

/* ---- the pulse ---- */

/* Follows the owner's beat. False: dead, and its block is free again. */
static bool lives(struct ext_producer *self, uint32_t index, uint64_t hold)
{
	struct ext_block *block = ext_block(&self->map, index);
	struct ext_owner *owner = &self->pulse.owners[index];
	uint32_t beat = atomic_load(&block->beat);
	uint64_t now_ms = self->pulse.running_ms;

	if (owner->id != ext_id(hold))
		*owner = (struct ext_owner){ ext_id(hold), beat, now_ms, 0, 0 };
	if (owner->beat != beat) {
		owner->beat = beat;
		owner->moved_ms = now_ms;
	}
	return now_ms - owner->moved_ms <= DEAD_MS ||
	       !atomic_compare_exchange_strong(&block->hold, &hold, 0);
}

struct ext_crowd wire_ext_pulse(struct ext_producer *self, uint64_t now_ms)
{
	struct ext_crowd crowd = { 0 };

	self->pulse.running_ms += min_u64(now_ms - self->pulse.last_ms, PAUSE_MS);
	self->pulse.last_ms = now_ms;
	EXT_FOR_EACH_CLAIMED(&self->map, i, hold)
	{
		if (!lives(self, i, hold))
			continue;
		uint32_t wants = said(&ext_block(&self->map, i)->attention, ext_id(hold));
		crowd.all++;
		crowd.frame += (wants & EXT_WANTS_FRAMES) != 0;
		crowd.pointer += (wants & EXT_WANTS_POINTER) != 0;
		listen(self, i, &self->pulse.owners[i]);
	}
	atomic_store(&self->watchers, crowd.frame);
	return crowd;
}

unsigned wire_ext_wants(const struct ext_producer *self, struct wire_want *out, unsigned max)
{
	unsigned count = 0;
	EXT_FOR_EACH_CLAIMED(&self->map, i, hold)
	{
		const struct ext_block *block = ext_block(&self->map, i);
		uint32_t wants = said(&block->attention, ext_id(hold));
		if (count == max || !(wants & EXT_WANTS_FRAMES))
			continue;
		out[count++] = (struct wire_want){
			.width = atomic_load(&block->width),
			.height = atomic_load(&block->height),
			.scale = atomic_load(&block->scale),
			.refresh = atomic_load(&block->refresh),
		};
	}
	return count;
}
