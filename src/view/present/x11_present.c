#include "view/present/x11_present.h"

#include <fcntl.h>

#include "base/clock.h"

static void give_back(struct x11_present *self)
{
	if (self->frame)
		frame_presented(self->frame, clock_ns());
	g_clear_pointer(&self->frame, frame_unref);
}

void x11_present_fly(struct x11_present *self, struct frame *frame, struct canvas_flight range,
		     bool reads)
{
	flight_start(&self->flight, range);
	self->seen_ns = frame->seen_ns;
	self->frame = reads ? frame_ref(frame) : NULL;
}

void x11_present_land(struct x11_present *self, uint64_t seen_ns)
{
	struct present *present = &self->present;

	give_back(self);
	present->listener->shown(present->data, seen_ns, clock_ns());
	present->listener->ready(present->data);
}

static void crash(struct x11_present *self)
{
	struct present *present = &self->present;

	g_clear_pointer(&self->frame, frame_unref);
	canvas_forget(&self->x11->canvas);
	present->listener->failed(present->data, self->failure);
}

static void pass_on(struct x11_present *self, enum flight_news news)
{
	if (news == FLIGHT_READ)
		give_back(self);
	else if (news == FLIGHT_DONE)
		x11_present_land(self, self->seen_ns);
	else if (news == FLIGHT_FAILED)
		crash(self);
}

static void on_event(void *data, const xcb_generic_event_t *event)
{
	struct x11_present *self = data;

	pass_on(self, flight_event(&self->flight, self->x11, event));
}

static void on_readable(void *data)
{
	struct x11_present *self = data;

	pass_on(self, flight_reply(&self->flight, self->x11));
}

void x11_present_init(struct x11_present *self, struct window *window, const char *failure)
{
	self->x11 = (struct x11 *)window;
	self->failure = failure;
	canvas_forget(&self->x11->canvas);
	self->x11->watcher = (struct x11_watcher){ on_event, on_readable, self };
}

void x11_present_finish(struct x11_present *self)
{
	self->x11->watcher = (struct x11_watcher){ 0 };
	flight_abandon(&self->flight, self->x11);
	g_clear_pointer(&self->frame, frame_unref);
}

xcb_shm_seg_t x11_present_attach(struct x11_present *self, int fd)
{
	xcb_connection_t *xcb = self->x11->xcb;
	int sent = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (sent < 0)
		return 0;
	xcb_shm_seg_t segment = xcb_generate_id(xcb);
	/* The connection closes the descriptor. */
	return x11_check(self->x11, xcb_shm_attach_fd_checked(xcb, segment, sent, 1)) == 0 ? segment
											   : 0;
}

void x11_present_detach(struct x11_present *self, xcb_shm_seg_t segment)
{
	if (segment)
		xcb_shm_detach(self->x11->xcb, segment);
}
