/* spice/sound_wait.h - how long the guest's packets wait, from when they came to when they are
 * heard.
 *
 * It goes beside a sound_ring: its writer notes each packet, its reader what leaves it and when
 * that reaches the loudspeaker by the sound server's clock. Neither waits for the other. What is
 * measured is a packet's first sample: the others were made later, and are heard as much later.
 */
#ifndef SPICE_SOUND_WAIT_H
#define SPICE_SOUND_WAIT_H

#include <stdatomic.h>
#include <stdint.h>

enum {
	SOUND_NOTES =
		128, /* packets on their way; a power of two. More than that are not measured */
	SOUND_WAITS = 400,   /* of the histogram */
	SOUND_WAIT_US = 250, /* each; the last one: 100 ms and all that is longer */
};

struct sound_wait {
	struct sound_note {
		uint64_t at; /* of the ring: its first frame */
		uint64_t came_ns;
	} notes[SOUND_NOTES];
	_Atomic uint32_t written; /* by the writer, after the note */
	_Atomic uint32_t read;    /* by the reader, when it has them */
	_Atomic uint32_t waits[SOUND_WAITS];
	uint32_t told[SOUND_WAITS]; /* of these; the writer's */
};

/* The writer, before the frames are in the ring: a packet came, and begins at that frame. */
void sound_wait_come(struct sound_wait *self, uint64_t at, uint64_t now_ns);

/* The reader: so many frames, from this one on, leave one after another from `leaves_ns` on. Those
 * before it that were not told of never do. */
void sound_wait_leave(struct sound_wait *self, uint64_t at, uint32_t frames, uint32_t rate,
		      uint64_t leaves_ns);

/* The writer: p50, p95, p99 of what was heard since this was asked last, in us; 0: nothing was. */
void sound_wait_figures(struct sound_wait *self, uint32_t out[3]);

#endif
