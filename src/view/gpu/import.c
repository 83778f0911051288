#include "view/gpu/import.h"

#include <libplacebo/vulkan.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

const char *const gpu_way_names[GPU_WAYS] = {
	[GPU_DMABUF_BUFFER] = "dma-buf",
	[GPU_DMABUF_TEXTURE] = "dma-buf",
	[GPU_HOST_MEMORY] = "its memory",
	[GPU_COPY] = "a copy",
};

/* By OpenGL dma-bufs are images only; by Vulkan images need more of a driver than buffers do. */
static void ask_device(struct gpu_imports *self)
{
	bool vulkan = pl_vulkan_get(self->pl) != NULL, transfer = self->pl->limits.buf_transfer;
	const struct pl_gpu_handle_caps *caps = &self->pl->import_caps;

	self->takes[GPU_DMABUF_BUFFER] = vulkan && transfer && (caps->buf & PL_HANDLE_DMA_BUF);
	self->takes[GPU_DMABUF_TEXTURE] = !vulkan && (caps->tex & PL_HANDLE_DMA_BUF);
	self->takes[GPU_HOST_MEMORY] = vulkan && transfer && (caps->buf & PL_HANDLE_HOST_PTR);
}

void gpu_imports_init(struct gpu_imports *self, pl_gpu pl)
{
	*self = (struct gpu_imports){ .pl = pl };
	ask_device(self);
}

static void drop(struct gpu_imports *self, struct gpu_import *import)
{
	pl_buf_destroy(self->pl, &import->buf);
	pl_tex_destroy(self->pl, &import->tex);
	*import = (struct gpu_import){ 0 };
}

void gpu_imports_finish(struct gpu_imports *self)
{
	for (unsigned i = 0; i < GPU_IMPORTS; i++)
		drop(self, &self->list[i]);
}

void gpu_imports_forget(struct gpu_imports *self)
{
	gpu_imports_finish(self);
	self->next = 0;
	ask_device(self);
}

static bool same(const struct gpu_import *a, const struct gpu_import *b)
{
	return a->size && a->way == b->way && a->device == b->device && a->inode == b->inode &&
	       a->base == b->base && a->size == b->size && a->offset == b->offset &&
	       a->pitch == b->pitch && a->w == b->w && a->h == b->h && a->format == b->format &&
	       a->modifier == b->modifier;
}

static pl_buf import_buffer(struct gpu_imports *self, const struct gpu_import *what, int fd)
{
	bool host = what->way == GPU_HOST_MEMORY;
	struct pl_buf_params params = {
		.size = what->size,
		.import_handle = host ? PL_HANDLE_HOST_PTR : PL_HANDLE_DMA_BUF,
		.shared_mem = { .size = what->size, .drm_format_mod = FRAME_MODIFIER_LINEAR },
	};

	if (host)
		params.shared_mem.handle.ptr = (void *)what->base;
	else
		params.shared_mem.handle.fd = fd;
	return pl_buf_create(self->pl, &params);
}

static pl_tex import_texture(struct gpu_imports *self, const struct gpu_import *what, int fd)
{
	const struct pl_tex_params params = {
		.w = (int)what->w,
		.h = (int)what->h,
		.format = what->format,
		.sampleable = true,
		.blit_src = true,
		.import_handle = PL_HANDLE_DMA_BUF,
		.shared_mem = {
			.handle.fd = fd,
			.size = what->size,
			.offset = what->offset,
			.drm_format_mod = what->modifier,
			.stride_w = what->pitch,
		},
	};

	return pl_tex_create(self->pl, &params);
}

/* One refusal (a device's memory, say) stands for all that would follow. */
static struct gpu_import *import(struct gpu_imports *self, const struct gpu_import *what, int fd)
{
	struct gpu_import *slot = &self->list[self->next++ % GPU_IMPORTS];

	drop(self, slot);
	*slot = *what;
	if (what->way == GPU_DMABUF_TEXTURE)
		slot->tex = import_texture(self, what, fd);
	else
		slot->buf = import_buffer(self, what, fd);
	if (slot->buf || slot->tex)
		return slot;
	*slot = (struct gpu_import){ 0 };
	self->takes[what->way] = false;
	log_info("gpu: the device refused the guest's memory as %s; going on without",
		 what->way == GPU_HOST_MEMORY ? "host memory" : "a dma-buf");
	return NULL;
}

/* An import keeps its dma-buf, so no other one is of the same inode meanwhile. */
static bool find(struct gpu_imports *self, const struct gpu_import *what, int fd,
		 struct gpu_bytes *out)
{
	struct gpu_import *found = NULL;

	for (unsigned i = 0; i < GPU_IMPORTS && !found; i++)
		if (same(&self->list[i], what))
			found = &self->list[i];
	if (!found)
		found = import(self, what, fd);
	if (!found)
		return false;
	out->way = found->way;
	out->buf = found->buf;
	out->tex = found->tex;
	return true;
}

/* Of the dma-buf; 0: the picture is not inside, or nobody can say. */
static size_t size_around(const struct frame_dmabuf *where, const struct frame *frame)
{
	off_t end = lseek(where->fd, 0, SEEK_END);
	uint64_t size = end > 0 ? (uint64_t)end : 0;
	uint64_t rows = where->height ? where->height : frame->image.data_height;

	return range_inside(where->offset, where->pitch * rows, size) ? (size_t)size : 0;
}

/* All of it, so that one import serves each place in it. */
static bool find_dmabuf_buffer(struct gpu_imports *self, const struct frame_dmabuf *where,
			       struct gpu_import what, const struct pl_tex_params *shape,
			       struct gpu_bytes *out)
{
	const uint64_t offset = where->offset + (uint64_t)where->y * where->pitch +
				(uint64_t)where->x * shape->format->texel_size;

	what.way = GPU_DMABUF_BUFFER;
	out->offset = offset;
	return what.size <= self->pl->limits.max_buf_size && offset % 4 == 0 &&
	       offset % shape->format->texel_size == 0 && !where->flipped &&
	       where->modifier == FRAME_MODIFIER_LINEAR && find(self, &what, where->fd, out);
}

static bool find_dmabuf_texture(struct gpu_imports *self, const struct frame_dmabuf *where,
				struct gpu_import what, const struct frame *frame,
				const struct pl_tex_params *shape, struct gpu_bytes *out)
{
	what.way = GPU_DMABUF_TEXTURE;
	what.offset = where->offset;
	what.pitch = where->pitch;
	what.w = where->width ? where->width : (uint32_t)shape->w;
	what.h = where->height ? where->height : frame->image.data_height;
	what.format = shape->format;
	what.modifier = where->modifier;
	out->x = where->x;
	out->y = where->flipped ? what.h - where->y : where->y;
	out->flipped = where->flipped;
	return pl_fmt_has_modifier(shape->format, where->modifier) &&
	       (shape->format->caps & PL_FMT_CAP_BLITTABLE) && find(self, &what, where->fd, out);
}

/* To ask for a dma-buf may make one: only where the device could take it. */
static bool find_dmabuf(struct gpu_imports *self, struct frame *frame,
			const struct pl_tex_params *shape, struct gpu_bytes *out)
{
	struct frame_dmabuf where;
	struct stat status;

	if (!self->takes[GPU_DMABUF_BUFFER] && !self->takes[GPU_DMABUF_TEXTURE])
		return false;
	if (frame_dmabuf(frame, &where) < 0 || fstat(where.fd, &status) != 0)
		return false;
	const struct gpu_import what = { .device = status.st_dev,
					 .inode = status.st_ino,
					 .size = size_around(&where, frame) };
	if (!what.size)
		return false;
	if (self->takes[GPU_DMABUF_BUFFER])
		return find_dmabuf_buffer(self, &where, what, shape, out);
	return find_dmabuf_texture(self, &where, what, frame, shape, out);
}

static bool find_memory(struct gpu_imports *self, struct frame *frame, struct gpu_bytes *out)
{
	if (!self->takes[GPU_HOST_MEMORY] || frame->opaque)
		return false;
	const struct gpu_import what = { .way = GPU_HOST_MEMORY,
					 .base = frame_pixels(frame),
					 .size = pixel_image_size(&frame->image) };

	out->offset = 0;
	return what.base && find(self, &what, -1, out);
}

bool gpu_imports_find(struct gpu_imports *self, struct frame *frame,
		      const struct pl_tex_params *shape, struct gpu_bytes *out)
{
	return find_dmabuf(self, frame, shape, out) || find_memory(self, frame, out);
}

bool gpu_imports_reading(struct gpu_imports *self, uint64_t timeout_ns)
{
	for (unsigned i = 0; i < GPU_IMPORTS; i++) {
		const struct gpu_import *import = &self->list[i];
		if ((import->buf && pl_buf_poll(self->pl, import->buf, timeout_ns)) ||
		    (import->tex && pl_tex_poll(self->pl, import->tex, timeout_ns)))
			return true;
	}
	return false;
}
