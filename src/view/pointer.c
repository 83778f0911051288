#include "view/pointer.h"

#include <math.h>
#include <string.h>

#include "view/dot.h"

#define DOT_SMALL 5 /* pixels at scale 1 */
#define DOT_LARGE 13
#define DOT_LEAST 3
#define PANEL     (WINDOW_PANELS - 1) /* over all others, as pointers are */

void pointer_init(struct pointer *self, struct window *window, struct screen *screen,
		  const struct input_options *manner)
{
	*self = (struct pointer){ .window = window, .screen = screen, .manner = manner };
}

void pointer_settle(struct pointer *self)
{
	self->manner_changed = true;
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
}

/* ---- the window system's ---- */

static void show_dot(struct pointer *self)
{
	struct cursor_shape dot;

	dot_init(&dot, self->now.dot_size);
	window_set_cursor(self->window, &dot);
	dot_finish(&dot);
}

static enum pointer_ours wanted(const struct pointer *self)
{
	bool focused = self->now.focused || self->manner->cursor_dot == CURSOR_DOT_NONE;

	if (self->now.captured && self->now.known)
		return POINTER_NOTHING;
	if (!self->told)
		return POINTER_ARROW;
	if (!focused)
		return POINTER_DOT;
	if (!self->manner->hide_cursor)
		return POINTER_ARROW;
	if (!self->visible)
		return POINTER_NOTHING;
	return self->shape.data ? POINTER_SHAPE : POINTER_ARROW;
}

/* Which of those that look the same by name. */
static uint64_t version_of(const struct pointer *self, enum pointer_ours ours)
{
	if (ours == POINTER_SHAPE)
		return self->shape_serial;
	return ours == POINTER_DOT ? self->now.dot_size : 0;
}

static void show_ours(struct pointer *self, enum pointer_ours ours)
{
	uint64_t version = version_of(self, ours);

	if (self->ours == ours && self->ours_version == version)
		return;
	self->ours = ours;
	self->ours_version = version;
	if (ours == POINTER_DOT)
		show_dot(self);
	else if (ours == POINTER_NOTHING)
		window_hide_cursor(self->window);
	else
		window_set_cursor(self->window, ours == POINTER_SHAPE ? &self->shape : NULL);
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
		.screen_width = self->now.where.screen_width,
		.screen_height = self->now.where.screen_height,
	};

	self->presented = inverts(&self->shape) && !self->now.where.turn &&
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
	struct span_rect hot = projection_to_window(&self->now.where, self->x + shape->hot_x,
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

/* Where it is looked for: ours stands for it, or it is another one than ours. */
static bool may_be_drawn(const struct pointer *self)
{
	const struct pointer_place *now = &self->now;

	if (!now->known)
		return false;
	return now->captured || !self->manner->hide_cursor ||
	       (self->manner->always_show_cursor && !(now->inside && now->focused));
}

static void draw(struct pointer *self)
{
	bool drawn = may_be_drawn(self) && self->visible && self->placed && self->shape.data;

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

/* ---- both ---- */

static void apply(struct pointer *self)
{
	show_ours(self, wanted(self));
	draw(self);
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

/* On the screen, whatever becomes of shapes in this window. */
static uint32_t dot_size(const struct pointer *self, const struct pointer_place *now)
{
	uint32_t pixels = self->manner->cursor_dot == CURSOR_DOT_LARGE ? DOT_LARGE : DOT_SMALL;
	uint32_t across = now->where.turn % 2 ? now->where.screen_height : now->where.screen_width;

	pixels = pixels * self->window->scale120 / 120;
	return now->known ? (uint32_t)((uint64_t)pixels * across / now->where.place.width) : pixels;
}

bool pointer_follow(struct pointer *self, const struct pointer_place *now)
{
	const struct pointer_place before = self->now;

	self->now = *now;
	self->now.dot_size = CLAMP(dot_size(self, now), DOT_LEAST, CURSOR_MAX) | 1;
	if (before.known != now->known || before.captured != now->captured ||
	    before.focused != now->focused || before.inside != now->inside ||
	    before.dot_size != self->now.dot_size || self->manner_changed ||
	    memcmp(&before.where, &now->where, sizeof(now->where)) != 0)
		apply(self);
	self->manner_changed = false;
	return may_be_drawn(self);
}

bool pointer_tip(const struct pointer *self, double *x, double *y)
{
	if (!may_be_drawn(self) || !self->placed)
		return false;
	struct span_rect hot = projection_to_window(&self->now.where, self->x + self->shape.hot_x,
						    self->y + self->shape.hot_y, 1, 1);
	*x = hot.x;
	*y = hot.y;
	return true;
}

void pointer_reset(struct pointer *self)
{
	self->now.known = false;
	self->placed = self->visible = self->told = false;
	apply(self);
	forget_shape(self);
}
