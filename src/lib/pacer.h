/* lib/pacer.h - when to look next at memory whose writer cannot wake us.
 *
 * It learns the producer's period from the moments at which frames were seen, looks closely around
 * the next expected one and seldom in between, the more seldom the longer it lasts; without a
 * period it looks often while the picture changes and ever more rarely when it is still. Pure
 * arithmetic: time comes in as a number, so tests run it against a clock of their own. One thread.
 */
#ifndef LIB_PACER_H
#define LIB_PACER_H

#include <stdint.h>

#define PACER_GAPS 8

struct pacer {
	uint64_t frame_ns;  /* when the last frame was seen */
	uint64_t motion_ns; /* when the pointer last moved; 0: never */
	uint64_t gaps[PACER_GAPS];
	unsigned gap_count; /* ever recorded since the last long pause */
	uint64_t period_ns; /* 0: no rhythm found */
	uint64_t lead_ns;   /* half of the window around an expected frame */
	unsigned steady;    /* frames since a rhythm was found */
};

/* Forgets everything; a first frame is expected soon after `now_ns`. */
void pacer_reset(struct pacer *self, uint64_t now_ns);

/* A new frame was seen. */
void pacer_frame(struct pacer *self, uint64_t now_ns);

/* The pointer moved or changed. */
void pacer_motion(struct pacer *self, uint64_t now_ns);

/* When to look again; later than `now_ns`. */
uint64_t pacer_next(const struct pacer *self, uint64_t now_ns);

#endif
