#include "view/gpu/buffers.h"

#include <libplacebo/vulkan.h>
#include <string.h>

#include "base/clock.h"

void gpu_buffers_init(struct gpu_buffers *self, pl_gpu pl)
{
	bool vulkan = pl_vulkan_get(pl) != NULL;

	*self = (struct gpu_buffers){
		.pl = pl,
		.imports = vulkan && pl->limits.buf_transfer &&
			   (pl->import_caps.buf & PL_HANDLE_HOST_PTR),
		.mirrors = vulkan && pl->limits.buf_transfer,
	};
}

void gpu_buffers_forget(struct gpu_buffers *self)
{
	for (unsigned i = 0; i < GPU_IMPORTS; i++)
		pl_buf_destroy(self->pl, &self->import[i].buf);
	memset(self->import, 0, sizeof(self->import));
	self->next_import = 0;
}

void gpu_buffers_finish(struct gpu_buffers *self)
{
	gpu_buffers_forget(self);
	for (unsigned i = 0; i < GPU_MIRRORS; i++)
		pl_buf_destroy(self->pl, &self->mirror[i]);
}

static pl_buf import(struct gpu_buffers *self, const void *base, size_t size)
{
	struct gpu_import *slot = &self->import[self->next_import++ % GPU_IMPORTS];
	const struct pl_buf_params params = {
		.size = size,
		.import_handle = PL_HANDLE_HOST_PTR,
		.shared_mem = { .handle = { .ptr = (void *)base }, .size = size },
	};

	pl_buf_destroy(self->pl, &slot->buf);
	*slot = (struct gpu_import){ base, size, pl_buf_create(self->pl, &params) };
	/* One refusal (a device's memory, say) stands for all that would follow. */
	self->imports = slot->buf != NULL;
	return slot->buf;
}

static pl_buf find_import(struct gpu_buffers *self, const void *base, size_t size)
{
	for (unsigned i = 0; i < GPU_IMPORTS; i++)
		if (self->import[i].base == base && self->import[i].size == size)
			return self->import[i].buf;
	return self->imports ? import(self, base, size) : NULL;
}

/* They last: libplacebo would make one for each transfer, and lavapipe 22.3 touches the semaphores
 * of such after their end. Waits while the device reads what was in it. */
static pl_buf find_mirror(struct gpu_buffers *self, size_t size)
{
	pl_buf *mirror = &self->mirror[self->next_mirror++ % GPU_MIRRORS];
	const struct pl_buf_params params = { .size = size,
					      .host_mapped = true,
					      .memory_type = PL_BUF_MEM_HOST };

	if (!*mirror || (*mirror)->params.size < size)
		pl_buf_recreate(self->pl, mirror, &params);
	while (*mirror && pl_buf_poll(self->pl, *mirror, NS_PER_S))
		if (pl_gpu_is_failed(self->pl))
			return NULL;
	return *mirror && (*mirror)->data ? *mirror : NULL;
}

/* Plain stores: the device reads in order what was stored before it was asked. */
static void copy_rect(pl_buf to, const struct pixel_image *image, const uint8_t *base,
		      struct rect rect)
{
	uint32_t first, span = pixel_row_span(image, rect.x, rect.width, &first);
	size_t at = (size_t)rect.y * image->pitch + first;

	for (uint32_t y = 0; y < rect.height; y++, at += image->pitch)
		memcpy(to->data + at, base + at, span);
}

pl_buf gpu_buffers_find(struct gpu_buffers *self, const struct pixel_image *image,
			const uint8_t *base, const struct region *damage)
{
	size_t size = pixel_image_size(image);
	pl_buf buf = find_import(self, base, size);

	if (buf)
		return buf;
	self->bytes_copied += region_area(damage) * pixel_format_info(image->format)->pixel_bytes;
	if (self->mirrors)
		buf = find_mirror(self, size);
	for (uint32_t i = 0; buf && i < damage->count; i++)
		copy_rect(buf, image, base, damage->rects[i]);
	return buf;
}

bool gpu_buffers_reading(struct gpu_buffers *self, uint64_t timeout_ns)
{
	for (unsigned i = 0; i < GPU_IMPORTS; i++)
		if (self->import[i].buf && pl_buf_poll(self->pl, self->import[i].buf, timeout_ns))
			return true;
	return false;
}
