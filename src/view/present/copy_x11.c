/* One copy by the CPU: any format, and servers that cannot read the guest's memory. The picture is
 * converted into memory of our own that a local server reads, or sent through the socket. */
#include <fcntl.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "pixel/convert.h"
#include "view/present/flight.h"
#include "view/present/present.h"
#include "view/source/memory.h"

struct copy {
	struct present present;
	struct x11 *x11;
	struct flight flight;
	struct memory memory; /* the picture as BGRX */
	uint32_t pitch;
	xcb_shm_seg_t segment; /* of the memory; 0: through the socket */
};

static bool copy_suits(const struct window *window, const struct frame *frame)
{
	(void)window;
	return frame->image.width <= INT16_MAX && frame->image.height <= INT16_MAX;
}

static void pass_on(struct copy *self, enum flight_news news)
{
	struct present *present = &self->present;

	if (news == FLIGHT_READ) {
		present->listener->released(present->data);
	} else if (news == FLIGHT_DONE) {
		present->listener->shown(present->data);
	} else if (news == FLIGHT_FAILED) {
		canvas_forget(&self->x11->canvas);
		present->listener->failed(present->data, "the X server refused the picture");
	}
}

static void on_event(void *data, const xcb_generic_event_t *event)
{
	struct copy *self = data;

	pass_on(self, flight_event(&self->flight, self->x11, event));
}

static void on_readable(void *data)
{
	struct copy *self = data;

	pass_on(self, flight_reply(&self->flight, self->x11));
}

static struct present *copy_create(struct window *window, GError **error)
{
	struct copy *self = g_new0(struct copy, 1);

	(void)error;
	self->x11 = (struct x11 *)window;
	canvas_forget(&self->x11->canvas);
	self->x11->watcher = (struct x11_watcher){ on_event, on_readable, self };
	return &self->present;
}

static void drop_memory(struct copy *self)
{
	if (self->segment)
		xcb_shm_detach(self->x11->xcb, self->segment);
	self->segment = 0;
	memory_finish(&self->memory);
}

/* Without a segment the socket serves. */
static void attach(struct copy *self)
{
	int fd = self->x11->fd_passing ? fcntl(self->memory.fd, F_DUPFD_CLOEXEC, 0) : -1;

	if (fd < 0)
		return;
	xcb_shm_seg_t segment = xcb_generate_id(self->x11->xcb);
	if (x11_check(self->x11, xcb_shm_attach_fd_checked(self->x11->xcb, segment, fd, 1)) == 0)
		self->segment = segment;
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
	canvas_forget(&self->x11->canvas);
	attach(self);
	return TRUE;
}

static void convert(struct copy *self, struct frame *frame, const struct region *damage)
{
	const void *pixels = frame_pixels(frame);

	for (uint32_t i = 0; pixels && i < damage->count; i++)
		pixel_to_bgrx(&frame->image, pixels, self->memory.base, self->pitch,
			      damage->rects[i]);
	self->present.bytes_copied += region_area(damage) * 4;
}

static struct canvas_flight put(struct copy *self, const struct region *damage)
{
	struct canvas *canvas = &self->x11->canvas;
	const struct canvas_memory memory = { self->segment, 0, self->pitch, canvas->image.height };

	if (self->segment)
		return canvas_put_shm(canvas, &memory, damage);
	self->present.bytes_copied += region_area(damage) * 4;
	return canvas_put_bytes(canvas, self->memory.base, self->pitch, damage);
}

static void copy_show(struct present *present, struct frame *frame)
{
	struct copy *self = (struct copy *)present;
	struct canvas *canvas = &self->x11->canvas;
	g_autoptr(GError) error = NULL;
	struct region damage;
	uint64_t serial = frame->serial;

	if (!make_room(self, &frame->image, &error)) {
		present->listener->failed(present->data, error->message);
		return;
	}
	canvas_prepare(canvas, frame, &damage);
	convert(self, frame, &damage);
	present->listener->released(present->data); /* `frame` may be gone */
	if (!region_empty(&damage))
		flight_start(&self->flight, put(self, &damage));
	canvas_done(canvas, serial);
	xcb_flush(self->x11->xcb);
	if (region_empty(&damage))
		present->listener->shown(present->data);
}

static void copy_destroy(struct present *present)
{
	struct copy *self = (struct copy *)present;

	self->x11->watcher = (struct x11_watcher){ 0 };
	flight_abandon(&self->flight, self->x11);
	drop_memory(self);
	xcb_flush(self->x11->xcb);
	g_free(self);
}

const struct present_impl present_copy_x11 = {
	.name = "copy",
	.suits = copy_suits,
	.create = copy_create,
	.show = copy_show,
	.destroy = copy_destroy,
};
