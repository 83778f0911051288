/* The guest's pointer as the window's own: the X server moves it, no frame is drawn for it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "view/window/x11/x11.h"

/* Replaces the window's cursor; 0 is the server's own arrow. Takes ownership. */
static void use(struct x11 *self, xcb_cursor_t cursor)
{
	xcb_change_window_attributes(self->xcb, self->id, XCB_CW_CURSOR, &cursor);
	if (self->cursor)
		xcb_free_cursor(self->xcb, self->cursor);
	self->cursor = cursor;
	xcb_flush(self->xcb);
}

struct surface {
	xcb_pixmap_t pixmap;
	xcb_render_picture_t picture;
};

static struct surface surface_new(struct x11 *self, struct x11_size size)
{
	struct surface out = { xcb_generate_id(self->xcb), xcb_generate_id(self->xcb) };

	xcb_create_pixmap(self->xcb, 32, out.pixmap, self->id, (uint16_t)size.width,
			  (uint16_t)size.height);
	xcb_render_create_picture(self->xcb, out.picture, out.pixmap, self->argb_format, 0, NULL);
	return out;
}

static void surface_free(struct x11 *self, struct surface surface)
{
	xcb_render_free_picture(self->xcb, surface.picture);
	xcb_free_pixmap(self->xcb, surface.pixmap);
}

static void upload(struct x11 *self, struct surface to, const uint32_t *pixels,
		   struct x11_size size)
{
	xcb_gcontext_t gc = xcb_generate_id(self->xcb);

	xcb_create_gc(self->xcb, gc, to.pixmap, 0, NULL);
	for (uint32_t y = 0; y < size.height; y++) /* row by row: below every request limit */
		xcb_put_image(self->xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, to.pixmap, gc,
			      (uint16_t)size.width, 1, 0, (int16_t)y, 0, 32, size.width * 4,
			      (const uint8_t *)(pixels + (size_t)y * size.width));
	xcb_free_gc(self->xcb, gc);
}

/* The server scales: whole factors keep their edges. */
static struct surface scale(struct x11 *self, struct surface from, struct x11_size size,
			    struct x11_size scaled)
{
	struct surface to = surface_new(self, scaled);
	bool whole = scaled.width % size.width == 0 && scaled.height % size.height == 0;
	const char *filter = whole ? "nearest" : "bilinear";
	const xcb_render_transform_t transform = {
		.matrix11 = (xcb_render_fixed_t)((size.width << 16) / scaled.width),
		.matrix22 = (xcb_render_fixed_t)((size.height << 16) / scaled.height),
		.matrix33 = 1 << 16,
	};

	xcb_render_set_picture_transform(self->xcb, from.picture, transform);
	xcb_render_set_picture_filter(self->xcb, from.picture, (uint16_t)strlen(filter), filter, 0,
				      NULL);
	xcb_render_composite(self->xcb, XCB_RENDER_PICT_OP_SRC, from.picture, XCB_NONE, to.picture,
			     0, 0, 0, 0, 0, 0, (uint16_t)scaled.width, (uint16_t)scaled.height);
	surface_free(self, from);
	return to;
}

/* Guests may put the hot spot outside of the shape, X servers may not. */
static uint16_t scale_hot(int32_t hot, uint32_t size, uint32_t scaled)
{
	return (uint16_t)((uint64_t)CLAMP(hot, 0, (int32_t)size - 1) * scaled / size);
}

static void make(struct x11 *self, const uint32_t *pixels, struct x11_size size, int32_t hot_x,
		 int32_t hot_y, struct x11_size scaled)
{
	struct surface surface = surface_new(self, size);
	xcb_cursor_t cursor = xcb_generate_id(self->xcb);

	upload(self, surface, pixels, size);
	if (scaled.width != size.width || scaled.height != size.height)
		surface = scale(self, surface, size, scaled);
	xcb_render_create_cursor(self->xcb, cursor, surface.picture,
				 scale_hot(hot_x, size.width, scaled.width),
				 scale_hot(hot_y, size.height, scaled.height));
	surface_free(self, surface);
	use(self, cursor);
}

static uint32_t scaled_length(uint32_t length, uint32_t shown, uint32_t picture)
{
	uint64_t scaled = picture ? ((uint64_t)length * shown + picture / 2) / picture : length;

	return (uint32_t)CLAMP(scaled, 1, CURSOR_MAX);
}

/* As large as the picture makes it. */
static struct x11_size scaled_size(const struct x11 *self)
{
	const struct canvas *canvas = &self->canvas;
	uint32_t width = 0, height = 0;

	if (canvas->image.width)
		pixel_image_upright(&canvas->image, &width, &height);
	return (struct x11_size){
		scaled_length(self->shape.size.width, canvas->place.width, width),
		scaled_length(self->shape.size.height, canvas->place.height, height),
	};
}

static void use_shape(struct x11 *self)
{
	self->shape.scaled = scaled_size(self);
	make(self, self->shape.pixels, self->shape.size, self->shape.hot_x, self->shape.hot_y,
	     self->shape.scaled);
}

void x11_cursor_finish(struct x11 *self)
{
	g_clear_pointer(&self->shape.pixels, g_free);
}

void x11_cursor_set(struct x11 *self, const struct cursor_shape *shape)
{
	if (!shape) {
		x11_cursor_finish(self);
		use(self, XCB_NONE);
		return;
	}
	if (!cursor_shape_valid(shape))
		return;
	x11_cursor_finish(self);
	self->shape.pixels = g_new(uint32_t, (size_t)shape->width * shape->height);
	self->shape.size = (struct x11_size){ shape->width, shape->height };
	self->shape.hot_x = shape->hot_x;
	self->shape.hot_y = shape->hot_y;
	cursor_shape_to_argb(shape, self->shape.pixels);
	use_shape(self);
}

void x11_cursor_rescale(struct x11 *self)
{
	struct x11_size now;

	if (!self->shape.pixels)
		return;
	now = scaled_size(self);
	if (now.width != self->shape.scaled.width || now.height != self->shape.scaled.height)
		use_shape(self);
}

void x11_cursor_hide(struct x11 *self)
{
	const struct x11_size one = { 1, 1 };
	const uint32_t nothing = 0;

	x11_cursor_finish(self);
	make(self, &nothing, one, 0, 0, one);
}
