#include "view/present/flight.h"

#include <stdlib.h>
#include <xcb/xcbext.h>

void flight_start(struct flight *self, struct canvas_flight range)
{
	*self = (struct flight){ .range = range, .reading = range.completes };
}

void flight_abandon(struct flight *self, struct x11 *x11)
{
	if (self->range.fence)
		xcb_discard_reply(x11->xcb, self->range.fence);
	*self = (struct flight){ 0 };
}

static enum flight_news land(struct flight *self)
{
	enum flight_news news = self->failed ? FLIGHT_FAILED : FLIGHT_DONE;

	*self = (struct flight){ 0 };
	return news;
}

/* The last put has completed, or has failed. */
static enum flight_news finish_reading(struct flight *self)
{
	self->reading = false;
	return self->range.fence ? FLIGHT_READ : land(self);
}

/* One put that failed spoils the flight. */
static enum flight_news on_error(struct flight *self, unsigned sequence)
{
	if (sequence - self->range.first > self->range.last - self->range.first)
		return FLIGHT_NONE;
	self->failed = true;
	return self->reading && sequence == self->range.last ? finish_reading(self) : FLIGHT_NONE;
}

enum flight_news flight_event(struct flight *self, const struct x11 *x11,
			      const xcb_generic_event_t *event)
{
	if (!self->range.last)
		return FLIGHT_NONE;
	if (event->response_type == 0)
		return on_error(self, event->full_sequence);
	if (self->reading && (event->response_type & 0x7f) == x11->shm_event &&
	    event->full_sequence == self->range.last)
		return finish_reading(self);
	return FLIGHT_NONE;
}

enum flight_news flight_reply(struct flight *self, struct x11 *x11)
{
	xcb_generic_error_t *error = NULL;
	void *reply = NULL;

	if (!self->range.fence || !xcb_poll_for_reply(x11->xcb, self->range.fence, &reply, &error))
		return FLIGHT_NONE;
	free(reply);
	free(error);
	return land(self);
}
