/* view/gpu/gpu.h - a graphics device, by Vulkan or by OpenGL, through libplacebo.
 *
 * Members: `vulkan` and `opengl`. A device draws into a window's surface (a swapchain), or into
 * textures only. Main thread only; an OpenGL context is current there as long as the device lives.
 */
#ifndef VIEW_GPU_H
#define VIEW_GPU_H

#include <glib.h>
#include <libplacebo/gpu.h>
#include <libplacebo/swapchain.h>
#include <stdbool.h>
#include <stdint.h>

#include "view/present/look.h"
#include "view/window/pane.h"

struct gpu;

struct gpu_impl {
	const char *name;
	/* Software rasterizers count only where `software` says so. */
	struct gpu *(*create)(const struct pane *surface, bool software, enum look_pace pace,
			      GError **error);
	/* The surface has another size. NULL: the swapchain does all there is to do. */
	void (*resize)(struct gpu *self, uint32_t width, uint32_t height);
	/* Frames meet the refresh in another way from now on; false: the surface is dead. */
	bool (*set_pace)(struct gpu *self, enum look_pace pace);
	/* Was the device reset? Optional: libplacebo knows. */
	bool (*lost)(struct gpu *self);
	void (*destroy)(struct gpu *self);
};

struct gpu {
	const struct gpu_impl *impl;
	pl_log log;
	pl_gpu pl;
	pl_swapchain chain; /* NULL without a surface */
	enum pane_kind surface;
	enum look_pace pace;
	char *device; /* what a person calls it */
	bool late;    /* its threads touch what was signalled a moment after that */
};

extern const struct gpu_impl *const gpu_impls[]; /* best first, NULL ends */
extern const struct gpu_impl gpu_vulkan, gpu_opengl;

/* `impl` NULL: the best that works; software, where allowed, only if no device does. */
struct gpu *gpu_create(const struct gpu_impl *impl, const struct pane *surface, bool software,
		       enum look_pace pace, GError **error);

/* The surface has another size, in pixels. False: the surface is dead. */
bool gpu_resize(struct gpu *self, uint32_t width, uint32_t height);

/* Nothing that is done with it makes sense any more: another one must be made. */
bool gpu_lost(struct gpu *self);

/* Its frames meet the refresh like that from now on; waits where that takes another swapchain.
 * False: the surface is dead. */
bool gpu_set_pace(struct gpu *self, enum look_pace pace);

/* To be called before things made with the device are destroyed or replaced: waits until nothing
 * uses them any more. */
void gpu_settle(struct gpu *self);

/* NULL is fine. Everything made with it must be gone. */
void gpu_destroy(struct gpu *self);

/* For members: libplacebo's words into our log. */
pl_log gpu_log(void);

#endif
