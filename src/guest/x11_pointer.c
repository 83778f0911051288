#include "guest/x11_pointer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>
#include <xcb/xinput.h>

#include "base/clock.h"
#include "base/mem.h"
#include "guest/capture.h"
#include "guest/x11_screen.h"

/* Programs that warp the pointer cause no raw motion: seen at the next look. Without XInput 2 looks
 * are all there is. */
#define LOOK_RARELY_NS (500 * NS_PER_MS)
#define LOOK_OFTEN_NS  (15 * NS_PER_MS)

struct x11_pointer {
	struct x11_screen screen;
	uint8_t xfixes_event; /* number of the first event of the extension */
	uint8_t xinput;       /* major opcode, 0 = no XInput 2 */
	bool reshaped, moved; /* an event said so; not asked yet */
	uint64_t look_ns;     /* when to ask without an event */
	struct cursor last;   /* as last told */
	uint8_t *data;        /* of the shape, CURSOR_MAX_BYTES */
};

/* ---- extensions ---- */

static int use_xfixes(struct x11_pointer *self, struct err *err)
{
	xcb_connection_t *conn = self->screen.conn;
	const xcb_query_extension_reply_t *extension = xcb_get_extension_data(conn, &xcb_xfixes_id);
	if (!extension || !extension->present)
		return err_set(err, -ENOTSUP, "x11: the server lacks XFIXES");
	free(xcb_xfixes_query_version_reply(conn, xcb_xfixes_query_version(conn, 4, 0), NULL));
	self->xfixes_event = extension->first_event;
	return 0;
}

/* Raw events reach us during another program's grab from 2.1 on. */
static void use_xinput(struct x11_pointer *self)
{
	xcb_connection_t *conn = self->screen.conn;
	const xcb_query_extension_reply_t *extension = xcb_get_extension_data(conn, &xcb_input_id);
	if (!extension || !extension->present)
		return;
	xcb_input_xi_query_version_reply_t *version = xcb_input_xi_query_version_reply(
		conn, xcb_input_xi_query_version(conn, 2, 2), NULL);
	bool enough = version && (version->major_version > 2 || version->minor_version >= 1);
	self->xinput = enough ? extension->major_opcode : 0;
	free(version);
}

int x11_pointer_create(struct x11_pointer **out, const char *display, struct err *err)
{
	struct x11_pointer *self = calloc(1, sizeof(*self));
	uint8_t *data = malloc(CURSOR_MAX_BYTES);
	int failed = self && data ? x11_screen_open(&self->screen, display, err)
				  : err_set_errno(err, -ENOMEM, "x11: pointer");
	if (failed) {
		free(data);
		free(self);
		return failed;
	}
	self->data = data;
	failed = use_xfixes(self, err);
	if (failed) {
		x11_pointer_destroy(self);
		return failed;
	}
	use_xinput(self);
	*out = self;
	return 0;
}

void x11_pointer_destroy(struct x11_pointer *self)
{
	if (!self)
		return;
	x11_screen_close(&self->screen);
	free(self->data);
	free(self);
}

/* ---- events ---- */

static void select_motion(struct x11_pointer *self, bool on)
{
	struct {
		xcb_input_event_mask_t head;
		uint32_t mask;
	} events = { { XCB_INPUT_DEVICE_ALL_MASTER, 1 },
		     on ? XCB_INPUT_XI_EVENT_MASK_RAW_MOTION : 0 };
	xcb_input_xi_select_events(self->screen.conn, self->screen.root, 1, &events.head);
}

int x11_pointer_watch(struct x11_pointer *self, bool on)
{
	xcb_xfixes_select_cursor_input(self->screen.conn, self->screen.root,
				       on ? XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR : 0);
	if (self->xinput)
		select_motion(self, on);
	xcb_flush(self->screen.conn);
	self->reshaped = self->moved = on;
	self->last = (struct cursor){ 0 };
	return x11_screen_lost(&self->screen) ? CAPTURE_E_LOST : 0;
}

static void take_event(struct x11_pointer *self, xcb_generic_event_t *event)
{
	const xcb_ge_generic_event_t *generic = (const xcb_ge_generic_event_t *)event;
	uint8_t type = event->response_type & 0x7f;
	if (type == self->xfixes_event + XCB_XFIXES_CURSOR_NOTIFY)
		self->reshaped = self->moved = true;
	else if (type == XCB_GE_GENERIC && generic->extension == self->xinput &&
		 generic->event_type == XCB_INPUT_RAW_MOTION)
		self->moved = true;
	free(event);
}

static void drain(struct x11_pointer *self)
{
	xcb_generic_event_t *event;
	while ((event = xcb_poll_for_event(self->screen.conn)))
		take_event(self, event);
}

/* ---- questions ---- */

static bool any_visible(const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (words[i] >> 24)
			return true;
	return false;
}

/* XFixes gives premultiplied ARGB words, that is bytes B,G,R,A; larger ones lose their edge. */
static void take_shape(struct x11_pointer *self, struct cursor *cursor,
		       const xcb_xfixes_get_cursor_image_reply_t *reply)
{
	const uint32_t *words = xcb_xfixes_get_cursor_image_cursor_image(reply);
	uint32_t width = min_u32(reply->width, CURSOR_MAX);
	uint32_t height = min_u32(reply->height, CURSOR_MAX);
	cursor->visible = any_visible(words, (size_t)reply->width * reply->height);
	if (!cursor->visible)
		return;
	for (uint32_t y = 0; y < height; y++)
		memcpy(self->data + (size_t)y * width * 4, words + (size_t)y * reply->width,
		       (size_t)width * 4);
	cursor->has_shape = true;
	cursor->shape = (struct cursor_shape){
		.type = CURSOR_COLOUR,
		.hot_x = reply->xhot,
		.hot_y = reply->yhot,
		.width = width,
		.height = height,
		.pitch = width * 4,
		.data = self->data,
	};
}

static int ask_shape(struct x11_pointer *self, struct cursor *cursor)
{
	xcb_connection_t *conn = self->screen.conn;
	xcb_generic_error_t *none = NULL;
	xcb_xfixes_get_cursor_image_reply_t *reply = xcb_xfixes_get_cursor_image_reply(
		conn, xcb_xfixes_get_cursor_image(conn), &none);
	cursor->visible = false; /* BadCursor: no cursor at all */
	if (reply)
		take_shape(self, cursor, reply);
	free(reply);
	free(none);
	return x11_screen_lost(&self->screen) ? CAPTURE_E_LOST : 0;
}

static int ask_place(struct x11_pointer *self, struct cursor *cursor)
{
	xcb_connection_t *conn = self->screen.conn;
	xcb_query_pointer_reply_t *reply = xcb_query_pointer_reply(
		conn, xcb_query_pointer(conn, self->screen.root), NULL);
	if (!reply)
		return CAPTURE_E_LOST;
	cursor->has_position = true;
	cursor->x = reply->root_x - cursor->shape.hot_x;
	cursor->y = reply->root_y - cursor->shape.hot_y;
	free(reply);
	return 0;
}

/* What changed since last time? 0 with *out, CAPTURE_E_TIMEOUT: nothing, or CAPTURE_E_LOST. */
static int ask(struct x11_pointer *self, struct cursor *out)
{
	struct cursor now = self->last;
	now.has_shape = false;
	int failed = self->reshaped ? ask_shape(self, &now) : 0;
	if (!failed)
		failed = ask_place(self, &now);
	if (failed)
		return failed;
	self->reshaped = self->moved = false;
	self->look_ns = clock_ns() + (self->xinput ? LOOK_RARELY_NS : LOOK_OFTEN_NS);
	const struct cursor *last = &self->last;
	bool news = now.has_shape || !last->has_position || now.x != last->x || now.y != last->y ||
		    now.visible != last->visible;
	self->last = now;
	if (!news)
		return CAPTURE_E_TIMEOUT;
	*out = now;
	return 0;
}

int x11_pointer_next(struct x11_pointer *self, struct waker *waker, uint64_t deadline_ns,
		     struct cursor *out)
{
	for (;;) {
		drain(self);
		if (x11_screen_lost(&self->screen))
			return CAPTURE_E_LOST;
		self->moved |= clock_ns() >= self->look_ns;
		if (self->moved) {
			int answer = ask(self, out);
			if (answer != CAPTURE_E_TIMEOUT)
				return answer;
		}
		uint64_t until = min_u64(self->look_ns, deadline_ns);
		xcb_generic_event_t *event = x11_screen_event(&self->screen, waker, until);
		if (event)
			take_event(self, event);
		else if (clock_ns() < until || until == deadline_ns)
			return x11_screen_lost(&self->screen) ? CAPTURE_E_LOST : CAPTURE_E_TIMEOUT;
	}
}

int x11_pointer_warp(struct x11_pointer *self, int32_t x, int32_t y)
{
	int32_t width = (int32_t)self->screen.width, height = (int32_t)self->screen.height;
	if (x < 0 || y < 0 || x > INT16_MAX || y > INT16_MAX || !width || !height)
		return -EINVAL;
	xcb_warp_pointer(self->screen.conn, XCB_NONE, self->screen.root, 0, 0, 0, 0, (int16_t)x,
			 (int16_t)y);
	xcb_flush(self->screen.conn);
	self->moved = true;
	return x11_screen_lost(&self->screen) ? CAPTURE_E_LOST : 0;
}
