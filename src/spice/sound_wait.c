#include "spice/sound_wait.h"

#include "base/clock.h"
#include "base/mem.h"

void sound_wait_come(struct sound_wait *self, uint64_t at, uint64_t now_ns)
{
	uint32_t written = atomic_load_explicit(&self->written, memory_order_relaxed); /* ours */
	uint32_t read = atomic_load_explicit(&self->read, memory_order_acquire);

	if (written - read == SOUND_NOTES)
		return;
	self->notes[written % SOUND_NOTES] = (struct sound_note){ at, now_ns };
	/* Partner: the acquire in sound_wait_leave(). */
	atomic_store_explicit(&self->written, written + 1, memory_order_release);
}

static void count(struct sound_wait *self, uint64_t came_ns, uint64_t heard_ns)
{
	uint64_t us = heard_ns > came_ns ? (heard_ns - came_ns) / 1000 : 0;
	uint64_t i = min_u64(us / SOUND_WAIT_US, SOUND_WAITS - 1);

	atomic_fetch_add_explicit(&self->waits[i], 1, memory_order_relaxed);
}

void sound_wait_leave(struct sound_wait *self, uint64_t at, uint32_t frames, uint32_t rate,
		      uint64_t leaves_ns)
{
	uint32_t read = atomic_load_explicit(&self->read, memory_order_relaxed); /* ours */
	uint32_t written = atomic_load_explicit(&self->written, memory_order_acquire);

	for (; read != written; read++) {
		const struct sound_note *note = &self->notes[read % SOUND_NOTES];

		if (note->at >= at + frames)
			break;
		if (note->at >= at)
			count(self, note->came_ns, leaves_ns + (note->at - at) * NS_PER_S / rate);
	}
	/* Partner: the acquire in sound_wait_come(). */
	atomic_store_explicit(&self->read, read, memory_order_release);
}

static uint32_t percentile(const uint32_t *counts, uint64_t total, unsigned percent)
{
	uint64_t below = 0;
	uint32_t i = 0;

	for (; i < SOUND_WAITS - 1; i++) {
		below += counts[i];
		if (below * 100 >= total * percent)
			break;
	}
	return i * SOUND_WAIT_US + SOUND_WAIT_US / 2;
}

void sound_wait_figures(struct sound_wait *self, uint32_t out[3])
{
	static const unsigned percents[3] = { 50, 95, 99 };
	uint32_t counts[SOUND_WAITS];
	uint64_t total = 0;

	for (uint32_t i = 0; i < SOUND_WAITS; i++) {
		uint32_t now = atomic_load_explicit(&self->waits[i], memory_order_relaxed);

		total += counts[i] = now - self->told[i];
		self->told[i] = now;
	}
	for (uint32_t i = 0; i < 3; i++)
		out[i] = total ? percentile(counts, total, percents[i]) : 0;
}
