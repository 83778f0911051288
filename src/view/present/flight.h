/* view/present/flight.h - puts from shared memory on their way to the X server, and their end.
 *
 * The end is ShmCompletion of the last put, or, as a put that failed never completes, its error.
 * One flight at a time. Main thread only.
 */
#ifndef VIEW_FLIGHT_H
#define VIEW_FLIGHT_H

#include "view/window/x11/x11.h"

enum flight_end {
	FLIGHT_DONE,   /* everything was read and drawn */
	FLIGHT_FAILED, /* a put failed; nothing is being read any more */
};

typedef void (*flight_func)(void *data, enum flight_end end);

struct flight {
	struct x11 *x11;
	struct canvas_flight range;
	bool flying, failed;
	flight_func end;
	void *data;
};

/* Listens on the connection from now on. */
void flight_init(struct flight *self, struct x11 *x11, flight_func end, void *data);
void flight_finish(struct flight *self);

/* `range` has been sent; its last put asked for ShmCompletion. */
void flight_start(struct flight *self, struct canvas_flight range);

#endif
