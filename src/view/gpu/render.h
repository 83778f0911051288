/* view/gpu/render.h - the picture onto a target: scaled, turned, its colours mapped, with filters
 * and the pointer. Main thread only.
 */
#ifndef VIEW_GPU_RENDER_H
#define VIEW_GPU_RENDER_H

#include <glib.h>
#include <libplacebo/renderer.h>

#include "view/geometry.h"
#include "view/gpu/picture.h"
#include "view/gpu/pointer.h"
#include "view/present/look.h"

#define GPU_SHADERS_MAX 16

struct gpu_renderer {
	pl_gpu pl;
	pl_log log;
	pl_renderer renderer;
	struct look look; /* without `shaders` */
	struct pl_hook colours, last;
	bool hooks_ran; /* in the last drawing */
	float mix[9];   /* of linear light: boost and vision */
	const struct pl_hook *sharpener;
	const struct pl_hook *shaders[GPU_SHADERS_MAX];
	unsigned shader_count;
};

void gpu_renderer_init(struct gpu_renderer *self, pl_log log, pl_gpu pl);
void gpu_renderer_finish(struct gpu_renderer *self);

/* From now on. Reads the shaders' files; one that cannot be read or makes no sense is left out, and
 * `error` names the first such; the others work. */
bool gpu_renderer_set_look(struct gpu_renderer *self, const struct look *look, GError **error);

/* Draws into `target`, black around. `pointer` may be NULL; it must have been placed. */
bool gpu_renderer_draw(struct gpu_renderer *self, const struct gpu_picture *picture,
		       const struct placement *place, struct gpu_pointer *pointer,
		       struct pl_frame *target);

#endif
