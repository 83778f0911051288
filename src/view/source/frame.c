#include "view/source/frame.h"

#include <errno.h>

#include "base/mem.h"

void frame_init(struct frame *self, const struct frame_impl *impl, const struct pixel_image *image)
{
	*self = (struct frame){
		.impl = impl, .refs = 1, .image = *image, .shm_fd = -1, .lasting = true
	};
	pixel_image_upright(image, &self->screen_width, &self->screen_height);
}

struct frame *frame_ref(struct frame *self)
{
	self->refs++;
	return self;
}

void frame_unref(struct frame *self)
{
	if (!self || --self->refs > 0)
		return;
	if (self->memory > 0)
		self->impl->give_back(self);
	else
		self->impl->release(self);
}

struct frame *frame_remember(struct frame *self)
{
	if (!self->impl->give_back)
		return NULL;
	self->memory++;
	return self;
}

void frame_unremember(struct frame *self)
{
	if (self && --self->memory == 0 && self->refs == 0)
		self->impl->release(self);
}

void frame_turn(struct frame *self, enum pixel_rotation turn)
{
	self->image.rotation = (enum pixel_rotation)(
		(self->image.rotation + turn + 4 - self->turn) % 4);
	self->turn = turn;
}

const void *frame_pixels(struct frame *self)
{
	return self->impl->pixels(self);
}

int frame_dmabuf(struct frame *self, struct frame_dmabuf *out)
{
	*out = (struct frame_dmabuf){ .fd = -1, .pitch = self->image.pitch };
	return self->impl->dmabuf ? self->impl->dmabuf(self, out) : -ENOTSUP;
}

void frame_refuse(struct frame *self)
{
	if (self->impl->refused)
		self->impl->refused(self);
}

void frame_damage(const struct frame *self, uint64_t since, struct region *out)
{
	const struct pixel_image *image = &self->image;

	if (since == 0)
		region_set_full(out, image->width, image->height);
	else
		self->impl->damage(self, since, out);
	region_clip(out, image->width, min_u32(image->height, image->data_height));
}

void frame_submitted(struct frame *self, uint64_t when_ns)
{
	if (self->impl->submitted)
		self->impl->submitted(self, when_ns);
}

void frame_presented(struct frame *self, uint64_t when_ns)
{
	if (self->impl->presented)
		self->impl->presented(self, when_ns);
}
