#include "view/gpu/buffers.h"

#include <libplacebo/vulkan.h>
#include <string.h>

#include "base/clock.h"

void gpu_buffers_init(struct gpu_buffers *self, pl_gpu pl)
{
	*self = (struct gpu_buffers){
		.pl = pl,
		.mirrors = pl_vulkan_get(pl) && pl->limits.buf_transfer,
		.reads = "",
	};
	gpu_imports_init(&self->imports, pl);
}

void gpu_buffers_forget(struct gpu_buffers *self)
{
	gpu_imports_forget(&self->imports);
}

void gpu_buffers_finish(struct gpu_buffers *self)
{
	gpu_imports_finish(&self->imports);
	for (unsigned i = 0; i < GPU_MIRRORS; i++)
		pl_buf_destroy(self->pl, &self->mirror[i]);
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

static void copy(struct gpu_buffers *self, const struct pixel_image *image,
		 const struct region *damage, struct gpu_bytes *out)
{
	self->bytes_copied += region_area(damage) * pixel_format_info(image->format)->pixel_bytes;
	if (self->mirrors)
		out->buf = find_mirror(self, pixel_image_size(image));
	for (uint32_t i = 0; out->buf && i < damage->count; i++)
		copy_rect(out->buf, image, out->base, damage->rects[i]);
}

bool gpu_buffers_find(struct gpu_buffers *self, struct frame *frame,
		      const struct pl_tex_params *shape, const struct region *damage,
		      struct gpu_bytes *out)
{
	*out = (struct gpu_bytes){ .way = GPU_COPY,
				   .base = frame->opaque ? NULL : frame_pixels(frame) };
	if (!out->base && !frame->opaque)
		return false;
	if (!region_empty(damage) && !gpu_imports_find(&self->imports, frame, shape, out)) {
		if (frame->opaque)
			return false;
		out->offset = 0;
		copy(self, &frame->image, damage, out);
	}
	if (!region_empty(damage))
		self->reads = gpu_way_names[out->way];
	return true;
}

bool gpu_buffers_reading(struct gpu_buffers *self, uint64_t timeout_ns)
{
	return gpu_imports_reading(&self->imports, timeout_ns);
}
