#include "spice/sound_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int sound_ring_init(struct sound_ring *self, uint32_t channels, uint32_t frames)
{
	uint64_t room = next_power_of_two(frames);

	if (!channels || room > UINT32_MAX / sizeof(int16_t) / channels)
		return -EINVAL;
	*self = (struct sound_ring){ .channels = channels, .frames = (uint32_t)room };
	self->samples = calloc(room * channels, sizeof(int16_t));
	return self->samples ? 0 : -ENOMEM;
}

void sound_ring_finish(struct sound_ring *self)
{
	free(self->samples);
	self->samples = NULL;
}

uint32_t sound_ring_fill(const struct sound_ring *self)
{
	/* In this order: what the other thread adds meanwhile makes neither answer too large. */
	uint64_t read = atomic_load_explicit(&self->read, memory_order_acquire);
	uint64_t written = atomic_load_explicit(&self->written, memory_order_acquire);

	return (uint32_t)(written - read);
}

/* How much of [position, position + frames) lies before the ring's end. */
static uint32_t until_end(const struct sound_ring *self, uint64_t position, uint32_t frames)
{
	return min_u32(frames, self->frames - (uint32_t)(position & (self->frames - 1)));
}

static int16_t *at(const struct sound_ring *self, uint64_t position)
{
	return self->samples + (position & (self->frames - 1)) * self->channels;
}

uint32_t sound_ring_write(struct sound_ring *self, const int16_t *samples, uint32_t frames)
{
	uint64_t written = atomic_load_explicit(&self->written, memory_order_relaxed); /* ours */
	uint64_t read = atomic_load_explicit(&self->read, memory_order_acquire);
	uint32_t count = min_u32(frames, self->frames - (uint32_t)(written - read));
	uint32_t first = until_end(self, written, count);
	size_t size = self->channels * sizeof(int16_t);

	memcpy(at(self, written), samples, first * size);
	memcpy(self->samples, samples + first * self->channels, (count - first) * size);
	/* Partner: the acquire in the reader's sound_ring_fill(). */
	atomic_store_explicit(&self->written, written + count, memory_order_release);
	return count;
}

void sound_ring_peek(const struct sound_ring *self, uint32_t ahead, int16_t *out, uint32_t frames)
{
	uint64_t from = atomic_load_explicit(&self->read, memory_order_relaxed) + ahead; /* ours */
	uint32_t first = until_end(self, from, frames);
	size_t size = self->channels * sizeof(int16_t);

	memcpy(out, at(self, from), first * size);
	memcpy(out + first * self->channels, self->samples, (frames - first) * size);
}

void sound_ring_skip(struct sound_ring *self, uint32_t frames)
{
	uint64_t read = atomic_load_explicit(&self->read, memory_order_relaxed); /* ours */

	/* Partner: the acquire in sound_ring_write(). */
	atomic_store_explicit(&self->read, read + frames, memory_order_release);
}
