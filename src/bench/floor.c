#include "bench/floor.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xcb/damage.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "pixel/region.h"

/* In the memory's first page; the rectangle's rows follow it without gaps. */
struct header {
	_Atomic uint32_t sequence;
	struct rect rect;
};

struct end {
	xcb_connection_t *connection;
	xcb_screen_t *screen;
	struct header *header;
	xcb_shm_seg_t segment;
};

static bool end_init(struct end *self, const struct floor_end *end)
{
	self->connection = xcb_connect(end->display, NULL);
	if (xcb_connection_has_error(self->connection))
		return false;
	self->screen = xcb_setup_roots_iterator(xcb_get_setup(self->connection)).data;
	self->header = end->memory->base;
	self->segment = xcb_generate_id(self->connection);
	xcb_shm_attach_fd(self->connection, self->segment, dup(end->memory->fd), 0);
	return true;
}

/* ---- capture ---- */

static xcb_damage_damage_t watch(const struct end *self)
{
	xcb_connection_t *c = self->connection;
	xcb_damage_damage_t damage = xcb_generate_id(c);

	free(xcb_damage_query_version_reply(c, xcb_damage_query_version(c, 1, 1), NULL));
	xcb_damage_create(c, damage, self->screen->root, XCB_DAMAGE_REPORT_LEVEL_BOUNDING_BOX);
	xcb_flush(c);
	return damage;
}

/* Blocks for an event, then takes all that wait; the box around what changed. False: no display. */
static bool wait_damage(const struct end *self, struct region *out)
{
	uint8_t type = xcb_get_extension_data(self->connection, &xcb_damage_id)->first_event;
	xcb_generic_event_t *event = xcb_wait_for_event(self->connection);

	if (!event)
		return false;
	region_clear(out);
	for (; event; event = xcb_poll_for_event(self->connection)) {
		const xcb_damage_notify_event_t *damage = (const void *)event;
		if ((event->response_type & 127) == type)
			region_add(out, (struct rect){ (uint32_t)damage->area.x,
						       (uint32_t)damage->area.y, damage->area.width,
						       damage->area.height });
		free(event);
	}
	return true;
}

static void grab(const struct end *self, struct rect rect)
{
	xcb_shm_get_image_cookie_t cookie = xcb_shm_get_image(
		self->connection, self->screen->root, (int16_t)rect.x, (int16_t)rect.y,
		(uint16_t)rect.width, (uint16_t)rect.height, ~0u, XCB_IMAGE_FORMAT_Z_PIXMAP,
		self->segment, FLOOR_HEADER);

	free(xcb_shm_get_image_reply(self->connection, cookie, NULL));
	self->header->rect = rect;
	atomic_fetch_add(&self->header->sequence, 1);
	syscall(SYS_futex, &self->header->sequence, FUTEX_WAKE, 1, NULL, NULL, 0);
}

int floor_capture(void *data)
{
	struct region region;
	struct end end;

	if (!end_init(&end, data))
		return 1;
	xcb_damage_damage_t damage = watch(&end);
	while (wait_damage(&end, &region)) {
		if (region_empty(&region))
			continue;
		xcb_damage_subtract(end.connection, damage, XCB_NONE, XCB_NONE);
		grab(&end, region_bounds(&region));
	}
	return 1;
}

/* ---- view ---- */

static xcb_window_t open_window(const struct end *self)
{
	xcb_window_t window = xcb_generate_id(self->connection);

	xcb_create_window(self->connection, self->screen->root_depth, window, self->screen->root, 0,
			  0, self->screen->width_in_pixels, self->screen->height_in_pixels, 0,
			  XCB_WINDOW_CLASS_INPUT_OUTPUT, self->screen->root_visual,
			  XCB_CW_OVERRIDE_REDIRECT, (uint32_t[]){ 1 });
	xcb_map_window(self->connection, window);
	return window;
}

int floor_view(void *data)
{
	struct end end;
	uint32_t last = 0;

	if (!end_init(&end, data))
		return 1;
	xcb_window_t window = open_window(&end);
	xcb_gcontext_t gc = xcb_generate_id(end.connection);
	xcb_create_gc(end.connection, gc, window, 0, NULL);
	while (xcb_flush(end.connection) > 0) {
		while (atomic_load(&end.header->sequence) == last)
			syscall(SYS_futex, &end.header->sequence, FUTEX_WAIT, last, NULL, NULL, 0);
		last = atomic_load(&end.header->sequence);
		struct rect rect = end.header->rect;
		xcb_shm_put_image(end.connection, window, gc, (uint16_t)rect.width,
				  (uint16_t)rect.height, 0, 0, (uint16_t)rect.width,
				  (uint16_t)rect.height, (int16_t)rect.x, (int16_t)rect.y,
				  end.screen->root_depth, XCB_IMAGE_FORMAT_Z_PIXMAP, 0, end.segment,
				  FLOOR_HEADER);
	}
	return 1;
}
