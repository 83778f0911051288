/* One copy by the CPU: any format, and servers that cannot read the guest's memory. The picture is
 * converted into memory of our own that a local server reads, or sent through the socket. */
#include <gio/gio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "pixel/convert.h"
#include "view/present/x11_present.h"
#include "view/source/memory.h"

struct copy {
	struct x11_present base;
	struct memory memory; /* the picture as BGRX */
	uint32_t pitch;
	xcb_shm_seg_t segment; /* of the memory; 0: through the socket */
};

static bool copy_suits(const struct window *window, const struct frame *frame)
{
	(void)window;
	return !frame->opaque && frame->image.width <= INT16_MAX &&
	       frame->image.height <= INT16_MAX;
}

static struct present *copy_create(struct window *window, GError **error)
{
	struct copy *self = g_new0(struct copy, 1);

	(void)error;
	x11_present_init(&self->base, window, "the X server refused the picture");
	return &self->base.present;
}

static void drop_memory(struct copy *self)
{
	x11_present_detach(&self->base, self->segment);
	self->segment = 0;
	memory_finish(&self->memory);
}

/* Room for a picture of that size. A fresh one is empty: everything must be put again. */
static gboolean make_room(struct copy *self, const struct pixel_image *image, GError **error)
{
	size_t pitch = align_up((uint64_t)image->width * 4, 64), size = pitch * image->height;

	if (self->memory.base && pitch == self->pitch && size <= self->memory.slot_size)
		return TRUE;
	drop_memory(self);
	if (!memory_init(&self->memory, 1, size, error))
		return FALSE;
	self->pitch = (uint32_t)pitch;
	canvas_forget(&self->base.x11->canvas);
	if (self->base.x11->fd_passing) /* without a segment the socket serves */
		self->segment = x11_present_attach(&self->base, self->memory.fd);
	return TRUE;
}

static void convert(struct copy *self, struct frame *frame, const struct region *damage)
{
	const void *pixels = frame_pixels(frame);

	for (uint32_t i = 0; pixels && i < damage->count; i++)
		pixel_to_bgrx(&frame->image, pixels, self->memory.base, self->pitch,
			      damage->rects[i]);
	self->base.present.bytes_copied += region_area(damage) * 4;
}

static struct canvas_flight put(struct copy *self, const struct region *damage)
{
	struct canvas *canvas = &self->base.x11->canvas;
	const struct canvas_memory memory = { self->segment, 0, self->pitch, canvas->image.height };

	if (self->segment)
		return canvas_put_shm(canvas, &memory, damage);
	self->base.present.bytes_copied += region_area(damage) * 4;
	return canvas_put_bytes(canvas, self->memory.base, self->pitch, damage);
}

static void copy_show(struct present *present, struct frame *frame)
{
	struct copy *self = (struct copy *)present;
	struct canvas *canvas = &self->base.x11->canvas;
	g_autoptr(GError) error = NULL;
	struct region damage;

	if (!make_room(self, &frame->image, &error)) {
		present->listener->failed(present->data, error->message);
		return;
	}
	canvas_prepare(canvas, frame, &damage);
	convert(self, frame, &damage);
	frame_presented(frame, clock_ns());
	if (!region_empty(&damage))
		x11_present_fly(&self->base, frame, put(self, &damage), false);
	canvas_done(canvas, frame->serial);
	xcb_flush(self->base.x11->xcb);
	if (region_empty(&damage))
		x11_present_land(&self->base, frame->seen_ns);
}

static void copy_destroy(struct present *present)
{
	struct copy *self = (struct copy *)present;

	x11_present_finish(&self->base);
	drop_memory(self);
	xcb_flush(self->base.x11->xcb);
	g_free(self);
}

const struct present_impl present_copy_x11 = {
	.name = "copy",
	.suits = copy_suits,
	.create = copy_create,
	.show = copy_show,
	.destroy = copy_destroy,
};
