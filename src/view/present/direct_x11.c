/* The X server reads the guest's memory itself: attached read-only, ShmPutImage of the damage, the
 * buffer is free at ShmCompletion. This process touches no pixel. */
#include "base/clock.h"
#include "base/mem.h"
#include "view/present/x11_present.h"

struct direct {
	struct x11_present base;
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

static struct present *direct_create(struct window *window, GError **error)
{
	struct direct *self = g_new0(struct direct, 1);

	(void)error;
	x11_present_init(&self->base, window, "the X server could not read the memory");
	return &self->base.present;
}

/* Waits for the answer, once per memory. */
static bool attach(struct direct *self, const struct frame *frame)
{
	x11_present_detach(&self->base, self->segment);
	self->segment = x11_present_attach(&self->base, frame->shm_fd);
	self->fd = frame->shm_fd;
	self->size = frame->shm_size;
	return self->segment != 0;
}

static bool attached(const struct direct *self, const struct frame *frame)
{
	return self->segment && self->fd == frame->shm_fd && self->size == frame->shm_size;
}

static void direct_show(struct present *present, struct frame *frame)
{
	struct direct *self = (struct direct *)present;
	struct canvas *canvas = &self->base.x11->canvas;
	struct region damage;

	if (!attached(self, frame) && !attach(self, frame)) {
		present->listener->failed(present->data, "the X server refused the memory");
		return;
	}
	canvas_prepare(canvas, frame, &damage);
	if (region_empty(&damage)) {
		canvas_done(canvas, frame->serial);
		frame_presented(frame, clock_ns());
		x11_present_land(&self->base, frame->seen_ns);
		return;
	}
	const struct canvas_memory memory = { self->segment, (uint32_t)frame->shm_offset,
					      frame->image.pitch, frame->image.data_height };
	x11_present_fly(&self->base, frame, canvas_put_shm(canvas, &memory, &damage), true);
	canvas_done(canvas, frame->serial);
	xcb_flush(self->base.x11->xcb);
}

static void direct_destroy(struct present *present)
{
	struct direct *self = (struct direct *)present;

	x11_present_finish(&self->base);
	x11_present_detach(&self->base, self->segment);
	xcb_flush(self->base.x11->xcb);
	g_free(self);
}

const struct present_impl present_direct_x11 = {
	.name = "direct",
	.suits = direct_suits,
	.create = direct_create,
	.show = direct_show,
	.destroy = direct_destroy,
};
