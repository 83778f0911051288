/* spice/sound_pace.h - how much faster than its own clock a sound server should play.
 *
 * Two clocks never agree: the machine's makes the samples, the sound card's uses them up. What is
 * kept ready tells the difference, and this controller answers with a rate a little off 1, so
 * little that nobody hears it. Pure.
 */
#ifndef SPICE_SOUND_PACE_H
#define SPICE_SOUND_PACE_H

#include <stdbool.h>

#define SOUND_PACE_MAX 0.005 /* off 1: a twelfth of a semitone */

struct sound_pace {
	double error;  /* seconds too much that are kept ready, smoothed */
	double drift;  /* what the clocks differ by, as far as we know */
	double rate;   /* 1: as fast as it says; 1.001: uses up 1.001 s of sound in a second */
	bool measured; /* `error` is one */
};

/* Nothing is known of the clocks. */
void sound_pace_init(struct sound_pace *self);

/* What is kept ready has jumped; the clocks have not. */
void sound_pace_jump(struct sound_pace *self);

/* So many seconds of sound too much are ready, and `seconds` have passed. */
void sound_pace_update(struct sound_pace *self, double error, double seconds);

#endif
