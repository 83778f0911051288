#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "guest/x11_way.h"
#include "pixel/copy.h"

static int create(struct x11_way **out, struct x11_screen *screen,
		  const struct capture_params *params)
{
	(void)params;
	struct x11_way *self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	*self = (struct x11_way){ .impl = &x11_way_socket, .screen = screen };
	*out = self;
	return 0;
}

static xcb_get_image_cookie_t ask(struct x11_screen *screen, struct rect rect)
{
	return xcb_get_image(screen->conn, XCB_IMAGE_FORMAT_Z_PIXMAP, screen->root, (int16_t)rect.x,
			     (int16_t)rect.y, (uint16_t)rect.width, (uint16_t)rect.height,
			     UINT32_MAX);
}

static int take(struct x11_way *self, struct capture_target *target, struct rect rect,
		xcb_get_image_cookie_t asked)
{
	xcb_generic_error_t *refused = NULL;
	xcb_get_image_reply_t *reply = xcb_get_image_reply(self->screen->conn, asked, &refused);
	size_t row = (size_t)rect.width * 4;
	bool good = reply && (size_t)xcb_get_image_data_length(reply) >= row * rect.height;
	if (good)
		pixel_copy_rows(
			target->pixels + (size_t)rect.y * target->image.pitch + (size_t)rect.x * 4,
			target->image.pitch, xcb_get_image_data(reply), row, row, rect.height);
	self->copied += good ? row * rect.height : 0;
	free(reply);
	free(refused);
	return good ? 0 : -EIO;
}

static int fill(struct x11_way *self, struct capture_target *target, const struct region *damage)
{
	const struct rect all = { 0, 0, target->image.width, target->image.data_height };
	struct rect rects[REGION_MAX];
	xcb_get_image_cookie_t asked[REGION_MAX];
	uint32_t count = 0;
	for (uint32_t i = 0; i < damage->count; i++) {
		rects[count] = rect_intersect(damage->rects[i], all);
		if (rect_empty(rects[count]))
			continue;
		asked[count] = ask(self->screen, rects[count]);
		count++;
	}
	int failed = 0;
	for (uint32_t i = 0; i < count; i++)
		failed |= take(self, target, rects[i], asked[i]);
	return x11_screen_lost(self->screen) ? CAPTURE_E_LOST : failed;
}

static void destroy(struct x11_way *self)
{
	assert(self->impl == &x11_way_socket);
	free(self);
}

const struct x11_way_impl x11_way_socket = {
	.name = "socket",
	.create = create,
	.fill = fill,
	.destroy = destroy,
};
