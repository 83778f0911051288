/* How the picture lies on its surface: which part of the window shows it, and which part of it is
 * cut off there. */
#include "base/mem.h"
#include "view/window/wayland/wayland.h"

#include "viewporter-client.h"

/* One axis: the part of the window, in logical units, that shows the picture. */
static void map_axis(const struct wayland *self, int32_t at, uint32_t length, int32_t window,
		     int32_t *out_at, int32_t *out_length)
{
	int32_t first = CLAMP(wayland_to_logical(self, at), 0, window - 1);
	int32_t end = CLAMP(wayland_to_logical(self, (int64_t)at + length), first + 1, window);

	*out_at = first;
	*out_length = end - first;
}

static struct logical_box box_of(const struct wayland *self, const struct placement *place)
{
	struct logical_box box;

	map_axis(self, place->x, place->width, self->logical.width, &box.x, &box.width);
	map_axis(self, place->y, place->height, self->logical.height, &box.y, &box.height);
	return box;
}

static struct placement place_picture(const struct wayland *self)
{
	uint32_t width, height;

	pixel_image_upright(&self->stage.image, &width, &height);
	return window_place(&self->window, width, height);
}

struct logical_box layout_box(const struct wayland *self)
{
	struct placement place = place_picture(self);

	return box_of(self, &place);
}

bool layout_fills(const struct wayland *self)
{
	struct logical_box box = layout_box(self);

	return box.x == 0 && box.y == 0 && box.width == self->logical.width &&
	       box.height == self->logical.height;
}

/* The part of an axis of the upright picture, in its pixels, that is inside the window. */
static void cut_axis(int32_t at, uint32_t shown, uint32_t picture, uint32_t window,
		     wl_fixed_t *out_at, wl_fixed_t *out_length)
{
	double first = at < 0 ? -(double)at : 0, end = MIN((double)window - at, (double)shown);
	double factor = (double)picture / shown;

	*out_at = wl_fixed_from_double(first * factor);
	*out_length = wl_fixed_from_double((end - first) * factor);
}

static void unset_source(struct wp_viewport *viewport)
{
	const wl_fixed_t nothing = wl_fixed_from_int(-1);

	wp_viewport_set_source(viewport, nothing, nothing, nothing, nothing);
}

/* Columns at the right of the stored picture: where they are in the upright one. */
static void pass_padding(const struct wayland *self, wl_fixed_t *x, wl_fixed_t *y)
{
	if (self->stage.image.rotation == PIXEL_ROTATE_180)
		*x += wl_fixed_from_int((int)self->stage.padding);
	if (self->stage.image.rotation == PIXEL_ROTATE_270)
		*y += wl_fixed_from_int((int)self->stage.padding);
}

/* Only where something is cut off: compositors have an exact path for the whole. */
static void cut(struct wayland *self, struct wp_viewport *viewport, const struct placement *place)
{
	uint32_t width, height;
	wl_fixed_t x, y, w, h;

	if (place->x >= 0 && place->y >= 0 && !self->stage.padding) {
		unset_source(viewport);
		return;
	}
	pixel_image_upright(&self->stage.image, &width, &height);
	cut_axis(place->x, place->width, width, self->window.width, &x, &w);
	cut_axis(place->y, place->height, height, self->window.height, &y, &h);
	pass_padding(self, &x, &y);
	wp_viewport_set_source(viewport, x, y, w, h);
}

/* A picture that is shown as it is needs no viewport, which some compositors take for scaling. */
static void scale_to(struct wayland *self, struct wp_viewport *viewport, int32_t width,
		     int32_t height)
{
	uint32_t upright_width, upright_height;

	pixel_image_upright(&self->stage.image, &upright_width, &upright_height);
	if ((uint32_t)width == upright_width && (uint32_t)height == upright_height)
		width = height = -1;
	wp_viewport_set_destination(viewport, width, height);
}

static void lay_out_root(struct wayland *self)
{
	struct wp_viewport *viewport = self->root.viewport;

	if (self->stage.target == self->root.surface) {
		cut(self, viewport, &self->stage.place);
		scale_to(self, viewport, self->logical.width, self->logical.height);
	} else {
		unset_source(viewport);
		wp_viewport_set_destination(viewport, self->logical.width, self->logical.height);
	}
}

/* Mesa damages as much as there can be, and weston's arithmetic with a viewport overflows at that:
 * so there is none where nothing is scaled. */
static void lay_out_drawn(struct wayland *self)
{
	bool scaled = self->window.scale120 != 120;

	if (!self->drawn.surface)
		return;
	wp_viewport_set_destination(self->drawn.viewport, scaled ? self->logical.width : -1,
				    scaled ? self->logical.height : -1);
	wl_surface_commit(self->drawn.surface);
}

void layout_apply(struct wayland *self)
{
	lay_out_drawn(self);
	if (!self->stage.target) {
		lay_out_root(self);
		return;
	}
	self->stage.place = place_picture(self);
	lay_out_root(self);
	if (self->stage.target == self->root.surface)
		return;
	struct logical_box box = box_of(self, &self->stage.place);
	cut(self, self->child.viewport, &self->stage.place);
	scale_to(self, self->child.viewport, box.width, box.height);
	wl_subsurface_set_position(self->child.subsurface, box.x, box.y);
}
