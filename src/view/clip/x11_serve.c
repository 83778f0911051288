/* To other X11 programs: what they ask of the selections that are ours. */
#include <string.h>
#include <unistd.h>

#include "view/clip/x11.h"

/* property None: nothing came of it. */
static void notify(struct x11_clip *self, const xcb_selection_request_event_t *request,
		   xcb_atom_t property)
{
	union {
		xcb_selection_notify_event_t event;
		char bytes[32];
	} answer = { .bytes = { 0 } };

	answer.event = (xcb_selection_notify_event_t){
		.response_type = XCB_SELECTION_NOTIFY,
		.time = request->time,
		.requestor = request->requestor,
		.selection = request->selection,
		.target = request->target,
		.property = property,
	};
	xcb_send_event(self->xcb, 0, request->requestor, 0, answer.bytes);
	xcb_flush(self->xcb);
}

static void put(struct x11_clip *self, const xcb_selection_request_event_t *request,
		xcb_atom_t type, uint8_t format, const void *bytes, size_t size)
{
	xcb_change_property(self->xcb, XCB_PROP_MODE_REPLACE, request->requestor, request->property,
			    type, format, (uint32_t)(size / (format / 8u)), bytes);
}

/* ---- one request ---- */

static struct x11_serve *find(struct x11_clip *self, uint32_t id)
{
	for (size_t i = 0; i < X11_SERVES; i++)
		if (self->serves[i].state == SERVE_WAITING && self->serves[i].id == id)
			return &self->serves[i];
	return NULL;
}

/* Its window's news are of no interest any more. */
static void close_serve(struct x11_clip *self, struct x11_serve *serve)
{
	xcb_window_t window = serve->request.requestor;
	bool watched = false;

	if (serve->state == SERVE_INCR) {
		parcel_unmap(&serve->view);
		serve->state = SERVE_FREE;
		for (size_t i = 0; i < X11_SERVES; i++)
			watched |= self->serves[i].state == SERVE_INCR &&
				   self->serves[i].request.requestor == window;
		if (!watched)
			xcb_change_window_attributes(self->xcb, window, XCB_CW_EVENT_MASK,
						     (const uint32_t[]){ 0 });
	}
	serve->state = SERVE_FREE;
	xcb_flush(self->xcb);
}

static void put_piece(struct x11_clip *self, struct x11_serve *serve)
{
	size_t size = MIN(X11_CHUNK, serve->view.size - serve->offset);

	put(self, &serve->request, serve->request.target, 8,
	    (const char *)serve->view.bytes + serve->offset, size);
	serve->offset += size;
	serve->last = size == 0;
	serve->moved_us = g_get_monotonic_time();
	xcb_flush(self->xcb);
}

static void start_pieces(struct x11_clip *self, struct x11_serve *serve)
{
	const uint32_t least = (uint32_t)serve->view.size;

	serve->state = SERVE_INCR;
	serve->offset = 0;
	serve->moved_us = g_get_monotonic_time();
	xcb_change_window_attributes(self->xcb, serve->request.requestor, XCB_CW_EVENT_MASK,
				     (const uint32_t[]){ XCB_EVENT_MASK_PROPERTY_CHANGE |
							 XCB_EVENT_MASK_STRUCTURE_NOTIFY });
	put(self, &serve->request, self->atoms[X11_INCR], 32, &least, sizeof(least));
	notify(self, &serve->request, serve->request.property);
	x11_clip_watch_time(self);
}

static int view_as(struct x11_serve *serve, int fd)
{
	if (!clip_formats[serve->format].latin1)
		return parcel_map(fd, &serve->view);
	int other = clip_to_latin1(fd);
	if (other < 0)
		return other;
	int result = parcel_map(other, &serve->view);
	close(other);
	return result;
}

void x11_serve_give(struct x11_clip *self, uint32_t id, int fd)
{
	struct x11_serve *serve = find(self, id);

	if (!serve)
		return;
	if (view_as(serve, fd) < 0) {
		x11_serve_refuse(self, id);
		return;
	}
	if (serve->view.size > X11_CHUNK) {
		start_pieces(self, serve);
		return;
	}
	put(self, &serve->request, serve->request.target, 8, serve->view.bytes, serve->view.size);
	notify(self, &serve->request, serve->request.property);
	parcel_unmap(&serve->view);
	close_serve(self, serve);
}

void x11_serve_refuse(struct x11_clip *self, uint32_t id)
{
	struct x11_serve *serve = find(self, id);

	if (!serve)
		return;
	notify(self, &serve->request, XCB_ATOM_NONE);
	close_serve(self, serve);
}

/* ---- what is asked ---- */

static void serve_targets(struct x11_clip *self, const xcb_selection_request_event_t *request,
			  unsigned kinds)
{
	xcb_atom_t list[CLIP_FORMATS + 2] = { self->atoms[X11_TARGETS],
					      self->atoms[X11_TIMESTAMP] };
	size_t count = 2;

	for (unsigned i = 0; i < CLIP_FORMATS; i++)
		if (kinds & 1u << clip_formats[i].kind)
			list[count++] = self->formats[i];
	put(self, request, XCB_ATOM_ATOM, 32, list, count * sizeof(list[0]));
	notify(self, request, request->property);
}

static int format_of(const struct x11_clip *self, xcb_atom_t target)
{
	for (int i = 0; i < CLIP_FORMATS; i++)
		if (self->formats[i] == target)
			return i;
	return -1;
}

static void serve_data(struct x11_clip *self, const xcb_selection_request_event_t *request,
		       enum clip_selection selection, int format)
{
	enum clip_kind kind = clip_formats[format].kind;

	for (size_t i = 0; i < X11_SERVES; i++) {
		struct x11_serve *serve = &self->serves[i];
		if (serve->state != SERVE_FREE)
			continue;
		*serve = (struct x11_serve){ .state = SERVE_WAITING,
					     .request = *request,
					     .format = format,
					     .id = ++self->last_id };
		self->clip.listener->wanted(self->clip.data, serve->id, selection, kind);
		return;
	}
	notify(self, request, XCB_ATOM_NONE);
}

static void on_request(struct x11_clip *self, const xcb_selection_request_event_t *event)
{
	xcb_selection_request_event_t request = *event;
	const struct x11_selection *selection = NULL;
	int i = 0, format = format_of(self, request.target);

	for (; i < CLIP_SELECTIONS && !selection; i++)
		if (self->selections[i].atom == request.selection && self->selections[i].ours)
			selection = &self->selections[i];
	if (request.property == XCB_ATOM_NONE) /* as of old */
		request.property = request.target;
	if (selection && request.target == self->atoms[X11_TARGETS]) {
		serve_targets(self, &request, selection->kinds);
	} else if (selection && request.target == self->atoms[X11_TIMESTAMP]) {
		put(self, &request, XCB_ATOM_INTEGER, 32, &selection->since, 4);
		notify(self, &request, request.property);
	} else if (selection && format >= 0 && selection->kinds & 1u << clip_formats[format].kind) {
		serve_data(self, &request, (enum clip_selection)(i - 1), format);
	} else {
		notify(self, &request, XCB_ATOM_NONE);
	}
}

/* The piece before was read. */
static void on_property(struct x11_clip *self, const xcb_property_notify_event_t *event)
{
	for (size_t i = 0; event->state == XCB_PROPERTY_DELETE && i < X11_SERVES; i++) {
		struct x11_serve *serve = &self->serves[i];
		if (serve->state != SERVE_INCR || serve->request.requestor != event->window ||
		    serve->request.property != event->atom)
			continue;
		if (serve->last)
			close_serve(self, serve);
		else
			put_piece(self, serve);
	}
}

static void on_destroy(struct x11_clip *self, const xcb_destroy_notify_event_t *event)
{
	for (size_t i = 0; i < X11_SERVES; i++)
		if (self->serves[i].state == SERVE_INCR &&
		    self->serves[i].request.requestor == event->window)
			close_serve(self, &self->serves[i]);
}

void x11_serve_event(struct x11_clip *self, const xcb_generic_event_t *event)
{
	switch (event->response_type & 0x7f) {
	case XCB_SELECTION_REQUEST:
		on_request(self, (const void *)event);
		break;
	case XCB_PROPERTY_NOTIFY:
		on_property(self, (const void *)event);
		break;
	case XCB_DESTROY_NOTIFY:
		on_destroy(self, (const void *)event);
		break;
	}
}

bool x11_serve_expire(struct x11_clip *self, int64_t before_us)
{
	bool any = false;

	for (size_t i = 0; i < X11_SERVES; i++) {
		struct x11_serve *serve = &self->serves[i];
		if (serve->state == SERVE_INCR && serve->moved_us < before_us)
			close_serve(self, serve);
		any |= serve->state == SERVE_INCR;
	}
	return any;
}

void x11_serve_finish(struct x11_clip *self)
{
	for (size_t i = 0; i < X11_SERVES; i++)
		if (self->serves[i].state != SERVE_FREE)
			close_serve(self, &self->serves[i]);
}
