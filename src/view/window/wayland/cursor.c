/* The guest's pointer as the window's own: the compositor moves it, no frame is drawn for it. As
 * large as the picture makes it. */
#include <stdlib.h>
#include <wayland-cursor.h>

#include "base/mem.h"
#include "view/window/wayland/wayland.h"

#include "cursor-shape-v1-client.h"
#include "viewporter-client.h"

#define THEME_SIZE   24   /* where XCURSOR_SIZE does not say */
#define CURSOR_LARGE 4096 /* no pointer is larger */

static struct wayland_pane *pane_of(struct wayland *self)
{
	struct wayland_pane *pane = &self->cursor.pane;

	if (!pane->surface) {
		pane->surface = wl_compositor_create_surface(self->compositor);
		pane->viewport = wp_viewporter_get_viewport(self->viewporter, pane->surface);
	}
	return pane;
}

static void show(struct wayland *self, struct wl_buffer *buffer, struct logical_size size,
		 int32_t hot_x, int32_t hot_y)
{
	struct wayland_pane *pane = pane_of(self);

	wp_viewport_set_destination(pane->viewport, MAX(size.width, 1), MAX(size.height, 1));
	wl_surface_attach(pane->surface, buffer, 0, 0);
	wl_surface_damage_buffer(pane->surface, 0, 0, CURSOR_LARGE, CURSOR_LARGE);
	wl_surface_commit(pane->surface);
	wl_pointer_set_cursor(self->pointer, self->enter_serial, pane->surface, hot_x, hot_y);
}

/* ---- the system's own arrow ---- */

static int theme_size(void)
{
	const char *text = getenv("XCURSOR_SIZE");
	int size = text ? atoi(text) : 0;

	return size > 0 && size <= 512 ? size : THEME_SIZE;
}

static struct wl_cursor_theme *theme_of(struct wayland *self)
{
	int size = (int)(theme_size() * self->window.scale120 / 120);

	if (self->cursor.theme && self->cursor.theme_size == size)
		return self->cursor.theme;
	g_clear_pointer(&self->cursor.theme, wl_cursor_theme_destroy);
	self->cursor.theme = wl_cursor_theme_load(getenv("XCURSOR_THEME"), size, self->shm);
	self->cursor.theme_size = size;
	return self->cursor.theme;
}

/* Where the compositor has shapes of its own: at its theme, size and scale. */
static bool ask_for_arrow(struct wayland *self)
{
	if (!self->cursor_shapes)
		return false;
	if (!self->cursor.device)
		self->cursor.device = wp_cursor_shape_manager_v1_get_pointer(self->cursor_shapes,
									     self->pointer);
	wp_cursor_shape_device_v1_set_shape(self->cursor.device, self->enter_serial,
					    WP_CURSOR_SHAPE_DEVICE_V1_SHAPE_DEFAULT);
	return true;
}

static void show_arrow(struct wayland *self)
{
	struct wl_cursor_theme *theme = theme_of(self);
	struct wl_cursor *cursor = theme ? wl_cursor_theme_get_cursor(theme, "left_ptr") : NULL;

	if (!cursor)
		return; /* whatever the compositor shows */
	struct wl_cursor_image *image = cursor->images[0];
	show(self, wl_cursor_image_get_buffer(image),
	     (struct logical_size){ wayland_to_logical(self, image->width),
				    wayland_to_logical(self, image->height) },
	     wayland_to_logical(self, image->hotspot_x),
	     wayland_to_logical(self, image->hotspot_y));
}

/* ---- the guest's ---- */

/* Logical units of `length` guest pixels along an axis on which `picture` of them are shown as
 * `shown` pixels of the screen. */
static int32_t scale_axis(const struct wayland *self, int64_t length, uint32_t shown,
			  uint32_t picture)
{
	if (picture)
		length = (length * shown + picture / 2) / picture;
	return wayland_to_logical(self, length);
}

static void show_shape(struct wayland *self)
{
	const struct placement *place = &self->stage.place;
	struct wayland_pixels *pixels = &self->cursor.pixels;
	uint32_t width = 0, height = 0;

	if (self->stage.target)
		pixel_image_upright(&self->stage.image, &width, &height);
	show(self, pixels_buffer(self, pixels, WL_SHM_FORMAT_ARGB8888),
	     (struct logical_size){ scale_axis(self, pixels->width, place->width, width),
				    scale_axis(self, pixels->height, place->height, height) },
	     scale_axis(self, self->cursor.hot_x, place->width, width),
	     scale_axis(self, self->cursor.hot_y, place->height, height));
}

void cursor_apply(struct wayland *self)
{
	if (!self->pointer || !self->pointer_inside)
		return;
	if (self->cursor.none)
		wl_pointer_set_cursor(self->pointer, self->enter_serial, NULL, 0, 0);
	else if (self->cursor.pixels.memory.base)
		show_shape(self);
	else if (!ask_for_arrow(self))
		show_arrow(self);
}

/* The old picture goes only when a new one is shown. */
static void replace(struct wayland *self, struct wayland_pixels pixels, bool none)
{
	struct wayland_pixels old = self->cursor.pixels;

	self->cursor.pixels = pixels;
	self->cursor.none = none;
	cursor_apply(self);
	pixels_finish(&old);
}

void cursor_set(struct wayland *self, const struct cursor_shape *shape)
{
	struct wayland_pixels made = { 0 };
	uint32_t *pixels;

	if (shape && !cursor_shape_valid(shape))
		return;
	if (shape) {
		pixels = pixels_make(&made, shape->width, shape->height);
		if (!pixels)
			return;
		cursor_shape_to_argb(shape, pixels);
		self->cursor.hot_x = CLAMP(shape->hot_x, 0, (int32_t)shape->width - 1);
		self->cursor.hot_y = CLAMP(shape->hot_y, 0, (int32_t)shape->height - 1);
	}
	replace(self, made, false);
}

void cursor_hide(struct wayland *self)
{
	replace(self, (struct wayland_pixels){ 0 }, true);
}

void cursor_drop(struct wayland *self)
{
	g_clear_pointer(&self->cursor.device, wp_cursor_shape_device_v1_destroy);
}

void cursor_close(struct wayland *self)
{
	stage_free_pane(&self->cursor.pane);
	g_clear_pointer(&self->cursor.theme, wl_cursor_theme_destroy);
	pixels_disconnect(&self->cursor.pixels);
}

void cursor_finish(struct wayland *self)
{
	pixels_finish(&self->cursor.pixels);
}
