#include "guest/x11_screen.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "guest/capture.h"

/* ---- pixels ---- */

/* The screens whose words are a format of ours already: nothing is converted, ever. */
static const struct {
	uint8_t depth;
	uint32_t red, green, blue;
	enum pixel_format format;
} layouts[] = {
	{ 24, 0xff0000, 0x00ff00, 0x0000ff, PIXEL_BGRA },
	{ 32, 0xff0000, 0x00ff00, 0x0000ff, PIXEL_BGRA },
	{ 24, 0x0000ff, 0x00ff00, 0xff0000, PIXEL_RGBA },
	{ 32, 0x0000ff, 0x00ff00, 0xff0000, PIXEL_RGBA },
	{ 30, 0x000003ff, 0x000ffc00, 0x3ff00000, PIXEL_RGBA10 },
};

static const xcb_visualtype_t *root_visual(const xcb_screen_t *screen)
{
	xcb_depth_iterator_t depth = xcb_screen_allowed_depths_iterator(screen);
	for (; depth.rem; xcb_depth_next(&depth)) {
		xcb_visualtype_iterator_t visual = xcb_depth_visuals_iterator(depth.data);
		for (; visual.rem; xcb_visualtype_next(&visual))
			if (visual.data->visual_id == screen->root_visual)
				return visual.data;
	}
	return NULL;
}

static unsigned bits_per_pixel(const xcb_setup_t *setup, uint8_t depth)
{
	xcb_format_iterator_t format = xcb_setup_pixmap_formats_iterator(setup);
	for (; format.rem; xcb_format_next(&format))
		if (format.data->depth == depth)
			return format.data->bits_per_pixel;
	return 0;
}

static int find_format(enum pixel_format *out, const xcb_setup_t *setup, const xcb_screen_t *screen,
		       struct err *err)
{
	const xcb_visualtype_t *visual = root_visual(screen);
	unsigned bits = bits_per_pixel(setup, screen->root_depth);
	for (unsigned i = 0; visual && i < ARRAY_LEN(layouts); i++)
		if (layouts[i].depth == screen->root_depth && bits == 32 &&
		    layouts[i].red == visual->red_mask && layouts[i].green == visual->green_mask &&
		    layouts[i].blue == visual->blue_mask &&
		    setup->image_byte_order == XCB_IMAGE_ORDER_LSB_FIRST) {
			*out = layouts[i].format;
			return 0;
		}
	return err_set(err, -ENOTSUP,
		       "x11: a screen of depth %u with %u bits per pixel (red 0x%x, green 0x%x, "
		       "blue 0x%x) cannot be captured; set \"DefaultDepth 24\" in xorg.conf",
		       screen->root_depth, bits, visual ? visual->red_mask : 0,
		       visual ? visual->green_mask : 0, visual ? visual->blue_mask : 0);
}

/* ---- connection ---- */

static bool is_local(xcb_connection_t *conn)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);
	return getsockname(xcb_get_file_descriptor(conn), (struct sockaddr *)&name, &length) == 0 &&
	       name.ss_family == AF_UNIX;
}

static xcb_screen_t *screen_at(const xcb_setup_t *setup, int number)
{
	xcb_screen_iterator_t screen = xcb_setup_roots_iterator(setup);
	while (number-- > 0 && screen.rem)
		xcb_screen_next(&screen);
	return screen.rem ? screen.data : NULL;
}

static int describe(struct x11_screen *self, int number, struct err *err)
{
	const xcb_setup_t *setup = xcb_get_setup(self->conn);
	const xcb_screen_t *screen = screen_at(setup, number);
	if (!screen)
		return err_set(err, -EINVAL, "x11: the display has no screen %d", number);
	self->root = screen->root;
	self->depth = screen->root_depth;
	self->width = screen->width_in_pixels;
	self->height = screen->height_in_pixels;
	self->local = is_local(self->conn);
	return find_format(&self->format, setup, screen, err);
}

int x11_screen_open(struct x11_screen *out, const char *display, struct err *err)
{
	if (!display && !getenv("DISPLAY"))
		return err_set(err, -EINVAL,
			       "x11: which display? Set DISPLAY or write e.g. --capture x11::0");
	int number = 0;
	struct x11_screen self = { .conn = xcb_connect(display, &number) };
	int failed = 0;
	if (xcb_connection_has_error(self.conn))
		failed = err_set(err, -ECONNREFUSED,
				 "x11: no X server lets us in at display \"%s\" (not running, or "
				 "XAUTHORITY does not fit)",
				 display ? display : getenv("DISPLAY"));
	if (!failed)
		failed = describe(&self, number, err);
	if (failed)
		xcb_disconnect(self.conn);
	else
		*out = self;
	return failed;
}

void x11_screen_close(struct x11_screen *self)
{
	xcb_disconnect(self->conn);
	self->conn = NULL;
}

bool x11_screen_lost(const struct x11_screen *self)
{
	return xcb_connection_has_error(self->conn) != 0;
}

xcb_generic_event_t *x11_screen_event(struct x11_screen *self, struct waker *waker,
				      uint64_t deadline_ns)
{
	int fd = xcb_get_file_descriptor(self->conn);
	xcb_flush(self->conn);
	for (;;) {
		xcb_generic_event_t *event = xcb_poll_for_event(self->conn);
		if (event || x11_screen_lost(self))
			return event;
		if (waker_wait(waker, fd, deadline_ns) != WAKER_READABLE)
			return NULL;
	}
}

xcb_get_input_focus_cookie_t x11_screen_ask_fence(struct x11_screen *self)
{
	return xcb_get_input_focus(self->conn);
}

int x11_screen_await_fence(struct x11_screen *self, xcb_get_input_focus_cookie_t fence)
{
	xcb_get_input_focus_reply_t *reply = xcb_get_input_focus_reply(self->conn, fence, NULL);
	free(reply);
	return reply ? 0 : CAPTURE_E_LOST;
}

int x11_screen_measure(struct x11_screen *self)
{
	xcb_get_geometry_reply_t *reply = xcb_get_geometry_reply(
		self->conn, xcb_get_geometry(self->conn, self->root), NULL);
	if (!reply)
		return CAPTURE_E_LOST;
	self->width = reply->width;
	self->height = reply->height;
	free(reply);
	return 0;
}
