/* view/gpu/picture.h - the guest's picture as a texture that follows its damage.
 *
 * Formats that no texture has (24 bits packed; ten bits in OpenGL) are taken apart by the GPU,
 * which turns the picture upright as well. Main thread only.
 */
#ifndef VIEW_GPU_PICTURE_H
#define VIEW_GPU_PICTURE_H

#include <libplacebo/dispatch.h>
#include <libplacebo/renderer.h>

#include "view/gpu/buffers.h"
#include "view/gpu/gpu.h"
#include "view/source/frame.h"

struct gpu_recipe;

struct gpu_picture {
	struct gpu *gpu; /* borrowed */
	pl_gpu pl;
	pl_dispatch dispatch;
	struct gpu_buffers buffers;
	struct pixel_image image;        /* width 0: there is none */
	uint64_t serial;                 /* what the texture holds */
	const struct gpu_recipe *recipe; /* from texels to pixels */
	pl_tex texels;                   /* as the guest stores them */
	pl_tex pixels;                   /* taken apart; NULL where texels are pixels */
	pl_tex stage;                    /* where rectangles arrive; see `staged` */
	/* libplacebo's Vulkan takes the far corner of a transfer for its size (mended upstream in
	 * June 2026): only rectangles at the origin arrive whole. Others go to a texture of their
	 * own and from there to their place. */
	bool staged;
	uint64_t rows_read; /* of the guest's memory, by whomever */
};

void gpu_picture_init(struct gpu_picture *self, struct gpu *gpu);
void gpu_picture_finish(struct gpu_picture *self);

/* Could it take such pictures on this device? */
bool gpu_picture_suits(const struct gpu_picture *self, const struct pixel_image *image);

/* The next frame comes from elsewhere: other memory, other serials. */
void gpu_picture_forget(struct gpu_picture *self);

/* Takes over what of the frame differs from the last one; `damage` is told that, may be nothing.
 * The device may go on reading the frame's memory: see gpu_buffers_reading(). False: the device
 * refused. */
bool gpu_picture_update(struct gpu_picture *self, struct frame *frame, struct region *damage);

/* The guest's pixels as they were taken over, rows `pitch` bytes apart. Only of formats whose
 * texels are pixels. Waits for the device. False: it does not give them. */
bool gpu_picture_read(const struct gpu_picture *self, uint32_t pitch, void *pixels);

/* The picture for libplacebo, upright; good until the next call on `self`. */
void gpu_picture_describe(const struct gpu_picture *self, struct pl_frame *out);

#endif
