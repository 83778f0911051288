/* The compositor reads the guest's memory itself: a wl_buffer for each of the guest's buffers, from
 * a pool over the shared memory, or a dma-buf where there is one. This process touches no pixel. A
 * frame is held until the compositor has released its buffer, which is when the next one is shown:
 * so two are out at times, and only frames that may be held for long are shown this way. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "view/present/wayland_import.h"

#define OUT_MAX 2 /* an Oriel in the guest lends no more */

struct direct {
	struct wayland_present base;
	int fd; /* what the pool is made of: the frames' descriptor */
	size_t size;
	struct wayland_import import;
};

/* wl_shm has numbers of its own for the two that everybody has. */
static uint32_t shm_format(enum pixel_format format)
{
	return format == PIXEL_BGRA ? WL_SHM_FORMAT_XRGB8888 : pixel_format_info(format)->fourcc;
}

/* Colours that the compositor would take for something else are converted. */
static bool format_suits(const struct wayland *wayland, const struct pixel_image *image)
{
	return image->format != PIXEL_BGR_32 && image->format != PIXEL_RGB_24 &&
	       (image->format != PIXEL_RGBA16F || image->colour != 0) &&
	       wayland_takes_colour(wayland, image) &&
	       wayland_has_format(wayland, shm_format(image->format));
}

/* A texture, all of it. */
static bool texture_suits(const struct wayland *wayland, const struct frame *frame)
{
	const struct pixel_image *image = &frame->image;
	struct frame_dmabuf where;

	return wayland->display && !wayland->dmabufs.refused &&
	       frame_dmabuf((struct frame *)frame, &where) == 0 && where.width == image->width &&
	       where.height == image->height &&
	       !(where.flipped && image->rotation != PIXEL_ROTATE_0) &&
	       wayland_takes_colour(wayland, image) &&
	       wayland_takes_dmabuf(wayland, pixel_format_info(image->format)->fourcc,
				    where.modifier);
}

static bool direct_suits(const struct window *window, const struct frame *frame)
{
	const struct wayland *wayland = (const struct wayland *)window;
	const struct pixel_image *image = &frame->image;

	if (frame->opaque)
		return texture_suits(wayland, frame);
	return frame->lasting && frame->shm_fd >= 0 && wayland->display &&
	       format_suits(wayland, image) && image->data_height >= image->height &&
	       frame->shm_size <= INT32_MAX && image->pitch <= INT32_MAX &&
	       range_inside((uint64_t)frame->shm_offset, pixel_image_size(image), frame->shm_size);
}

static void disconnected(struct wayland_present *base)
{
	wayland_import_cancel(&((struct direct *)base)->import);
}

static void on_settled(struct wayland_import *import, struct frame *frame,
		       struct wayland_buffer *buffer)
{
	struct direct *self = (struct direct *)import->present;
	struct present *present = &self->base.present;
	struct frame_dmabuf where;

	if (buffer && frame_dmabuf(frame, &where) == 0) {
		buffer->flipped = where.flipped;
		wayland_present_show(&self->base, buffer, frame, true);
	} else {
		self->base.wayland->dmabufs.refused = true;
		present->listener->failed(present->data,
					  "the compositor refused the guest's texture");
	}
	frame_unref(frame);
}

static struct present *direct_create(struct window *window, GError **error)
{
	struct direct *self = g_new0(struct direct, 1);

	(void)error;
	wayland_present_init(&self->base, window, OUT_MAX);
	self->base.disconnected = disconnected;
	wayland_import_init(&self->import, &self->base);
	self->import.settled = on_settled;
	return &self->base.present;
}

/* What would cost us the connection: memory that compositors cannot map for writing, as libwayland
 * does, or that is not all there. */
static const char *objection(const struct frame *frame)
{
	int seals = fcntl(frame->shm_fd, F_GET_SEALS);
	struct stat stat;

	if ((fcntl(frame->shm_fd, F_GETFL) & O_ACCMODE) != O_RDWR)
		return "the memory is open for reading only";
	if (seals > 0 && (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)))
		return "the memory is sealed against writing";
	if (fstat(frame->shm_fd, &stat) != 0 ||
	    (S_ISREG(stat.st_mode) && (uint64_t)stat.st_size < frame->shm_size))
		return "the memory is smaller than it should be";
	return NULL;
}

static bool has_pool(const struct direct *self, const struct frame *frame)
{
	return self->base.pool && self->fd == frame->shm_fd && self->size == frame->shm_size;
}

static const char *make_pool(struct direct *self, const struct frame *frame)
{
	const char *why = objection(frame);

	if (why)
		return why;
	wayland_import_cancel(&self->import);
	wayland_present_retire(&self->base);
	g_clear_pointer(&self->base.pool, wl_shm_pool_destroy);
	self->base.pool = wl_shm_create_pool(self->base.wayland->shm, frame->shm_fd,
					     (int32_t)frame->shm_size);
	self->fd = frame->shm_fd;
	self->size = frame->shm_size;
	return NULL;
}

static struct wayland_buffer *buffer_for(struct direct *self, const struct frame *frame)
{
	const struct pixel_image *image = &frame->image;
	struct wayland_buffer *buffer = wayland_present_buffer(&self->base, frame->shm_offset,
							       image);

	if (!buffer || buffer->wl)
		return buffer;
	uint32_t padding = quirks_columns(self->base.wayland, image);
	wayland_present_adopt(
		&self->base, buffer,
		wl_shm_pool_create_buffer(self->base.pool, (int32_t)frame->shm_offset,
					  (int32_t)(image->width + padding), (int32_t)image->height,
					  (int32_t)image->pitch, shm_format(image->format)),
		frame->shm_offset, image);
	buffer->padding = padding;
	return buffer;
}

/* Textures are known by their inodes, which live as long as the compositor's buffers do, and by
 * where they begin. */
static off_t name_of(const struct frame_dmabuf *where, const struct stat *status)
{
	return (off_t)((status->st_ino ^ (uint64_t)where->offset << 32) & INT64_MAX);
}

static void show_texture(struct direct *self, struct frame *frame)
{
	struct present *present = &self->base.present;
	struct frame_dmabuf where;
	struct stat status;

	if (frame_dmabuf(frame, &where) < 0 || fstat(where.fd, &status) != 0) {
		present->listener->failed(present->data, "the guest's texture is gone");
		return;
	}
	const off_t name = name_of(&where, &status);
	struct wayland_buffer *buffer = wayland_present_buffer(&self->base, name, &frame->image);
	if (buffer && buffer->wl) {
		buffer->flipped = where.flipped;
		wayland_present_show(&self->base, buffer, frame, true);
	} else if (buffer) {
		wayland_import_opaque(&self->import, frame, name);
	} else {
		present->listener->failed(present->data, "the compositor keeps all buffers");
	}
}

static void direct_show(struct present *present, struct frame *frame)
{
	struct direct *self = (struct direct *)present;
	struct wayland_buffer *buffer;
	const char *why = NULL;

	if (!wayland_present_alive(&self->base))
		return;
	if (frame->opaque) {
		show_texture(self, frame);
		return;
	}
	if (!has_pool(self, frame))
		why = make_pool(self, frame);
	if (!why)
		wayland_import_frame(&self->import, frame);
	buffer = why ? NULL : buffer_for(self, frame);
	if (buffer)
		wayland_present_show(&self->base, buffer, frame, true);
	else
		present->listener->failed(present->data,
					  why ? why : "the compositor keeps all buffers");
}

static void direct_destroy(struct present *present)
{
	struct direct *self = (struct direct *)present;

	wayland_present_finish(&self->base);
	g_free(self);
}

const struct present_impl present_direct_wayland = {
	.name = "direct",
	.suits = direct_suits,
	.create = direct_create,
	.show = direct_show,
	.destroy = direct_destroy,
};
