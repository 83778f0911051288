#include "view/present/flight.h"

static void land(struct flight *self, enum flight_end end)
{
	self->flying = false;
	self->end(self->data, end);
}

/* The last put completes or fails; an earlier one that failed spoils the flight. */
static void on_error(struct flight *self, const xcb_generic_error_t *error)
{
	if (error->full_sequence - self->range.first > self->range.last - self->range.first)
		return;
	self->failed = true;
	if (error->full_sequence == self->range.last)
		land(self, FLIGHT_FAILED);
}

static void on_event(void *data, const xcb_generic_event_t *event)
{
	struct flight *self = data;

	if (!self->flying)
		return;
	if (event->response_type == 0)
		on_error(self, (const xcb_generic_error_t *)event);
	else if ((event->response_type & 0x7f) == self->x11->shm_event &&
		 event->full_sequence == self->range.last)
		land(self, self->failed ? FLIGHT_FAILED : FLIGHT_DONE);
}

void flight_init(struct flight *self, struct x11 *x11, flight_func end, void *data)
{
	*self = (struct flight){ .x11 = x11, .end = end, .data = data };
	x11->watcher = (struct x11_watcher){ .event = on_event, .data = self };
}

void flight_finish(struct flight *self)
{
	self->x11->watcher = (struct x11_watcher){ 0 };
}

void flight_start(struct flight *self, struct canvas_flight range)
{
	self->range = range;
	self->flying = true;
	self->failed = false;
}
