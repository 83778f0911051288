/* view/present/flight.h - puts on their way to the X server, and their end.
 *
 * Memory is free at ShmCompletion of the last put, or, as a put that failed never completes, at its
 * error. Where drawing follows, or no such event exists, the reply to a last request is the end.
 * One flight at a time. Main thread only.
 */
#ifndef VIEW_FLIGHT_H
#define VIEW_FLIGHT_H

#include "view/window/x11/x11.h"

enum flight_news {
	FLIGHT_NONE,   /* the event says nothing about it */
	FLIGHT_READ,   /* the memory is free; drawing goes on */
	FLIGHT_DONE,   /* everything was read and drawn */
	FLIGHT_FAILED, /* a put failed; nothing is being read any more */
};

struct flight {
	struct canvas_flight range;
	bool reading; /* ShmCompletion is to come */
	bool failed;  /* a put failed; the end is to come */
};

/* `range` has been sent. */
void flight_start(struct flight *self, struct canvas_flight range);

/* Nobody waits for it any more. */
void flight_abandon(struct flight *self, struct x11 *x11);

/* To be asked about each event of the connection. */
enum flight_news flight_event(struct flight *self, const struct x11 *x11,
			      const xcb_generic_event_t *event);

/* To be asked when something was read from the connection. */
enum flight_news flight_reply(struct flight *self, struct x11 *x11);

#endif
