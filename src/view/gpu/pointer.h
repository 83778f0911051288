/* view/gpu/pointer.h - the guest's pointer, drawn over the picture by the GPU.
 *
 * All kinds are one kind here: each pixel of a shape either covers the picture, or turns the bits
 * of what lies below (two textures: what covers, what turns). Colour shapes need no turning and may
 * be half transparent. Main thread only.
 */
#ifndef VIEW_GPU_POINTER_H
#define VIEW_GPU_POINTER_H

#include <libplacebo/renderer.h>

#include "pixel/cursor.h"
#include "view/geometry.h"

struct gpu_pointer {
	pl_gpu pl;
	bool shown;
	int32_t x, y;             /* of the shape's corner, in pixels of the guest's screen */
	uint32_t width, height;   /* of the shape; 0: there is none */
	pl_tex cover;             /* premultiplied */
	pl_tex turn;              /* red, green, blue: bits to turn */
	struct pl_hook hook;      /* draws both */
	float origin[2], size[2]; /* of the shape on the target, in its pixels; for the hook */
};

void gpu_pointer_init(struct gpu_pointer *self, pl_gpu pl);
void gpu_pointer_finish(struct gpu_pointer *self);

/* Another shape (copied); false where the device has no room for it. */
bool gpu_pointer_set_shape(struct gpu_pointer *self, const struct cursor_shape *shape);

/* Where it would be drawn; the pixels of the target that it may touch. */
struct rect gpu_pointer_place(struct gpu_pointer *self, const struct placement *place,
			      uint32_t screen_width, uint32_t screen_height);

/* What draws it at its place, or NULL where nothing is to be drawn. */
const struct pl_hook *gpu_pointer_hook(struct gpu_pointer *self);

#endif
