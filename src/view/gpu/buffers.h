/* view/gpu/buffers.h - a picture's bytes where the device can read them.
 *
 * Best first: the shared memory itself (import.h); a mirror of what changed, in buffers that last.
 * Where there is neither (OpenGL), libplacebo copies from a pointer. Main thread only.
 */
#ifndef VIEW_GPU_BUFFERS_H
#define VIEW_GPU_BUFFERS_H

#include "view/gpu/import.h"

#define GPU_MIRRORS 2 /* one may be read while the next is written */

struct gpu_buffers {
	pl_gpu pl;
	struct gpu_imports imports;
	bool mirrors; /* this device takes them */
	pl_buf mirror[GPU_MIRRORS];
	unsigned next_mirror;
	const char *reads;     /* how the last picture's bytes came, for people; "": none did */
	uint64_t bytes_copied; /* by the CPU, since the beginning */
};

void gpu_buffers_init(struct gpu_buffers *self, pl_gpu pl);
void gpu_buffers_finish(struct gpu_buffers *self);

/* The guest's memory will be another one. */
void gpu_buffers_forget(struct gpu_buffers *self);

/* Where at least the damaged pixels of the frame are, in the image's own layout; its texels fit a
 * texture of `shape`. False: its pixels are gone, or it is opaque and the device cannot read it. */
bool gpu_buffers_find(struct gpu_buffers *self, struct frame *frame,
		      const struct pl_tex_params *shape, const struct region *damage,
		      struct gpu_bytes *out);

/* Does the device still read the guest's memory? Waits at most so long for the answer "no". */
bool gpu_buffers_reading(struct gpu_buffers *self, uint64_t timeout_ns);

#endif
