/* spice/sound_stalls.h - what packets that were very late are worth.
 *
 * Each of them is a gap, unless so much more is kept ready that it makes none: latency, all the
 * time, for something that may be rare. So there is a price: a gap in half a minute is worth 1.5
 * ms. What comes often is waited for, if it is not long; what is rare, or long, is not. Pure.
 */
#ifndef SPICE_SOUND_STALLS_H
#define SPICE_SOUND_STALLS_H

#include <stdint.h>

enum { SOUND_STALLS = 64 }; /* that are remembered: as many as can count at once */

struct sound_stalls {
	struct sound_stall {
		uint64_t at_ns;
		double ms; /* later than is waited for anyway */
	} all[SOUND_STALLS];
	uint32_t count; /* of all that there were; the latest ones are remembered */
};

/* A packet was so late at this time. What is late soon after another has the same cause. */
void sound_stalls_note(struct sound_stalls *self, uint64_t now_ns, double ms);

/* What is best to keep ready, in ms. */
double sound_stalls_reserve(const struct sound_stalls *self, uint64_t now_ns);

#endif
