/* How the producer's clock relates to ours: a question is stored before, and the answer seen after,
 * the moment that the answer names; so each pair says between which two values the offset lies, and
 * all together say more.
 */
#include "base/atomic.h"
#include "base/clock.h"
#include "wire/consumer_impl.h"

#define BURST_NS  (200 * NS_PER_US)
#define DRIFT_PER 1000 /* a kernel that has just booted knows its clock no better than that */

static void ask(struct wire_consumer *self)
{
	struct ext_consumer *ext = &self->ext;
	uint32_t id = ext_id(atomic_load(&ext->claim));
	ext->clock.question = (uint64_t)id << 32 | ++ext->clock.count;
	ext->clock.asked_ns = clock_ns();
	atomic_store(&ext->block->ask, ext->clock.question);
}

/* The bounds of a while ago, as far as they hold now. */
static void age(struct ext_consumer *ext, uint64_t now_ns)
{
	int64_t drift = (int64_t)((now_ns - ext->clock.at_ns) / DRIFT_PER);
	ext->clock.low -= drift;
	ext->clock.high += drift;
	ext->clock.at_ns = now_ns;
}

static void learn(struct ext_consumer *ext, uint64_t answer_ns, uint64_t seen_ns)
{
	int64_t low = (int64_t)(answer_ns - seen_ns);
	int64_t high = (int64_t)(answer_ns - ext->clock.asked_ns);

	age(ext, seen_ns);
	if (ext->clock.known) {
		low = low > ext->clock.low ? low : ext->clock.low;
		high = high < ext->clock.high ? high : ext->clock.high;
	}
	if (low > high) { /* one of the two clocks jumped: only the last answer counts */
		low = (int64_t)(answer_ns - seen_ns);
		high = (int64_t)(answer_ns - ext->clock.asked_ns);
	}
	ext->clock.low = low;
	ext->clock.high = high;
	ext->clock.known = true;
}

static bool answered(struct ext_consumer *ext)
{
	const struct ext_clock *clock = &ext->map.head->clock;
	if (!ext->clock.question ||
	    atomic_load_explicit(&clock->answer, memory_order_acquire) != ext->clock.question)
		return false;
	uint64_t answer_ns = atomic_load(&clock->answer_ns), seen_ns = clock_ns();
	if (atomic_load(&clock->answer) != ext->clock.question)
		return false; /* somebody else's by now: ask again */
	learn(ext, answer_ns, seen_ns);
	ext->clock.question = 0;
	return true;
}

/* The producer is listening right now. */
static void burst(struct wire_consumer *self)
{
	uint64_t end = clock_ns() + BURST_NS;
	ask(self);
	while (clock_ns() < end) {
		if (answered(&self->ext))
			ask(self);
		cpu_relax();
	}
}

static void describe(const struct ext_consumer *ext, struct wire_clock *out)
{
	int64_t drift = (int64_t)((clock_ns() - ext->clock.at_ns) / DRIFT_PER);
	uint64_t width = (uint64_t)(ext->clock.high - ext->clock.low);
	out->offset_ns = ext->clock.low + (int64_t)(width / 2);
	out->bound_ns = width / 2 + 1 + (uint64_t)drift;
}

int wire_consumer_clock_now(const struct wire_consumer *self, struct wire_clock *out)
{
	if (!self->ext.on || (!self->session.futex && !self->ext.clock.known))
		return WIRE_E_EMPTY;
	if (self->session.futex)
		*out = (struct wire_clock){ 0 };
	else
		describe(&self->ext, out);
	return 0;
}

int wire_consumer_clock(struct wire_consumer *self, struct wire_clock *out, bool *asked)
{
	struct ext_consumer *ext = &self->ext;

	*asked = false;
	if (ext->on && self->session.futex)
		return wire_consumer_clock_now(self, out);
	if (!ext->on || !atomic_load(&ext->claim) || !(self->session.features & WIRE_EXT_CLOCK))
		return WIRE_E_EMPTY;
	if (answered(ext)) {
		burst(self);
	} else if (!ext->clock.question || clock_ns() - ext->clock.asked_ns > NS_PER_S) {
		ask(self);
		*asked = true;
	}
	return wire_consumer_clock_now(self, out);
}
