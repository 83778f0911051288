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
	g_clear_pointer(&self->awaiting, frame_unref);
}

static void settle(struct wayland_import *self, struct frame *awaiting,
		   struct wayland_buffer *buffer)
{
	if (awaiting)
		self->settled(self, awaiting, buffer);
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
	struct frame *awaiting = g_steal_pointer(&self->awaiting);

	(void)params;
	wayland_import_cancel(self);
	if (place) {
		wayland_present_adopt(self->present, place, wl, self->offset, &self->image);
		place->dmabuf = true;
	} else {
		wl_buffer_destroy(wl);
	}
	settle(self, awaiting, place);
}

static void on_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct wayland_import *self = data;
	struct frame *awaiting = g_steal_pointer(&self->awaiting);

	(void)params;
	wayland_import_cancel(self);
	if (!awaiting) {
		self->refused = true;
		log_info("the compositor refused the dma-buf; going on with shared memory");
	}
	settle(self, awaiting, NULL);
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = on_created,
	.failed = on_failed,
};

static void ask(struct wayland_import *self, const struct frame *frame,
		const struct frame_dmabuf *where, off_t offset)
{
	const struct pixel_image *image = &frame->image;

	self->offset = offset;
	self->image = *image;
	self->params = zwp_linux_dmabuf_v1_create_params(self->present->wayland->dmabuf);
	zwp_linux_buffer_params_v1_add_listener(self->params, &params_listener, self);
	zwp_linux_buffer_params_v1_add(self->params, where->fd, 0, where->offset, where->pitch,
				       (uint32_t)(where->modifier >> 32),
				       (uint32_t)where->modifier);
	zwp_linux_buffer_params_v1_create(self->params, (int32_t)image->width,
					  (int32_t)image->height,
					  pixel_format_info(image->format)->fourcc, 0);
}

void wayland_import_frame(struct wayland_import *self, struct frame *frame)
{
	const struct wayland *wayland = self->present->wayland;
	struct frame_dmabuf where;

	if (self->refused || self->params ||
	    !wayland_takes_dmabuf(wayland, pixel_format_info(frame->image.format)->fourcc,
				  FRAME_MODIFIER_LINEAR) ||
	    wayland_present_has_dmabuf(self->present, frame->shm_offset, &frame->image))
		return;
	if (frame_dmabuf(frame, &where) == 0)
		ask(self, frame, &where, frame->shm_offset);
	else
		self->refused = true;
}

void wayland_import_opaque(struct wayland_import *self, struct frame *frame, off_t offset)
{
	struct frame_dmabuf where;

	wayland_import_cancel(self);
	if (frame_dmabuf(frame, &where) < 0) {
		self->settled(self, frame_ref(frame), NULL);
		return;
	}
	self->awaiting = frame_ref(frame);
	ask(self, frame, &where, offset);
	wl_display_flush(self->present->wayland->display);
}
