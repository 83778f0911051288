/* The X server reads the guest's memory itself: attached read-only, ShmPutImage of the damage, the
 * buffer is free at ShmCompletion. This process touches no pixel. */
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "view/present/flight.h"
#include "view/present/present.h"

struct direct {
	struct present present;
	struct x11 *x11;
	struct flight flight;
	xcb_shm_seg_t segment; /* 0: not attached */
	int fd;                /* what is attached: the frames' descriptor */
	size_t size;
};

/* The pitch can only be told as a picture width, the offset only as 32 bit; both in whole pixels.
 */
static bool direct_suits(const struct window *window, const struct frame *frame)
{
	const struct x11 *x11 = (const struct x11 *)window;
	const struct pixel_image *image = &frame->image;

	return x11->fd_passing && frame->shm_fd >= 0 && image->format == PIXEL_BGRA &&
	       image->pitch % 4 == 0 && image->pitch / 4 <= INT16_MAX &&
	       image->data_height <= INT16_MAX && frame->shm_offset % 4 == 0 &&
	       (uint64_t)frame->shm_offset <= UINT32_MAX &&
	       range_inside((uint64_t)frame->shm_offset, pixel_image_size(image), frame->shm_size);
}

static void pass_on(struct direct *self, enum flight_news news)
{
	struct present *present = &self->present;

	if (news == FLIGHT_READ) {
		present->listener->released(present->data);
	} else if (news == FLIGHT_DONE) {
		present->listener->shown(present->data);
	} else if (news == FLIGHT_FAILED) {
		canvas_forget(&self->x11->canvas);
		present->listener->failed(present->data, "the X server could not read the memory");
	}
}

static void on_event(void *data, const xcb_generic_event_t *event)
{
	struct direct *self = data;

	pass_on(self, flight_event(&self->flight, self->x11, event));
}

static void on_readable(void *data)
{
	struct direct *self = data;

	pass_on(self, flight_reply(&self->flight, self->x11));
}

static struct present *direct_create(struct window *window, GError **error)
{
	struct direct *self = g_new0(struct direct, 1);

	(void)error;
	self->x11 = (struct x11 *)window;
	canvas_forget(&self->x11->canvas);
	self->x11->watcher = (struct x11_watcher){ on_event, on_readable, self };
	return &self->present;
}

static void detach(struct direct *self)
{
	if (self->segment)
		xcb_shm_detach(self->x11->xcb, self->segment);
	self->segment = 0;
}

/* Waits for the answer, once per memory. */
static bool attach(struct direct *self, const struct frame *frame)
{
	int fd = fcntl(frame->shm_fd, F_DUPFD_CLOEXEC, 0);

	detach(self);
	if (fd < 0)
		return false;
	xcb_shm_seg_t segment = xcb_generate_id(self->x11->xcb);
	if (x11_check(self->x11, xcb_shm_attach_fd_checked(self->x11->xcb, segment, fd, 1)) != 0)
		return false; /* the connection has closed the descriptor */
	self->segment = segment;
	self->fd = frame->shm_fd;
	self->size = frame->shm_size;
	return true;
}

static bool attached(const struct direct *self, const struct frame *frame)
{
	return self->segment && self->fd == frame->shm_fd && self->size == frame->shm_size;
}

static void direct_show(struct present *present, struct frame *frame)
{
	struct direct *self = (struct direct *)present;
	struct canvas *canvas = &self->x11->canvas;
	struct region damage;

	if (!attached(self, frame) && !attach(self, frame)) {
		present->listener->failed(present->data, "the X server refused the memory");
		return;
	}
	canvas_prepare(canvas, frame, &damage);
	if (region_empty(&damage)) {
		canvas_done(canvas, frame->serial);
		present->listener->shown(present->data);
		return;
	}
	const struct canvas_memory memory = { self->segment, (uint32_t)frame->shm_offset,
					      frame->image.pitch, frame->image.data_height };
	flight_start(&self->flight, canvas_put_shm(canvas, &memory, &damage));
	canvas_done(canvas, frame->serial);
	xcb_flush(self->x11->xcb);
}

static void direct_destroy(struct present *present)
{
	struct direct *self = (struct direct *)present;

	self->x11->watcher = (struct x11_watcher){ 0 };
	flight_abandon(&self->flight, self->x11);
	detach(self);
	xcb_flush(self->x11->xcb);
	g_free(self);
}

const struct present_impl present_direct_x11 = {
	.name = "direct",
	.suits = direct_suits,
	.create = direct_create,
	.show = direct_show,
	.destroy = direct_destroy,
};
