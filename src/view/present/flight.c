#include "view/present/flight.h"

void flight_start(struct flight *self, struct canvas_flight range)
{
	*self = (struct flight){ .range = range, .flying = true };
}

static enum flight_news land(struct flight *self)
{
	self->flying = false;
	return self->failed ? FLIGHT_FAILED : FLIGHT_DONE;
}

/* The last put completes or fails; an earlier one that failed spoils the flight. */
static enum flight_news on_error(struct flight *self, unsigned sequence)
{
	if (sequence - self->range.first > self->range.last - self->range.first)
		return FLIGHT_NONE;
	self->failed = true;
	return sequence == self->range.last ? land(self) : FLIGHT_NONE;
}

enum flight_news flight_event(struct flight *self, const struct x11 *x11,
			      const xcb_generic_event_t *event)
{
	if (!self->flying)
		return FLIGHT_NONE;
	if (event->response_type == 0)
		return on_error(self, event->full_sequence);
	if ((event->response_type & 0x7f) == x11->shm_event &&
	    event->full_sequence == self->range.last)
		return land(self);
	return FLIGHT_NONE;
}
