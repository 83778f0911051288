/* The guest's pointer as the window's own: the X server moves it, no frame is drawn for it. */
#include <stdlib.h>

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

/* `pixels`: premultiplied ARGB words. */
static xcb_cursor_t make(struct x11 *self, const uint32_t *pixels, struct x11_size size,
			 uint16_t hot_x, uint16_t hot_y)
{
	xcb_connection_t *xcb = self->xcb;
	xcb_pixmap_t pixmap = xcb_generate_id(xcb);
	xcb_gcontext_t gc = xcb_generate_id(xcb);
	xcb_render_picture_t picture = xcb_generate_id(xcb);
	xcb_cursor_t cursor = xcb_generate_id(xcb);

	xcb_create_pixmap(xcb, 32, pixmap, self->id, (uint16_t)size.width, (uint16_t)size.height);
	xcb_create_gc(xcb, gc, pixmap, 0, NULL);
	for (uint32_t y = 0; y < size.height; y++) /* row by row: below every request limit */
		xcb_put_image(xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, pixmap, gc, (uint16_t)size.width, 1,
			      0, (int16_t)y, 0, 32, size.width * 4,
			      (const uint8_t *)(pixels + (size_t)y * size.width));
	xcb_render_create_picture(xcb, picture, pixmap, self->argb_format, 0, NULL);
	xcb_render_create_cursor(xcb, cursor, picture, hot_x, hot_y);
	xcb_render_free_picture(xcb, picture);
	xcb_free_gc(xcb, gc);
	xcb_free_pixmap(xcb, pixmap);
	return cursor;
}

static uint16_t clamp_hot(int32_t hot, uint32_t size)
{
	return (uint16_t)CLAMP(hot, 0, (int32_t)size - 1);
}

void x11_cursor_set(struct x11 *self, const struct cursor_shape *shape)
{
	if (!shape) {
		use(self, XCB_NONE);
		return;
	}
	if (!cursor_shape_valid(shape))
		return;
	g_autofree uint32_t *pixels = g_new(uint32_t, (size_t)shape->width * shape->height);
	cursor_shape_to_argb(shape, pixels);
	use(self,
	    make(self, pixels, (struct x11_size){ shape->width, shape->height },
		 clamp_hot(shape->hot_x, shape->width), clamp_hot(shape->hot_y, shape->height)));
}

void x11_cursor_hide(struct x11 *self)
{
	const uint32_t nothing = 0;

	use(self, make(self, &nothing, (struct x11_size){ 1, 1 }, 0, 0));
}
