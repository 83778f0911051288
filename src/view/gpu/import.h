/* view/gpu/import.h - memory of the guest that the device reads where it lies. What was imported
 * once is kept until the guest's memory is another one. Main thread only.
 */
#ifndef VIEW_GPU_IMPORT_H
#define VIEW_GPU_IMPORT_H

#include <libplacebo/gpu.h>
#include <stdbool.h>
#include <stdint.h>

#include "view/source/frame.h"

#define GPU_IMPORTS 8 /* buffers of the guest that the device knows */

/* How the device comes by the pixels, best first. */
enum gpu_way {
	GPU_DMABUF_BUFFER,  /* a dma-buf as a buffer: any format */
	GPU_DMABUF_TEXTURE, /* a dma-buf as a texture */
	GPU_HOST_MEMORY,    /* our mapping of the memory as a buffer */
	GPU_COPY,           /* this process copies what changed */
	GPU_WAYS
};

extern const char *const gpu_way_names[GPU_WAYS]; /* for people; "" before any picture */

/* Where pixels of an image are for the device: in a texture, from `x`,`y` there (counted from the
 * bottom where it is flipped), or in a buffer, its first row at `offset`, or (neither) at `base`
 * for libplacebo to copy. */
struct gpu_bytes {
	enum gpu_way way;
	pl_tex tex;
	uint32_t x, y;
	bool flipped;
	pl_buf buf;
	size_t offset;
	const uint8_t *base;
};

struct gpu_import {
	enum gpu_way way;
	uint64_t device, inode;       /* of a dma-buf: descriptors' numbers come again */
	const void *base;             /* of host memory */
	size_t size;                  /* of a buffer; 0: unused */
	uint32_t offset, pitch, w, h; /* of a texture */
	uint64_t modifier;            /* the same */
	pl_fmt format;
	pl_buf buf;
	pl_tex tex;
};

struct gpu_imports {
	pl_gpu pl;
	bool takes[GPU_WAYS]; /* the device has not refused yet */
	struct gpu_import list[GPU_IMPORTS];
	unsigned next;
};

void gpu_imports_init(struct gpu_imports *self, pl_gpu pl);
void gpu_imports_finish(struct gpu_imports *self);

/* The guest's memory will be another one. */
void gpu_imports_forget(struct gpu_imports *self);

/* The image of this frame, whose texels a texture of `shape` could hold, by the best way that the
 * device takes; false: none. The frame must stay until gpu_imports_reading() denies. */
bool gpu_imports_find(struct gpu_imports *self, struct frame *frame,
		      const struct pl_tex_params *shape, struct gpu_bytes *out);

/* Does the device still read the guest's memory? Waits at most so long for the answer "no". */
bool gpu_imports_reading(struct gpu_imports *self, uint64_t timeout_ns);

#endif
