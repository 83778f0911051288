#include "view/gpu/import.h"

#include <libplacebo/vulkan.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define LINEAR 0 /* DRM_FORMAT_MOD_LINEAR */

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
	return a->size && a->way == b->way && a->fd == b->fd && a->base == b->base &&
	       a->size == b->size && a->offset == b->offset && a->pitch == b->pitch &&
	       a->w == b->w && a->h == b->h && a->format == b->format;
}

static pl_buf import_buffer(struct gpu_imports *self, const struct gpu_import *what)
{
	bool host = what->way == GPU_HOST_MEMORY;
	struct pl_buf_params params = {
		.size = what->size,
		.import_handle = host ? PL_HANDLE_HOST_PTR : PL_HANDLE_DMA_BUF,
		.shared_mem = { .size = what->size, .drm_format_mod = LINEAR },
	};

	if (host)
		params.shared_mem.handle.ptr = (void *)what->base;
	else
		params.shared_mem.handle.fd = what->fd;
	return pl_buf_create(self->pl, &params);
}

static pl_tex import_texture(struct gpu_imports *self, const struct gpu_import *what)
{
	const struct pl_tex_params params = {
		.w = (int)what->w,
		.h = (int)what->h,
		.format = what->format,
		.sampleable = true,
		.blit_src = true,
		.import_handle = PL_HANDLE_DMA_BUF,
		.shared_mem = {
			.handle.fd = what->fd,
			.size = what->size,
			.offset = what->offset,
			.drm_format_mod = LINEAR,
			.stride_w = what->pitch,
		},
	};

	return pl_tex_create(self->pl, &params);
}

/* One refusal (a device's memory, say) stands for all that would follow. */
static struct gpu_import *import(struct gpu_imports *self, const struct gpu_import *what)
{
	struct gpu_import *slot = &self->list[self->next++ % GPU_IMPORTS];

	drop(self, slot);
	*slot = *what;
	if (what->way == GPU_DMABUF_TEXTURE)
		slot->tex = import_texture(self, what);
	else
		slot->buf = import_buffer(self, what);
	if (slot->buf || slot->tex)
		return slot;
	*slot = (struct gpu_import){ 0 };
	self->takes[what->way] = false;
	log_info("gpu: the device refused the guest's memory as %s; going on without",
		 what->way == GPU_HOST_MEMORY ? "host memory" : "a dma-buf");
	return NULL;
}

static bool find(struct gpu_imports *self, const struct gpu_import *what, struct gpu_bytes *out)
{
	struct gpu_import *found = NULL;

	for (unsigned i = 0; i < GPU_IMPORTS && !found; i++)
		if (same(&self->list[i], what))
			found = &self->list[i];
	if (!found)
		found = import(self, what);
	if (!found)
		return false;
	out->way = found->way;
	out->buf = found->buf;
	out->tex = found->tex;
	return true;
}

/* Of the dma-buf; 0: the picture is not inside, or nobody can say. */
static size_t size_around(int fd, uint32_t offset, const struct frame *frame)
{
	off_t end = lseek(fd, 0, SEEK_END);
	uint64_t size = end > 0 ? (uint64_t)end : 0;

	return range_inside(offset, pixel_image_size(&frame->image), size) ? (size_t)size : 0;
}

/* All of it, so that one import serves each place in it. */
static bool find_dmabuf_buffer(struct gpu_imports *self, int fd, uint32_t offset,
			       const struct frame *frame, const struct pl_tex_params *shape,
			       struct gpu_bytes *out)
{
	const struct gpu_import what = { .way = GPU_DMABUF_BUFFER,
					 .fd = fd,
					 .size = size_around(fd, offset, frame) };

	out->offset = offset;
	return what.size && what.size <= self->pl->limits.max_buf_size && offset % 4 == 0 &&
	       offset % shape->format->texel_size == 0 && find(self, &what, out);
}

static bool find_dmabuf_texture(struct gpu_imports *self, int fd, uint32_t offset,
				const struct frame *frame, const struct pl_tex_params *shape,
				struct gpu_bytes *out)
{
	const struct gpu_import what = {
		.way = GPU_DMABUF_TEXTURE,
		.fd = fd,
		.size = size_around(fd, offset, frame),
		.offset = offset,
		.pitch = frame->image.pitch,
		.w = (uint32_t)shape->w,
		.h = frame->image.data_height,
		.format = shape->format,
	};

	return what.size && pl_fmt_has_modifier(shape->format, LINEAR) &&
	       (shape->format->caps & PL_FMT_CAP_BLITTABLE) && find(self, &what, out);
}

/* To ask for a dma-buf may make one: only where the device could take it. */
static bool find_dmabuf(struct gpu_imports *self, struct frame *frame,
			const struct pl_tex_params *shape, struct gpu_bytes *out)
{
	uint32_t offset;
	int fd;

	if (!self->takes[GPU_DMABUF_BUFFER] && !self->takes[GPU_DMABUF_TEXTURE])
		return false;
	fd = frame_dmabuf(frame, &offset);
	if (fd < 0)
		return false;
	if (self->takes[GPU_DMABUF_BUFFER])
		return find_dmabuf_buffer(self, fd, offset, frame, shape, out);
	return find_dmabuf_texture(self, fd, offset, frame, shape, out);
}

static bool find_memory(struct gpu_imports *self, struct frame *frame, struct gpu_bytes *out)
{
	const struct gpu_import what = { .way = GPU_HOST_MEMORY,
					 .fd = -1,
					 .base = frame_pixels(frame),
					 .size = pixel_image_size(&frame->image) };

	out->offset = 0;
	return self->takes[GPU_HOST_MEMORY] && what.base && find(self, &what, out);
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
