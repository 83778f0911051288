#include "view/pointer.h"

#include <math.h>
#include <string.h>

#define PANEL (WINDOW_PANELS - 1) /* over all others, as pointers are */

void pointer_init(struct pointer *self, struct window *window, struct screen *screen)
{
	*self = (struct pointer){ .window = window, .screen = screen };
}

static void forget_picture(struct pointer *self)
{
	g_clear_pointer(&self->picture, cairo_surface_destroy);
}

static void forget_shape(struct pointer *self)
{
	forget_picture(self);
	g_free((void *)self->shape.data);
	self->shape = (struct cursor_shape){ 0 };
}

void pointer_finish(struct pointer *self)
{
	forget_shape(self);
}

static void remember(struct pointer *self, const struct cursor_shape *shape)
{
	if (!cursor_shape_valid(shape))
		return;
	forget_shape(self);
	self->shape = *shape;
	self->shape.data = g_memdup2(shape->data, cursor_shape_bytes(shape));
	self->shape_serial++;
	self->shown = false;
}

/* ---- the window system's ---- */

static void hide(struct pointer *self)
{
	if (!self->hidden)
		window_hide_cursor(self->window);
	self->hidden = true;
	self->shown = false;
}

static void show(struct pointer *self)
{
	if (self->shown || !self->shape.data)
		return;
	window_set_cursor(self->window, &self->shape);
	self->shown = true;
	self->hidden = false;
}

/* ---- a picture ---- */

static void take_panel(struct pointer *self)
{
	if (self->panelled)
		window_set_panel(self->window, PANEL, NULL);
	self->panelled = false;
}

static void take_presented(struct pointer *self)
{
	if (self->presented)
		screen_set_pointer(self->screen, NULL);
	self->presented = false;
}

static bool inverts(const struct cursor_shape *shape)
{
	return shape->type != CURSOR_COLOUR;
}

/* Only a presenter that has the picture can invert it. */
static bool present(struct pointer *self)
{
	const struct present_pointer drawn = {
		.shape = &self->shape,
		.serial = self->shape_serial,
		.x = self->x,
		.y = self->y,
		.screen_width = self->where.screen_width,
		.screen_height = self->where.screen_height,
	};

	self->presented = inverts(&self->shape) && !self->where.turn &&
			  screen_set_pointer(self->screen, &drawn);
	return self->presented;
}

static cairo_surface_t *surface_of(const struct cursor_shape *shape)
{
	cairo_surface_t *out = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)shape->width,
							  (int)shape->height);

	cairo_surface_flush(out); /* its rows are of whole words: there are no gaps */
	cursor_shape_to_argb(shape, (uint32_t *)(void *)cairo_image_surface_get_data(out));
	cairo_surface_mark_dirty(out);
	return out;
}

static cairo_surface_t *scaled(cairo_surface_t *from, int width, int height)
{
	int from_width = cairo_image_surface_get_width(from);
	int from_height = cairo_image_surface_get_height(from);
	cairo_surface_t *out = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
	cairo_t *cairo = cairo_create(out);
	bool whole = width % from_width == 0 && height % from_height == 0;

	cairo_scale(cairo, (double)width / from_width, (double)height / from_height);
	cairo_set_source_surface(cairo, from, 0, 0);
	cairo_pattern_set_filter(cairo_get_source(cairo),
				 whole ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
	cairo_paint(cairo);
	cairo_destroy(cairo);
	cairo_surface_flush(out);
	return out;
}

/* Upright, however the picture is turned, as the window system's pointer is. */
static void make_picture(struct pointer *self, double fx, double fy)
{
	int width = (int)CLAMP(lround(self->shape.width * fx), 1, CURSOR_MAX);
	int height = (int)CLAMP(lround(self->shape.height * fy), 1, CURSOR_MAX);

	if (self->picture && cairo_image_surface_get_width(self->picture) == width &&
	    cairo_image_surface_get_height(self->picture) == height)
		return;
	forget_picture(self);
	cairo_surface_t *plain = surface_of(&self->shape);
	self->picture = scaled(plain, width, height);
	cairo_surface_destroy(plain);
}

/* The hot spot is where it is in the guest. */
static void put_panel(struct pointer *self)
{
	const struct cursor_shape *shape = &self->shape;
	struct span_rect hot = projection_to_window(&self->where, self->x + shape->hot_x,
						    self->y + shape->hot_y, 1, 1);

	make_picture(self, hot.width, hot.height);
	const struct panel panel = {
		.x = (int32_t)lround(hot.x - shape->hot_x * hot.width),
		.y = (int32_t)lround(hot.y - shape->hot_y * hot.height),
		.width = (uint32_t)cairo_image_surface_get_width(self->picture),
		.height = (uint32_t)cairo_image_surface_get_height(self->picture),
		.pitch = (uint32_t)cairo_image_surface_get_stride(self->picture),
		.pixels = cairo_image_surface_get_data(self->picture),
	};
	self->panelled = window_set_panel(self->window, PANEL, &panel);
}

static void draw(struct pointer *self)
{
	bool drawn = self->visible && self->placed && self->shape.data;

	if (drawn && present(self)) {
		take_panel(self);
		return;
	}
	take_presented(self);
	if (drawn)
		put_panel(self);
	else
		take_panel(self);
}

/* ---- who of both ---- */

static void apply(struct pointer *self)
{
	if (self->captured) {
		hide(self);
		draw(self);
	} else if (self->visible) {
		show(self);
	} else {
		hide(self);
	}
}

void pointer_update(struct pointer *self, const struct cursor *cursor)
{
	if (cursor->has_shape)
		remember(self, &cursor->shape);
	if (cursor->has_position) {
		self->placed = true;
		self->x = cursor->x;
		self->y = cursor->y;
	}
	self->visible = cursor->visible;
	self->told = true;
	apply(self);
}

/* A guest that has told nothing of its pointer, or not its shape, leaves the arrow. */
static void leave_capture(struct pointer *self)
{
	bool arrow = !self->told || (self->visible && !self->shape.data);

	self->captured = false;
	take_panel(self);
	take_presented(self);
	if (!arrow) {
		apply(self);
		return;
	}
	window_set_cursor(self->window, NULL);
	self->shown = self->hidden = false;
}

void pointer_capture(struct pointer *self, const struct projection *where)
{
	if (!where && self->captured)
		leave_capture(self);
	if (!where || (self->captured && memcmp(where, &self->where, sizeof(*where)) == 0))
		return;
	self->captured = true;
	self->where = *where;
	apply(self);
}

bool pointer_tip(const struct pointer *self, double *x, double *y)
{
	if (!self->captured || !self->placed)
		return false;
	struct span_rect hot = projection_to_window(&self->where, self->x + self->shape.hot_x,
						    self->y + self->shape.hot_y, 1, 1);
	*x = hot.x;
	*y = hot.y;
	return true;
}

void pointer_reset(struct pointer *self)
{
	take_panel(self);
	take_presented(self);
	self->captured = self->placed = self->visible = self->told = false;
	if (self->shown || self->hidden)
		window_set_cursor(self->window, NULL);
	self->shown = self->hidden = false;
	forget_shape(self);
}
