#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "guest/x11_way.h"
#include "wire/producer.h"

/* A pixmap of the server that lies over one slot's pixels. */
struct cover {
	xcb_pixmap_t id; /* XCB_NONE: none yet */
	uint64_t offset;
	uint32_t width, height; /* with the padding: pitch / 4 */
};

struct way {
	struct x11_way base;
	xcb_shm_seg_t segment;
	xcb_gcontext_t gc;
	uint64_t fd_offset;
	struct cover covers[WIRE_SLOTS_MAX];
	int failed; /* begin() could not ask; else it did: */
	xcb_void_cookie_t asked[REGION_MAX];
	uint32_t count;
	xcb_get_input_focus_cookie_t fence;
};

static struct way *way_from(struct x11_way *way)
{
	assert(way->impl == &x11_way_pixmap);
	return container_of(way, struct way, base);
}

static bool server_shares_pixmaps(struct x11_screen *screen)
{
	xcb_shm_query_version_reply_t *version = xcb_shm_query_version_reply(
		screen->conn, xcb_shm_query_version(screen->conn), NULL);
	bool shares = version && version->shared_pixmaps &&
		      version->pixmap_format == XCB_IMAGE_FORMAT_Z_PIXMAP;
	free(version);
	return shares;
}

/* Pixels of windows, too; and no NoExpose event for each copy. */
static xcb_gcontext_t create_gc(struct x11_screen *screen)
{
	xcb_gcontext_t gc = xcb_generate_id(screen->conn);
	uint32_t values[] = { XCB_SUBWINDOW_MODE_INCLUDE_INFERIORS, 0 };
	xcb_create_gc(screen->conn, gc, screen->root,
		      XCB_GC_SUBWINDOW_MODE | XCB_GC_GRAPHICS_EXPOSURES, values);
	return gc;
}

static void destroy(struct x11_way *way)
{
	struct way *self = way_from(way);
	xcb_connection_t *conn = way->screen->conn;
	for (unsigned i = 0; i < ARRAY_LEN(self->covers); i++)
		if (self->covers[i].id)
			xcb_free_pixmap(conn, self->covers[i].id);
	xcb_free_gc(conn, self->gc);
	xcb_shm_detach(conn, self->segment);
	free(self);
}

/* 0, -EIO (refused) or CAPTURE_E_LOST. */
static int lay(struct way *self, struct cover *cover, uint64_t offset, uint32_t width,
	       uint32_t height)
{
	struct x11_screen *screen = self->base.screen;
	if (cover->id)
		xcb_free_pixmap(screen->conn, cover->id);
	*cover = (struct cover){ 0 };
	xcb_pixmap_t id = xcb_generate_id(screen->conn);
	xcb_generic_error_t *refused = xcb_request_check(
		screen->conn,
		xcb_shm_create_pixmap_checked(screen->conn, id, screen->root, (uint16_t)width,
					      (uint16_t)height, screen->depth, self->segment,
					      (uint32_t)(self->fd_offset + offset)));
	free(refused);
	if (x11_screen_lost(screen))
		return CAPTURE_E_LOST;
	if (refused)
		return -EIO;
	*cover = (struct cover){ id, offset, width, height };
	return 0;
}

static int create(struct x11_way **out, struct x11_screen *screen,
		  const struct capture_params *params)
{
	xcb_shm_seg_t segment;
	int failed = x11_segment_attach(screen, params->fd, &segment);
	if (failed)
		return failed;
	struct way *self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	self->base = (struct x11_way){ .impl = &x11_way_pixmap, .screen = screen };
	self->segment = segment;
	self->fd_offset = params->fd_offset;
	self->gc = create_gc(screen);
	/* Some servers promise and then refuse: lay one row to be sure. */
	if (!server_shares_pixmaps(screen) || lay(self, &self->covers[0], 0, screen->width, 1)) {
		destroy(&self->base);
		return -ENOTSUP;
	}
	*out = &self->base;
	return 0;
}

static int cover_target(struct way *self, const struct capture_target *target)
{
	struct cover *cover = &self->covers[target->index];
	uint32_t width = target->image.pitch / 4;
	if (cover->id && cover->offset == target->offset && cover->width == width &&
	    cover->height == target->image.data_height)
		return 0;
	return lay(self, cover, target->offset, width, target->image.data_height);
}

/* Copies are checked: one that was refused left its pixels as they were. */
static void copy(struct way *self, xcb_pixmap_t cover, const struct region *damage)
{
	struct x11_screen *screen = self->base.screen;
	for (uint32_t i = 0; i < damage->count; i++) {
		const struct rect *rect = &damage->rects[i];
		/* The pixmap clips: rows cut for want of memory are not written. */
		self->asked[i] = xcb_copy_area_checked(
			screen->conn, screen->root, cover, self->gc, (int16_t)rect->x,
			(int16_t)rect->y, (int16_t)rect->x, (int16_t)rect->y, (uint16_t)rect->width,
			(uint16_t)rect->height);
	}
	self->count = damage->count;
	self->fence = x11_screen_ask_fence(screen);
	xcb_flush(screen->conn);
}

static void begin(struct x11_way *way, struct capture_target *target, const struct region *damage)
{
	struct way *self = way_from(way);
	self->failed = cover_target(self, target);
	if (!self->failed)
		copy(self, self->covers[target->index].id, damage);
}

static int fill(struct x11_way *way, struct capture_target *target, const struct region *damage)
{
	struct way *self = way_from(way);
	(void)target;
	(void)damage;
	if (self->failed)
		return self->failed;
	int lost = x11_screen_await_fence(way->screen, self->fence);
	bool all = true;
	for (uint32_t i = 0; i < self->count; i++) {
		/* Answered already: this waits for nothing. */
		xcb_generic_error_t *refused = xcb_request_check(way->screen->conn, self->asked[i]);
		all &= refused == NULL;
		free(refused);
	}
	return lost ? lost : all ? 0 : -EIO;
}

const struct x11_way_impl x11_way_pixmap = {
	.name = "pixmap",
	.create = create,
	.begin = begin,
	.fill = fill,
	.destroy = destroy,
};
