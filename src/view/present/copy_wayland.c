/* One copy by the CPU: formats that the compositor does not read, memory that it cannot have, and
 * frames that their guest wants back soon. Only what changed since a buffer was last written. */
#include <gio/gio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "pixel/convert.h"
#include "view/present/wayland_present.h"
#include "view/source/memory.h"

#define SLOTS 3 /* one shown, one about to be, one to write */

struct copy {
	struct wayland_present base;
	struct memory memory;
	struct pixel_image image; /* as the compositor has it: BGRX, of the frames' size */
	uint64_t serials[SLOTS];  /* of the frames that the slots hold; 0: none */
};

static bool copy_suits(const struct window *window, const struct frame *frame)
{
	const struct wayland *wayland = (const struct wayland *)window;

	return !frame->opaque && wayland->display != NULL;
}

static struct present *copy_create(struct window *window, GError **error)
{
	struct copy *self = g_new0(struct copy, 1);

	(void)error;
	wayland_present_init(&self->base, window, SLOTS);
	return &self->base.present;
}

static void drop_memory(struct copy *self)
{
	g_clear_pointer(&self->base.pool, wl_shm_pool_destroy);
	memory_finish(&self->memory);
	memset(self->serials, 0, sizeof(self->serials));
	self->image = (struct pixel_image){ 0 };
}

static bool fits(const struct copy *self, const struct pixel_image *image)
{
	return self->base.pool && self->image.width == image->width &&
	       self->image.height == image->height && self->image.rotation == image->rotation;
}

/* Room for pictures of that size; fresh ones are black. */
static gboolean make_room(struct copy *self, const struct pixel_image *image, GError **error)
{
	struct pixel_image made;

	if (fits(self, image))
		return TRUE;
	wayland_present_retire(&self->base);
	drop_memory(self);
	pixel_image_init(&made, PIXEL_BGRA, image->width, image->height);
	made.pitch = made.width * 4; /* see quirks.c */
	made.rotation = image->rotation;
	if (pixel_image_size(&made) * SLOTS > INT32_MAX) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "a %ux%u picture is too large for wl_shm", image->width, image->height);
		return FALSE;
	}
	if (!memory_init(&self->memory, SLOTS, pixel_image_size(&made), error))
		return FALSE;
	self->image = made;
	self->base.pool = wl_shm_create_pool(self->base.wayland->shm, self->memory.fd,
					     (int32_t)self->memory.size);
	return TRUE;
}

static struct wl_buffer *make_buffer(struct copy *self, off_t offset)
{
	return wl_shm_pool_create_buffer(self->base.pool, (int32_t)offset,
					 (int32_t)self->image.width, (int32_t)self->image.height,
					 (int32_t)self->image.pitch, WL_SHM_FORMAT_XRGB8888);
}

static bool slot_busy(const struct copy *self, off_t offset)
{
	for (size_t i = 0; i < WAYLAND_BUFFERS; i++) {
		const struct wayland_buffer *buffer = &self->base.buffers[i];
		if (buffer->busy && buffer->image.width && buffer->offset == offset)
			return true;
	}
	return false;
}

/* The free slot that was written last: least is to be copied. SLOTS: all are out. */
static unsigned free_slot(const struct copy *self)
{
	unsigned best = SLOTS;

	for (unsigned i = 0; i < SLOTS; i++)
		if (!slot_busy(self, (off_t)(self->memory.slot_size * i)) &&
		    (best == SLOTS || self->serials[i] > self->serials[best]))
			best = i;
	return best;
}

static void convert(struct copy *self, struct frame *frame, unsigned slot)
{
	const void *pixels = frame_pixels(frame);
	struct region damage;

	frame_damage(frame, self->serials[slot], &damage);
	for (uint32_t i = 0; pixels && i < damage.count; i++)
		pixel_to_bgrx(&frame->image, pixels, memory_slot(&self->memory, slot),
			      self->image.pitch, damage.rects[i]);
	self->base.present.bytes_copied += region_area(&damage) * 4;
	self->serials[slot] = frame->serial;
	frame_presented(frame, clock_ns());
}

static void copy_show(struct present *present, struct frame *frame)
{
	struct copy *self = (struct copy *)present;
	g_autoptr(GError) error = NULL;

	if (!wayland_present_alive(&self->base))
		return;
	if (!make_room(self, &frame->image, &error)) {
		present->listener->failed(present->data, error->message);
		return;
	}
	unsigned slot = free_slot(self);
	off_t offset = (off_t)(self->memory.slot_size * slot);
	struct wayland_buffer *buffer = slot < SLOTS ? wayland_present_buffer(&self->base, offset,
									      &self->image)
						     : NULL;
	if (!buffer) {
		present->listener->failed(present->data, "the compositor keeps all buffers");
		return;
	}
	if (!buffer->wl)
		wayland_present_adopt(&self->base, buffer, make_buffer(self, offset), offset,
				      &self->image);
	convert(self, frame, slot);
	wayland_present_show(&self->base, buffer, frame, false);
}

static void copy_destroy(struct present *present)
{
	struct copy *self = (struct copy *)present;

	wayland_present_finish(&self->base);
	drop_memory(self);
	g_free(self);
}

const struct present_impl present_copy_wayland = {
	.name = "copy",
	.suits = copy_suits,
	.create = copy_create,
	.show = copy_show,
	.destroy = copy_destroy,
};
