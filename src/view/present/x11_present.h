/* view/present/x11_present.h - what all ways of showing frames on an X server have in common: one
 * flight of requests at a time whose end the server tells, and memory that the server reads.
 * Embedded as the first member. Main thread only.
 */
#ifndef VIEW_X11_PRESENT_H
#define VIEW_X11_PRESENT_H

#include "view/present/flight.h"
#include "view/present/present.h"

struct x11_present {
	struct present present;
	struct x11 *x11;
	struct flight flight;
	struct frame *frame; /* being read; NULL once nobody does */
	uint64_t seen_ns;    /* of the frame in flight */
	const char *failure; /* what to say when the server refused a put; static text */
};

/* From here on the window's events reach the way, and the listener hears of each flight's end. */
void x11_present_init(struct x11_present *self, struct window *window, const char *failure);

/* A flight that is still out is abandoned. The caller flushes. */
void x11_present_finish(struct x11_present *self);

/* `range` of requests that show the frame has been sent. Keeps the frame while `reads` it. */
void x11_present_fly(struct x11_present *self, struct frame *frame, struct canvas_flight range,
		     bool reads);

/* What ends each flight that was drawn, also one for which there was nothing to send. */
void x11_present_land(struct x11_present *self, uint64_t seen_ns);

/* Lets the server read the whole of `fd` (duplicated) and nobody write it. Waits for the answer. 0
 * where it cannot. */
xcb_shm_seg_t x11_present_attach(struct x11_present *self, int fd);

/* 0 is fine. */
void x11_present_detach(struct x11_present *self, xcb_shm_seg_t segment);

#endif
