/* The X server's Present extension. Drivers that present by it are told when each picture came on
 * screen, and so are we, as it is our window. Others (in software) draw like anybody else: we ask
 * for the next refresh after their requests, which comes after them in the same connection. */
#include <stdlib.h>
#include <xcb/present.h>

#include "base/clock.h"
#include "view/present/beat.h"
#include "view/window/x11/x11.h"

#define PATIENCE_NS NS_PER_S /* a window that nobody sees may get no answer */

struct beat_of_x11 {
	struct beat beat;
	struct x11 *x11;
	xcb_window_t pane;
	uint32_t id;       /* of our events */
	uint8_t opcode;    /* of the extension */
	bool told;         /* by the driver's own pictures: no need to ask */
	uint64_t number;   /* of the drawing that is told next; the driver tells of each, in turn */
	uint64_t asked_ns; /* for the next refresh; 0: not */
	uint64_t msc;      /* number of the last refresh told; 0: none */
	uint64_t ust_us;   /* and its time */
};

/* From the last one to this one, on the average. */
static uint64_t period_since(const struct beat_of_x11 *self, uint64_t msc, uint64_t ust_us)
{
	if (!self->msc || msc <= self->msc || ust_us <= self->ust_us)
		return 0;
	return (ust_us - self->ust_us) * NS_PER_US / (msc - self->msc);
}

static void on_complete(struct beat_of_x11 *self, const xcb_present_complete_notify_event_t *event)
{
	uint64_t msc = event->msc, ust_us = event->ust;
	uint64_t period_ns = period_since(self, msc, ust_us), number = 0;

	if (event->kind == XCB_PRESENT_COMPLETE_KIND_NOTIFY_MSC) {
		self->asked_ns = 0;
	} else {
		self->told = true;
		number = ++self->number;
	}
	if (event->mode == XCB_PRESENT_COMPLETE_MODE_SKIP) {
		self->beat.seen(self->beat.data, number, 0, 0);
		return;
	}
	self->msc = msc;
	self->ust_us = ust_us;
	self->beat.seen(self->beat.data, number, ust_us * NS_PER_US, period_ns);
}

static void on_event(void *data, const xcb_generic_event_t *event)
{
	struct beat_of_x11 *self = data;
	const xcb_present_complete_notify_event_t *complete = (const void *)event;

	if ((event->response_type & 0x7f) == XCB_GE_GENERIC &&
	    complete->extension == self->opcode &&
	    complete->event_type == XCB_PRESENT_COMPLETE_NOTIFY && complete->event == self->id)
		on_complete(self, complete);
}

static bool has_present(struct x11 *x11, uint8_t *opcode)
{
	const xcb_query_extension_reply_t *there = xcb_get_extension_data(x11->xcb,
									  &xcb_present_id);
	if (!there || !there->present)
		return false;
	xcb_present_query_version_reply_t *version = xcb_present_query_version_reply(
		x11->xcb, xcb_present_query_version(x11->xcb, 1, 0), NULL);
	bool fine = version != NULL;

	free(version);
	*opcode = there->major_opcode;
	return fine;
}

static struct beat *x11_create(struct window *window, const struct pane *pane)
{
	struct x11 *x11 = (struct x11 *)window;
	uint8_t opcode;

	if (!has_present(x11, &opcode))
		return NULL;
	struct beat_of_x11 *self = g_new0(struct beat_of_x11, 1);
	self->beat.exact = true;
	self->x11 = x11;
	self->pane = pane->xcb_window;
	self->opcode = opcode;
	self->id = xcb_generate_id(x11->xcb);
	xcb_present_select_input(x11->xcb, self->id, self->pane,
				 XCB_PRESENT_EVENT_MASK_COMPLETE_NOTIFY);
	x11->watcher = (struct x11_watcher){ .event = on_event, .data = self };
	return &self->beat;
}

/* Whether the driver presents by the extension shows with its first picture. */
static bool x11_before(struct beat *beat, uint64_t number)
{
	(void)number;
	return ((struct beat_of_x11 *)beat)->told;
}

static void x11_after(struct beat *beat)
{
	struct beat_of_x11 *self = (struct beat_of_x11 *)beat;

	uint64_t now = clock_ns();

	if (self->told || (self->asked_ns && now < self->asked_ns + PATIENCE_NS))
		return;
	self->asked_ns = now;
	xcb_present_notify_msc(self->x11->xcb, self->pane, 0, 0, 1, 0);
	xcb_flush(self->x11->xcb);
}

static void x11_destroy(struct beat *beat)
{
	struct beat_of_x11 *self = (struct beat_of_x11 *)beat;

	self->x11->watcher = (struct x11_watcher){ 0 };
	xcb_present_select_input(self->x11->xcb, self->id, self->pane,
				 XCB_PRESENT_EVENT_MASK_NO_EVENT);
	g_free(self);
}

const struct beat_impl beat_x11 = {
	.create = x11_create,
	.before = x11_before,
	.after = x11_after,
	.destroy = x11_destroy,
};
