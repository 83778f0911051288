/* spice/sound_ring.h - samples on their way from one thread to another.
 *
 * One thread writes, one reads, neither waits for the other: no lock, no allocation and no system
 * call but in init and finish. A frame is one sample of each channel, interleaved. Positions count
 * all frames there ever were, so that they never wrap within a lifetime.
 */
#ifndef SPICE_SOUND_RING_H
#define SPICE_SOUND_RING_H

#include <stdatomic.h>
#include <stdint.h>

struct sound_ring {
	int16_t *samples;
	uint32_t channels, frames; /* room; a power of two */
	_Atomic uint64_t written;  /* by the writer, after the samples */
	_Atomic uint64_t read;     /* by the reader, when it has them */
};

/* Room for at least so many frames. 0 or a negative errno. */
int sound_ring_init(struct sound_ring *self, uint32_t channels, uint32_t frames);
void sound_ring_finish(struct sound_ring *self);

/* Frames that can be read, either thread: for the reader there are at least so many, for the writer
 * at most. */
uint32_t sound_ring_fill(const struct sound_ring *self);

/* The writer. Returns the number of frames that there was room for: the first ones. */
uint32_t sound_ring_write(struct sound_ring *self, const int16_t *samples, uint32_t frames);

/* The reader: copies, from so many frames ahead; and passes over. Not beyond the fill. */
void sound_ring_peek(const struct sound_ring *self, uint32_t ahead, int16_t *out, uint32_t frames);
void sound_ring_skip(struct sound_ring *self, uint32_t frames);

#endif
