#include "view/present/wayland_import.h"

#include "base/log.h"

#include "linux-dmabuf-unstable-v1-client.h"

void wayland_import_init(struct wayland_import *self, struct wayland_present *present)
{
	*self = (struct wayland_import){ .present = present };
}

void wayland_import_cancel(struct wayland_import *self)
{
	g_clear_pointer(&self->params, zwp_linux_buffer_params_v1_destroy);
}

/* A place among the presenter's buffers that is not in use; NULL: there is none. */
static struct wayland_buffer *free_place(struct wayland_present *present)
{
	for (size_t i = 0; i < WAYLAND_BUFFERS; i++)
		if (!present->buffers[i].wl)
			return &present->buffers[i];
	return NULL;
}

static void on_created(void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *wl)
{
	struct wayland_import *self = data;
	struct wayland_buffer *place = free_place(self->present);

	(void)params;
	wayland_import_cancel(self);
	if (!place) {
		wl_buffer_destroy(wl);
		return;
	}
	wayland_present_adopt(self->present, place, wl, self->offset, &self->image);
	place->dmabuf = true;
}

static void on_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct wayland_import *self = data;

	(void)params;
	wayland_import_cancel(self);
	self->refused = true;
	log_info("the compositor refused the dma-buf; going on with shared memory");
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = on_created,
	.failed = on_failed,
};

static void ask(struct wayland_import *self, const struct frame *frame, int fd, uint32_t offset)
{
	const struct pixel_image *image = &frame->image;

	self->offset = frame->shm_offset;
	self->image = *image;
	self->params = zwp_linux_dmabuf_v1_create_params(self->present->wayland->dmabuf);
	zwp_linux_buffer_params_v1_add_listener(self->params, &params_listener, self);
	zwp_linux_buffer_params_v1_add(self->params, fd, 0, offset, image->pitch, 0, 0);
	zwp_linux_buffer_params_v1_create(self->params, (int32_t)image->width,
					  (int32_t)image->height,
					  pixel_format_info(image->format)->fourcc, 0);
}

void wayland_import_frame(struct wayland_import *self, struct frame *frame)
{
	const struct wayland *wayland = self->present->wayland;
	uint32_t offset;
	int fd;

	if (self->refused || self->params || !wayland->dmabuf ||
	    !wayland_has_dmabuf_format(wayland, pixel_format_info(frame->image.format)->fourcc) ||
	    wayland_present_has_dmabuf(self->present, frame->shm_offset, &frame->image))
		return;
	fd = frame_dmabuf(frame, &offset);
	if (fd >= 0)
		ask(self, frame, fd, offset);
	else
		self->refused = true;
}
