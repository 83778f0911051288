/* From other X11 programs: conversions, in one piece or in many. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <xcb/xcbext.h>

#include "view/clip/x11.h"

static struct x11_fetch *open_fetch(struct x11_clip *self)
{
	for (size_t i = 0; i < X11_FETCHES; i++)
		if (self->fetches[i].state == FETCH_FREE)
			return &self->fetches[i];
	return NULL;
}

static void close_fetch(struct x11_clip *self, struct x11_fetch *fetch)
{
	if (fetch->state == FETCH_READING)
		xcb_discard_reply(self->xcb, fetch->cookie);
	xcb_destroy_window(self->xcb, fetch->window);
	if (fetch->fd >= 0)
		close(fetch->fd);
	*fetch = (struct x11_fetch){ .state = FETCH_FREE, .fd = -1 };
}

/* The listener may start another one within. */
static void fail(struct x11_clip *self, struct x11_fetch *fetch, const char *why)
{
	struct x11_fetch was = *fetch;

	close_fetch(self, fetch);
	if (was.drop)
		x11_drop_done(self, -1);
	else if (was.targets)
		x11_clip_has_targets(self, was.selection, 0);
	else
		self->clip.listener->refused(self->clip.data, was.id, why);
}

/* ---- the whole of it ---- */

uint32_t x11_formats_of(const xcb_atom_t *known, const uint32_t *atoms, size_t count)
{
	uint32_t formats = 0;

	for (size_t i = 0; i < count; i++)
		for (unsigned j = 0; j < CLIP_FORMATS; j++)
			if (known[j] != XCB_ATOM_NONE && atoms[i] == known[j])
				formats |= 1u << j;
	return formats;
}

static void done_targets(struct x11_clip *self, struct x11_fetch *fetch)
{
	enum clip_selection selection = fetch->selection;
	struct parcel_view view;
	uint32_t formats = 0;

	parcel_seal(fetch->fd);
	if (parcel_map(fetch->fd, &view) == 0) {
		formats = x11_formats_of(self->formats, view.bytes, view.size / 4);
		parcel_unmap(&view);
	}
	close_fetch(self, fetch);
	x11_clip_has_targets(self, selection, formats);
}

static void done_drop(struct x11_clip *self, struct x11_fetch *fetch)
{
	int fd = fetch->fd;

	fetch->fd = -1;
	close_fetch(self, fetch);
	parcel_seal(fd);
	x11_drop_done(self, fd);
	close(fd);
}

static void done(struct x11_clip *self, struct x11_fetch *fetch)
{
	const struct clip_listener *listener = self->clip.listener;
	uint32_t id = fetch->id;

	if (fetch->targets) {
		done_targets(self, fetch);
		return;
	}
	if (fetch->drop) {
		done_drop(self, fetch);
		return;
	}
	int fd = fetch->fd, result = parcel_seal(fd);
	if (result == 0 && clip_formats[fetch->format].latin1) {
		result = clip_from_latin1(fd);
		close(fd);
		fetch->fd = fd = result;
	}
	if (result < 0) {
		fail(self, fetch, g_strerror(-result));
		return;
	}
	fetch->fd = -1;
	close_fetch(self, fetch);
	listener->given(self->clip.data, id, fd);
	close(fd);
}

/* ---- its pieces ---- */

static void read_on(struct x11_clip *self, struct x11_fetch *fetch)
{
	/* The last part of a piece deletes it, which asks for the next one. */
	fetch->cookie = xcb_get_property(self->xcb, 1, fetch->window, self->atoms[X11_PROPERTY],
					 XCB_GET_PROPERTY_TYPE_ANY, fetch->offset, X11_CHUNK / 4)
				.sequence;
	fetch->state = FETCH_READING;
	fetch->more = false;
}

static bool take_bytes(struct x11_clip *self, struct x11_fetch *fetch,
		       const xcb_get_property_reply_t *reply)
{
	size_t size = (size_t)xcb_get_property_value_length(reply);
	int result = parcel_append(fetch->fd, xcb_get_property_value(reply), size);

	fetch->bytes += size;
	fetch->moved_us = g_get_monotonic_time();
	if (result == 0)
		return true;
	fail(self, fetch, result == -EFBIG ? "larger than 100 MiB" : g_strerror(-result));
	return false;
}

static void on_reply(struct x11_clip *self, struct x11_fetch *fetch,
		     const xcb_get_property_reply_t *reply)
{
	bool begins = fetch->offset == 0;

	fetch->state = FETCH_INCR;
	if (reply->type == self->atoms[X11_INCR] && !fetch->incr) {
		fetch->incr = true;
		return;
	}
	if (fetch->incr && begins && reply->type == XCB_ATOM_NONE) /* it was not there yet */
		return;
	if (!take_bytes(self, fetch, reply))
		return;
	bool empty = begins && xcb_get_property_value_length(reply) == 0;
	if (reply->bytes_after > 0) {
		fetch->offset += (uint32_t)xcb_get_property_value_length(reply) / 4;
		read_on(self, fetch);
		return;
	}
	fetch->offset = 0;
	if (!fetch->incr || empty)
		done(self, fetch);
	else if (!fetch->targets && !fetch->drop)
		self->clip.listener->progress(self->clip.data, fetch->id, fetch->bytes);
}

/* The news of a piece may come before the reply that made room for it. */
static void go_on(struct x11_clip *self, struct x11_fetch *fetch)
{
	if (fetch->state == FETCH_INCR && fetch->more)
		read_on(self, fetch);
}

bool x11_fetch_poll(struct x11_clip *self)
{
	bool any = false;

	for (size_t i = 0; i < X11_FETCHES; i++) {
		struct x11_fetch *fetch = &self->fetches[i];
		xcb_get_property_reply_t *reply = NULL;
		xcb_generic_error_t *error = NULL;

		if (fetch->state != FETCH_READING ||
		    !xcb_poll_for_reply(self->xcb, fetch->cookie, (void **)&reply, &error))
			continue;
		any = true;
		fetch->state = FETCH_INCR; /* nothing is left to discard */
		if (reply)
			on_reply(self, fetch, reply);
		else
			fail(self, fetch, "the X server refused");
		go_on(self, fetch);
		free(reply);
		free(error);
	}
	return any;
}

/* ---- events ---- */

static struct x11_fetch *find_window(struct x11_clip *self, xcb_window_t window)
{
	for (size_t i = 0; i < X11_FETCHES; i++)
		if (self->fetches[i].state != FETCH_FREE && self->fetches[i].window == window)
			return &self->fetches[i];
	return NULL;
}

static void on_notify(struct x11_clip *self, const xcb_selection_notify_event_t *event)
{
	struct x11_fetch *fetch = find_window(self, event->requestor);

	if (!fetch || fetch->state != FETCH_ASKED)
		return;
	fetch->moved_us = g_get_monotonic_time();
	if (event->property == XCB_ATOM_NONE)
		fail(self, fetch, "the program that has it does not give it");
	else
		read_on(self, fetch);
}

static void on_property(struct x11_clip *self, const xcb_property_notify_event_t *event)
{
	struct x11_fetch *fetch = find_window(self, event->window);

	if (!fetch || event->state != XCB_PROPERTY_NEW_VALUE || fetch->state == FETCH_ASKED ||
	    event->atom != self->atoms[X11_PROPERTY])
		return;
	fetch->more = true;
	go_on(self, fetch);
}

void x11_fetch_event(struct x11_clip *self, const xcb_generic_event_t *event)
{
	switch (event->response_type & 0x7f) {
	case XCB_SELECTION_NOTIFY:
		on_notify(self, (const void *)event);
		break;
	case XCB_PROPERTY_NOTIFY:
		on_property(self, (const void *)event);
		break;
	}
}

/* ---- beginning and end ---- */

static void start(struct x11_clip *self, struct x11_fetch *fetch, xcb_atom_t selection,
		  xcb_atom_t target, xcb_timestamp_t time)
{
	fetch->window = xcb_generate_id(self->xcb);
	fetch->state = FETCH_ASKED;
	fetch->fd = parcel_create();
	fetch->moved_us = g_get_monotonic_time();
	xcb_create_window(self->xcb, 0, fetch->window, self->screen->root, -1, -1, 1, 1, 0,
			  XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT, XCB_CW_EVENT_MASK,
			  (const uint32_t[]){ XCB_EVENT_MASK_PROPERTY_CHANGE });
	xcb_convert_selection(self->xcb, fetch->window, selection, target,
			      self->atoms[X11_PROPERTY], time);
	xcb_flush(self->xcb);
	x11_clip_watch_time(self);
}

/* An older question is of no interest any more. */
void x11_fetch_targets(struct x11_clip *self, enum clip_selection selection)
{
	struct x11_fetch *fetch;

	for (size_t i = 0; i < X11_FETCHES; i++)
		if (self->fetches[i].state != FETCH_FREE && self->fetches[i].targets &&
		    self->fetches[i].selection == selection)
			close_fetch(self, &self->fetches[i]);
	fetch = open_fetch(self);
	if (!fetch)
		return;
	*fetch = (struct x11_fetch){ .selection = selection, .targets = true };
	start(self, fetch, self->selections[selection].atom, self->atoms[X11_TARGETS],
	      XCB_CURRENT_TIME);
}

void x11_fetch_start(struct x11_clip *self, uint32_t id, enum clip_selection selection, int format)
{
	struct x11_fetch *fetch = open_fetch(self);

	if (!fetch || format < 0) {
		self->clip.listener->refused(self->clip.data, id, "no program offers it any more");
		return;
	}
	*fetch = (struct x11_fetch){ .selection = selection, .format = format, .id = id };
	start(self, fetch, self->selections[selection].atom, self->formats[format],
	      XCB_CURRENT_TIME);
}

void x11_fetch_drop(struct x11_clip *self, xcb_timestamp_t time)
{
	struct x11_fetch *fetch = open_fetch(self);

	if (!fetch) {
		x11_drop_done(self, -1);
		return;
	}
	*fetch = (struct x11_fetch){ .drop = true };
	start(self, fetch, self->atoms[X11_XDND_SELECTION],
	      self->atoms[X11_DROP_FORMATS + clip_drop_best(self->drop.drops)], time);
}

void x11_fetch_cancel(struct x11_clip *self, uint32_t id)
{
	for (size_t i = 0; i < X11_FETCHES; i++) {
		struct x11_fetch *fetch = &self->fetches[i];
		if (fetch->state != FETCH_FREE && !fetch->targets && !fetch->drop &&
		    fetch->id == id)
			close_fetch(self, fetch);
	}
	xcb_flush(self->xcb);
}

bool x11_fetch_expire(struct x11_clip *self, int64_t before_us)
{
	bool any = false;

	for (size_t i = 0; i < X11_FETCHES; i++) {
		struct x11_fetch *fetch = &self->fetches[i];
		if (fetch->state != FETCH_FREE && fetch->moved_us < before_us)
			fail(self, fetch, "the program that has it does not answer");
		any |= fetch->state != FETCH_FREE;
	}
	return any;
}

void x11_fetch_finish(struct x11_clip *self)
{
	for (size_t i = 0; i < X11_FETCHES; i++)
		if (self->fetches[i].state != FETCH_FREE)
			close_fetch(self, &self->fetches[i]);
}
