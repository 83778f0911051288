/* spice/sound_depth.h - how much of the guest's sound to keep ready.
 *
 * As little as goes without gaps: what a pull takes at once, and what packets are late compared
 * with each other. That is watched: one late packet makes it deeper at once, and it takes some
 * seconds of better ones to make it as shallow again. All of it is no more than 15 ms; what is
 * later than that has its price (sound_stalls.h).
 *
 * Pure: a packet has come at a time that is told, and the answer is a depth. One thread.
 */
#ifndef SPICE_SOUND_DEPTH_H
#define SPICE_SOUND_DEPTH_H

#include <stdbool.h>
#include <stdint.h>

#include "spice/sound_stalls.h"

enum { SOUND_AUTO = 10000 }; /* latency in ms: as short as it holds */

struct sound_depth {
	uint32_t rate;        /* frames/s */
	uint64_t expected_ns; /* when the next packet is, if it comes fast; 0: none came */
	double late_s;        /* later than that: the last one */
	double mean, worst;   /* all of them; the latest of a while */
	uint32_t promised;    /* frames: the depth as far as it may have been reached */
	struct sound_stalls stalls;
	double reserve_s;    /* for these */
	uint64_t weighed_ns; /* when that was found */
	uint32_t starved;    /* the gaps that it knows of */
	uint32_t late;       /* gaps: packets came too late */
	uint32_t missed;     /* gaps although they came in time: our fault */
};

/* A packet, and what its thread sees of the other one. */
struct sound_arrival {
	uint64_t now_ns;
	uint32_t frames;
	uint32_t fill;    /* that are ready without it */
	uint32_t quantum; /* that are pulled at once */
	uint32_t starved; /* gaps there were, ever */
	uint32_t limit;   /* no more than so many can be kept */
};

void sound_depth_init(struct sound_depth *self, uint32_t rate);

/* Returns the frames that a pull should find, in the mean. `latency_ms`: so many, or SOUND_AUTO. */
uint32_t sound_depth_arrive(struct sound_depth *self, const struct sound_arrival *arrival,
			    uint32_t latency_ms);

/* To begin with, after a silence: what would be there now, just as the packet has come, if all went
 * as it should. Where it came sooner than most, the next ones take their time. */
uint32_t sound_depth_start(const struct sound_depth *self, uint32_t target, uint32_t frames);

/* That was all, for now: what is late beyond this is no lateness. */
void sound_depth_rest(struct sound_depth *self);

/* How much later than the mean of them packets are waited for, in s. */
double sound_depth_spread(const struct sound_depth *self, uint32_t quantum);

#endif
