/* view/present/flight.h - puts from shared memory on their way to the X server, and their end.
 *
 * The end is ShmCompletion of the last put, or, as a put that failed never completes, its error.
 * One flight at a time. Main thread only.
 */
#ifndef VIEW_FLIGHT_H
#define VIEW_FLIGHT_H

#include "view/window/x11/x11.h"

enum flight_news {
	FLIGHT_NONE,   /* the event says nothing about it */
	FLIGHT_DONE,   /* everything was read and drawn */
	FLIGHT_FAILED, /* a put failed; nothing is being read any more */
};

struct flight {
	struct canvas_flight range;
	bool flying, failed; /* failed: a put before the last one */
};

/* `range` has been sent; its last put asked for ShmCompletion. */
void flight_start(struct flight *self, struct canvas_flight range);

/* To be asked about each event of the connection. */
enum flight_news flight_event(struct flight *self, const struct x11 *x11,
			      const xcb_generic_event_t *event);

#endif
