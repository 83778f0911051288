#include "bench/sight.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define START_TRIES 40 /* of half a second */

static xcb_screen_t *screen_of(xcb_connection_t *connection)
{
	return xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
}

static void cover_source(struct sight *self)
{
	xcb_connection_t *c = self->source;
	xcb_screen_t *screen = screen_of(c);

	self->canvas = xcb_generate_id(c);
	self->gc = xcb_generate_id(c);
	xcb_create_window(c, screen->root_depth, self->canvas, screen->root, 0, 0,
			  screen->width_in_pixels, screen->height_in_pixels, 0,
			  XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual,
			  XCB_CW_OVERRIDE_REDIRECT, (uint32_t[]){ 1 });
	xcb_map_window(c, self->canvas);
	xcb_create_gc(c, self->gc, self->canvas, 0, NULL);
	xcb_flush(c);
}

static void watch_target(struct sight *self)
{
	xcb_connection_t *c = self->target;

	free(xcb_damage_query_version_reply(c, xcb_damage_query_version(c, 1, 1), NULL));
	self->damage_event = xcb_get_extension_data(c, &xcb_damage_id)->first_event;
	self->target_root = screen_of(c)->root;
	self->damage = xcb_generate_id(c);
	xcb_damage_create(c, self->damage, self->target_root, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
	xcb_flush(c);
}

int sight_init(struct sight *self, const struct stage *stage, unsigned seat, struct err *err)
{
	*self = (struct sight){ .source = xcb_connect(stage->source.display, NULL),
				.target = xcb_connect(stage->seats[seat].screen.display, NULL) };
	if (xcb_connection_has_error(self->source) || xcb_connection_has_error(self->target)) {
		sight_finish(self);
		return err_set(err, -ECONNREFUSED, "cannot connect to the X servers just started");
	}
	cover_source(self);
	watch_target(self);
	return 0;
}

void sight_finish(struct sight *self)
{
	xcb_disconnect(self->source);
	xcb_disconnect(self->target);
	*self = (struct sight){ 0 };
}

/* Never a colour that was there a moment ago: it counts up in all channels. */
static void change(struct sight *self, struct rect rect)
{
	xcb_rectangle_t area = { (int16_t)rect.x, (int16_t)rect.y, (uint16_t)rect.width,
				 (uint16_t)rect.height };

	self->colour = (self->colour + 0x0b0705) & 0xffffff;
	xcb_change_gc(self->source, self->gc, XCB_GC_FOREGROUND, &self->colour);
	xcb_poly_fill_rectangle(self->source, self->canvas, self->gc, 1, &area);
	xcb_flush(self->source);
}

/* Has anything changed on the target? Events are eaten, and it is armed again. */
static bool damaged(struct sight *self)
{
	bool any = false;

	for (xcb_generic_event_t *event; (event = xcb_poll_for_event(self->target)); free(event))
		any |= (event->response_type & 127) == self->damage_event;
	if (any)
		xcb_damage_subtract(self->target, self->damage, XCB_NONE, XCB_NONE);
	return any;
}

static bool shows(struct sight *self, uint32_t x, uint32_t y)
{
	xcb_get_image_cookie_t cookie = xcb_get_image(self->target, XCB_IMAGE_FORMAT_Z_PIXMAP,
						      self->target_root, (int16_t)x, (int16_t)y, 1,
						      1, ~0u);
	xcb_get_image_reply_t *reply = xcb_get_image_reply(self->target, cookie, NULL);
	uint32_t word = ~self->colour;

	if (reply && xcb_get_image_data_length(reply) >= 4)
		memcpy(&word, xcb_get_image_data(reply), 4);
	free(reply);
	return (word & 0xffffff) == self->colour;
}

uint64_t sight_measure(struct sight *self, struct rect rect, uint64_t limit_ns)
{
	struct pollfd ready = { .fd = xcb_get_file_descriptor(self->target), .events = POLLIN };
	uint32_t x = rect.x + rect.width - 1, y = rect.y + rect.height - 1;
	uint64_t start = clock_ns(), now = start;

	change(self, rect);
	for (; now - start < limit_ns && !xcb_connection_has_error(self->target);
	     now = clock_ns()) {
		if (damaged(self) && shows(self, x, y))
			return clock_ns() - start;
		struct timespec nap = { .tv_nsec = (long)(10 * NS_PER_MS) };
		xcb_flush(self->target);
		ppoll(&ready, 1, &nap, NULL);
	}
	return UINT64_MAX;
}

bool sight_wait(struct sight *self, const struct stage *stage, uint32_t width, uint32_t height)
{
	struct rect full = { 0, 0, width, height };

	for (int i = 0; i < START_TRIES && stage_alive(stage); i++)
		if (sight_measure(self, full, NS_PER_S / 2) != UINT64_MAX)
			return true;
	return false;
}
