/* Screens that the server has in dma-bufs of the machine's graphics device (QEMU: -spice gl=on).
 *
 * A viewer that can show such gets them as they are, else the rows are copied as those of any other
 * surface. The guest draws on when a drawing was answered: by whom read it, or, whatever becomes of
 * them, at a deadline; one drawing is out at a time. */
#include "spice/display_impl.h"

#include <spice-client.h>

#include "base/log.h"
#include "base/mem.h"
#include "pixel/format.h"

#define DEADLINE_MS    100 /* QEMU gives up after 1 s */
#define FIRST_FRAME_MS 30  /* a texture that nobody draws on is a still picture */

/* ---- answers to the server ---- */

static void answer(struct display *self)
{
	display_stop(&self->texture.deadline);
	self->texture.draw = 0;
	if (self->shown && self->shown->stage == OPEN)
		spice_display_channel_gl_draw_done(SPICE_DISPLAY_CHANNEL(self->shown->channel));
}

static gboolean on_deadline(gpointer data)
{
	struct display *self = data;

	self->texture.deadline = 0;
	answer(self);
	return G_SOURCE_REMOVE;
}

void display_texture_done(struct display *self, uint32_t draw)
{
	if (draw && draw == self->texture.draw)
		answer(self);
}

/* A drawing that comes before the last one's answer takes that over. */
static void owe(struct display *self)
{
	display_stop(&self->texture.deadline);
	if (++self->texture.draws == 0)
		self->texture.draws = 1;
	self->texture.draw = self->texture.draws;
	self->texture.deadline = g_timeout_add(DEADLINE_MS, on_deadline, self);
}

/* ---- the viewer is told, or has it copied ---- */

static void blank(struct display *self, const char *why)
{
	const struct link_spice_texture *now = &self->texture.now;

	log_warn("the server's texture (%ux%u, pitch %u, format %08x) cannot be used: %s",
		 now->width, now->height, now->pitch, now->fourcc, why);
	self->texture.told = false;
	display_blank(self, LINK_SPICE_BLANK_GL);
}

static void tell(struct display *self, int fd)
{
	struct link_spice_texture *now = &self->texture.now;

	display_drop_surface(self);
	now->texture = ++self->texture.number;
	now->monitor = self->monitor;
	self->blank = -1;
	self->texture.told = true;
	service_tell(self->part.service, LINK_SPICE_DISPLAY_TEXTURE, now, NULL, &fd);
}

static void tell_drawn(struct display *self, const struct rect *rect)
{
	const struct link_spice_drawn body = {
		.texture = self->texture.number,
		.draw = self->texture.draw,
		.rect = { rect->x, rect->y, rect->width, rect->height },
	};

	service_tell(self->part.service, LINK_SPICE_DISPLAY_DRAWN, &body, NULL, NULL);
}

static void show(struct display *self, const struct rect *rect)
{
	self->texture.fresh = false;
	display_stop(&self->texture.first_frame);
	if (self->textures) {
		tell_drawn(self, rect);
	} else if (self->surface) {
		surface_damage(self->surface, *rect);
		display_schedule(self);
	}
}

static gboolean on_first_frame(gpointer data)
{
	struct display *self = data;
	const struct rect all = { 0, 0, self->view.width, self->view.height };

	self->texture.first_frame = 0;
	if (self->texture.told && self->texture.fresh)
		show(self, &all);
	return G_SOURCE_REMOVE;
}

static enum surface_depth depth_of(enum pixel_format format)
{
	return format == PIXEL_RGBA ? SURFACE_RGB : SURFACE_32;
}

/* Its rows become those of a surface. */
static void copy(struct display *self, int fd, enum pixel_format format)
{
	struct link_spice_texture all = self->texture.now;
	int result = format == PIXEL_BGRA || format == PIXEL_RGBA ? 0 : -ENOTSUP;

	link_texture_unmap(&self->texture.map);
	if (result == 0)
		result = link_texture_map(&self->texture.map, fd);
	if (result < 0) {
		self->pixels = NULL;
		blank(self, g_strerror(-result));
		return;
	}
	all.view = (struct link_spice_rect){ 0, 0, all.width, all.height };
	self->pixels = link_texture_top(&self->texture.map, &all, 4, &self->stride);
	self->depth = depth_of(format);
	self->marked = true;
	self->texture.told = true;
	display_make_surface(self);
	if (self->surface)
		surface_damage(self->surface,
			       (struct rect){ 0, 0, self->view.width, self->view.height });
}

static bool same_view(const struct link_spice_rect *a, const struct rect *b)
{
	return a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

static void make(struct display *self, int fd)
{
	const enum pixel_format format = pixel_format_from_fourcc(self->texture.now.fourcc);
	const uint32_t bytes = pixel_format_info(format)->pixel_bytes;

	self->texture.fresh = true;
	if (!self->texture.first_frame)
		self->texture.first_frame = g_timeout_add(FIRST_FRAME_MS, on_first_frame, self);
	int result = link_texture_check(&self->texture.now, bytes, fd);
	if (result)
		blank(self, result == -EPERM ? "its memory is smaller, or no dma-buf"
			    : bytes          ? "its numbers cannot be"
					     : "nobody knows its format");
	else if (self->textures)
		tell(self, fd);
	else
		copy(self, fd, format);
}

void display_texture_make(struct display *self)
{
	const SpiceGlScanout *scanout = spice_display_channel_get_gl_scanout(
		SPICE_DISPLAY_CHANNEL(self->shown->channel));
	struct link_spice_rect *told = &self->texture.now.view;
	struct rect view;

	if (!self->watched || !scanout)
		return;
	if (!display_find_view(self, &view)) {
		display_blank(self, LINK_SPICE_BLANK_MONITOR);
		return;
	}
	if (self->texture.told && same_view(told, &view))
		return;
	*told = (struct link_spice_rect){ view.x, view.y, view.width, view.height };
	if (self->textures)
		self->view = view;
	service_set_screen(self->part.service, &view, self->shown->id);
	make(self, scanout->fd);
}

/* ---- while it is copied ---- */

void display_texture_begin(struct display *self)
{
	if (self->texture.map.base)
		link_texture_begin(&self->texture.map);
}

void display_texture_end(struct display *self, bool copied)
{
	if (!self->texture.map.base)
		return;
	link_texture_end(&self->texture.map);
	if (copied && self->texture.draw)
		answer(self);
}

/* ---- what the server says ---- */

static void take(struct display *self, const SpiceGlScanout *scanout)
{
	if (self->texture.draw)
		answer(self);
	self->texture.there = true;
	self->texture.told = false;
	self->texture.now = (struct link_spice_texture){
		.width = scanout->width,
		.height = scanout->height,
		.pitch = scanout->stride,
		.fourcc = scanout->format,
		.flipped = scanout->y0top != 0,
		.modifier = LINK_SPICE_MODIFIER_UNKNOWN,
	};
	display_set_screen(self, (int)min_u32(scanout->width, LINK_SPICE_SCREEN_MAX + 1),
			   (int)min_u32(scanout->height, LINK_SPICE_SCREEN_MAX + 1));
	display_texture_make(self);
	display_settle(self);
}

void display_texture_leave(struct display *self)
{
	if (!self->texture.there)
		return;
	if (self->texture.draw)
		answer(self);
	display_stop(&self->texture.first_frame);
	link_texture_unmap(&self->texture.map);
	self->texture.there = self->texture.told = false;
	self->pixels = NULL;
	self->marked = false;
}

static void give_up(struct display *self)
{
	if (!self->texture.there)
		return;
	display_texture_leave(self);
	display_blank_soon(self);
	display_find_primary(self);
}

static void on_scanout(SpiceChannel *channel, GParamSpec *spec, gpointer data)
{
	struct outlet *outlet = data;
	const SpiceGlScanout *scanout = spice_display_channel_get_gl_scanout(
		SPICE_DISPLAY_CHANNEL(channel));

	(void)spec;
	if (outlet != outlet->owner->shown)
		return;
	if (scanout)
		take(outlet->owner, scanout);
	else
		give_up(outlet->owner);
}

/* Counted from the top of the screen, whichever row lies first. False: the view has none of it. */
static bool cut(const struct display *self, struct rect drawn, struct rect *out)
{
	if (self->texture.fresh) {
		*out = (struct rect){ 0, 0, self->view.width, self->view.height };
		return true;
	}
	*out = rect_intersect(drawn, self->view);
	out->x -= self->view.x;
	out->y -= self->view.y;
	return !rect_empty(*out);
}

static void on_draw(SpiceChannel *channel, guint x, guint y, guint width, guint height,
		    gpointer data)
{
	struct outlet *outlet = data;
	struct display *self = outlet->owner;
	struct rect rect;

	if (outlet != self->shown) {
		spice_display_channel_gl_draw_done(SPICE_DISPLAY_CHANNEL(channel));
		return;
	}
	owe(self);
	if (self->texture.told && cut(self, (struct rect){ x, y, width, height }, &rect))
		show(self, &rect);
	else
		answer(self);
}

const struct display_signal display_texture_signals[] = {
	{ "notify::gl-scanout", G_CALLBACK(on_scanout) },
	{ "gl-draw", G_CALLBACK(on_draw) },
	{ NULL },
};
