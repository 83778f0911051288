/* Pictures of what a display channel draws, in memory that the viewer has. */
#include "spice/display_impl.h"

#include <assert.h>
#include <spice-client.h>

#include "base/clock.h"
#include "base/log.h"

#define BLANK_MS 1000            /* a change of modes is over by then */
#define BURST_NS (4 * NS_PER_MS) /* rectangles of so long become one picture */

static_assert((int)LINK_SPICE_RECTS_MAX == (int)REGION_MAX, "a region fits a message");

/* ---- to the viewer ---- */

static void tell_blank(struct display *self, enum link_spice_blank why)
{
	struct link_spice_blanked body = { why };

	if (self->blank == (int)why)
		return;
	self->blank = (int)why;
	service_tell(self->part.service, LINK_SPICE_DISPLAY_BLANK, &body, NULL, NULL);
}

void display_drop_surface(struct display *self)
{
	display_stop(&self->copier);
	display_stop(&self->blanker);
	g_clear_pointer(&self->surface, surface_destroy);
}

void display_blank(struct display *self, enum link_spice_blank why)
{
	display_drop_surface(self);
	tell_blank(self, why);
}

static gboolean on_still_blank(gpointer data)
{
	struct display *self = data;

	self->blanker = 0;
	tell_blank(self, LINK_SPICE_BLANK_OFF);
	return G_SOURCE_REMOVE;
}

void display_blank_soon(struct display *self)
{
	display_drop_surface(self);
	if (self->watched)
		self->blanker = g_timeout_add(BLANK_MS, on_still_blank, self);
}

static void tell_surface(struct display *self)
{
	const struct pixel_image *image = surface_image(self->surface);
	const int fd = surface_fd(self->surface);
	struct link_spice_surface body = {
		.surface = ++self->number,
		.monitor = self->monitor,
		.width = image->width,
		.height = image->height,
		.pitch = image->pitch,
		.slots = surface_slots(self->surface),
		.slot_size = surface_slot_size(self->surface),
	};

	self->blank = -1;
	service_tell(self->part.service, LINK_SPICE_DISPLAY_SURFACE, &body, NULL, &fd);
}

static void tell_frame(struct display *self, int slot, const struct region *damage, uint64_t bytes)
{
	struct link_spice_frame body = { .surface = self->number,
					 .slot = (uint32_t)slot,
					 .count = damage->count,
					 .bytes_copied = bytes };

	for (uint32_t i = 0; i < damage->count; i++)
		body.rects[i] = (struct link_spice_rect){ damage->rects[i].x, damage->rects[i].y,
							  damage->rects[i].width,
							  damage->rects[i].height };
	service_tell(self->part.service, LINK_SPICE_DISPLAY_FRAME, &body, NULL, NULL);
}

/* ---- pictures ---- */

static enum surface_depth depth_of(int format)
{
	return format == SPICE_SURFACE_FMT_16_565   ? SURFACE_565
	       : format == SPICE_SURFACE_FMT_16_555 ? SURFACE_555
						    : SURFACE_32;
}

static bool copy(struct display *self)
{
	const size_t bytes = self->depth == SURFACE_565 || self->depth == SURFACE_555 ? 2 : 4;
	const struct surface_pixels from = {
		.first = self->pixels + (ptrdiff_t)self->view.y * self->stride +
			 self->view.x * bytes,
		.stride = self->stride,
		.depth = self->depth,
	};
	struct region damage;
	uint64_t copied;

	display_texture_begin(self);
	int slot = surface_write(self->surface, &from, &damage, &copied);
	display_texture_end(self, slot >= 0);
	if (slot >= 0)
		tell_frame(self, slot, &damage, copied);
	return slot >= 0;
}

static gboolean on_quiet(gpointer data)
{
	struct display *self = data;

	self->copier = 0;
	copy(self); /* without a free slot: when there is one */
	return G_SOURCE_REMOVE;
}

/* What comes in one go is one picture: the library reads on before the low priority has its turn.
 * But a guest that never pauses is shown, too. */
void display_schedule(struct display *self)
{
	uint64_t now = clock_ns();

	if (!self->marked || !self->surface || !surface_dirty(self->surface) ||
	    (self->texture.there && self->texture.fresh))
		return;
	if (!self->copier) {
		self->dirty_ns = now;
		self->copier = g_idle_add_full(G_PRIORITY_LOW, on_quiet, self, NULL);
	} else if (now - self->dirty_ns > BURST_NS && copy(self)) {
		display_stop(&self->copier);
	}
}

static void on_invalidate(SpiceChannel *channel, gint x, gint y, gint width, gint height,
			  gpointer data)
{
	struct outlet *outlet = data;
	struct display *self = outlet->owner;
	const int64_t left = self->view.x, top = self->view.y;
	const int64_t x0 = MAX(x, left), x1 = MIN((int64_t)x + width, left + self->view.width);
	const int64_t y0 = MAX(y, top), y1 = MIN((int64_t)y + height, top + self->view.height);

	(void)channel;
	if (outlet != self->shown || !self->surface || x1 <= x0 || y1 <= y0)
		return;
	surface_damage(self->surface, (struct rect){ (uint32_t)(x0 - left), (uint32_t)(y0 - top),
						     (uint32_t)(x1 - x0), (uint32_t)(y1 - y0) });
	display_schedule(self);
}

/* ---- surfaces ---- */

/* Servers with several channels have one monitor on each. */
static int monitor_in_channel(const struct display *self)
{
	return self->shown->id > 0 ? 0 : (int)self->monitor;
}

bool display_find_view(const struct display *self, struct rect *out)
{
	const struct rect all = { 0, 0, (uint32_t)self->width, (uint32_t)self->height };
	const int wanted = monitor_in_channel(self);
	g_autoptr(GArray) monitors = NULL;

	g_object_get(self->shown->channel, "monitors", &monitors, NULL);
	*out = all;
	if (!monitors || !monitors->len)
		return wanted == 0;
	for (unsigned i = 0; i < monitors->len; i++) {
		const SpiceDisplayMonitorConfig *at = &g_array_index(monitors,
								     SpiceDisplayMonitorConfig, i);
		if ((int)at->id == wanted) {
			*out = rect_intersect(all,
					      (struct rect){ at->x, at->y, at->width, at->height });
			return !rect_empty(*out);
		}
	}
	return false;
}

static bool same_rect(const struct rect *a, const struct rect *b)
{
	return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

/* As screen and monitors now are. */
void display_make_surface(struct display *self)
{
	struct rect view;

	if (self->texture.there && self->textures) {
		display_texture_make(self);
		return;
	}
	if (!self->watched || !self->pixels)
		return;
	if (!display_find_view(self, &view)) {
		display_blank(self, LINK_SPICE_BLANK_MONITOR);
		return;
	}
	if (self->surface && same_rect(&view, &self->view))
		return;
	display_drop_surface(self);
	self->view = view;
	service_set_screen(self->part.service, &view, self->shown->id);
	int result = surface_create(&self->surface, view.width, view.height);
	if (result) {
		log_warn("no room for a picture of %ux%u: %s", view.width, view.height,
			 g_strerror(-result));
		display_blank(self, LINK_SPICE_BLANK_SIZE);
		return;
	}
	tell_surface(self);
	display_schedule(self);
}

void display_set_screen(struct display *self, int width, int height)
{
	self->width = width;
	self->height = height;
	self->glance = false;
	if (self->shown->id != 0)
		return;
	self->screen = (struct rect){ 0, 0, (uint32_t)width, (uint32_t)height };
	service_set_screen(self->part.service, &self->screen, 0);
}

static void take_primary(struct display *self, const SpiceDisplayPrimary *primary)
{
	if (primary->width <= 0 || primary->height <= 0 || primary->stride <= 0)
		return;
	display_texture_leave(self);
	display_set_screen(self, primary->width, primary->height);
	display_drop_surface(self);
	self->pixels = primary->data;
	self->depth = depth_of(primary->format);
	self->stride = primary->stride;
	display_make_surface(self);
	display_settle(self);
}

static void on_primary(SpiceChannel *channel, gint format, gint width, gint height, gint stride,
		       gint shmid, gpointer pixels, gpointer data)
{
	const SpiceDisplayPrimary primary = { .format = (enum SpiceSurfaceFmt)format,
					      .width = width,
					      .height = height,
					      .stride = stride,
					      .data = pixels };
	struct outlet *outlet = data;

	(void)channel, (void)shmid;
	if (outlet == outlet->owner->shown)
		take_primary(outlet->owner, &primary);
}

static void on_primary_destroy(SpiceChannel *channel, gpointer data)
{
	struct outlet *outlet = data;
	struct display *self = outlet->owner;

	(void)channel;
	if (outlet != self->shown || self->texture.there)
		return;
	self->pixels = NULL;
	self->marked = false;
	display_blank_soon(self);
}

void display_find_primary(struct display *self)
{
	SpiceDisplayPrimary primary;

	if (spice_display_channel_get_primary(self->shown->channel, 0, &primary))
		take_primary(self, &primary);
}

/* The library keeps the surface of a channel that it opens again, and tells of it no more than that
 * it is complete. */
static void on_mark(SpiceChannel *channel, gint mark, gpointer data)
{
	struct outlet *outlet = data;
	struct display *self = outlet->owner;

	(void)channel;
	if (outlet != self->shown || self->texture.there)
		return;
	self->marked = mark != 0;
	if (!self->pixels)
		display_find_primary(self);
	display_schedule(self);
}

static void on_monitors(SpiceChannel *channel, GParamSpec *spec, gpointer data)
{
	struct outlet *outlet = data;

	(void)channel, (void)spec;
	if (outlet == outlet->owner->shown)
		display_make_surface(outlet->owner);
}

const struct display_signal display_picture_signals[] = {
	{ "display-primary-create", G_CALLBACK(on_primary) },
	{ "display-primary-destroy", G_CALLBACK(on_primary_destroy) },
	{ "display-invalidate", G_CALLBACK(on_invalidate) },
	{ "display-mark", G_CALLBACK(on_mark) },
	{ "notify::monitors", G_CALLBACK(on_monitors) },
	{ NULL },
};
