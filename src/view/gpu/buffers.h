/* view/gpu/buffers.h - a picture's bytes where the device can read them.
 *
 * Best first: the shared memory itself, imported as host memory; a mirror of what changed, in
 * buffers that last. Where there is neither (OpenGL), libplacebo copies from a pointer. Main thread
 * only.
 */
#ifndef VIEW_GPU_BUFFERS_H
#define VIEW_GPU_BUFFERS_H

#include <libplacebo/gpu.h>
#include <stdbool.h>
#include <stdint.h>

#include "pixel/format.h"

#define GPU_IMPORTS 8 /* buffers of the guest that the device knows */
#define GPU_MIRRORS 2 /* one may be read while the next is written */

struct gpu_import {
	const void *base;
	size_t size;
	pl_buf buf; /* NULL: the device does not take it */
};

struct gpu_buffers {
	pl_gpu pl;
	bool imports, mirrors; /* what this device takes */
	struct gpu_import import[GPU_IMPORTS];
	pl_buf mirror[GPU_MIRRORS];
	unsigned next_import, next_mirror;
	uint64_t bytes_copied; /* by the CPU, since the beginning */
};

void gpu_buffers_init(struct gpu_buffers *self, pl_gpu pl);
void gpu_buffers_finish(struct gpu_buffers *self);

/* The guest's memory will be another one. */
void gpu_buffers_forget(struct gpu_buffers *self);

/* A buffer in which at least the damaged pixels of the image at `base` are, in the image's own
 * layout; NULL: libplacebo has to take them from `base`, which is a copy, too. */
pl_buf gpu_buffers_find(struct gpu_buffers *self, const struct pixel_image *image,
			const uint8_t *base, const struct region *damage);

/* Does the device still read the guest's memory? Waits at most so long for the answer "no". */
bool gpu_buffers_reading(struct gpu_buffers *self, uint64_t timeout_ns);

#endif
