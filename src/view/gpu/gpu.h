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

enum gpu_surface_kind {
	GPU_SURFACE_NONE, /* nobody sees it */
	GPU_SURFACE_XCB,
	GPU_SURFACE_WAYLAND,
};

/* What to draw on; borrowed, must outlive the device. */
struct gpu_surface {
	enum gpu_surface_kind kind;
	void *display;          /* xcb_connection_t, struct wl_display */
	uint32_t xcb_window;    /* X11 */
	uint32_t xcb_visual;    /* X11: of the window */
	void *wl_surface;       /* Wayland: struct wl_surface */
	uint32_t width, height; /* pixels, at first */
};

/* How drawn frames meet the display's refresh. */
enum gpu_pace {
	GPU_PACE_NEWEST, /* no tearing; a newer frame replaces one that waits */
	GPU_PACE_VSYNC,  /* each waits for its refresh */
	GPU_PACE_TEAR,   /* at once */
	GPU_PACE_COUNT
};

struct gpu;

struct gpu_impl {
	const char *name;
	/* Software rasterizers count only where `software` says so. */
	struct gpu *(*create)(const struct gpu_surface *surface, bool software, enum gpu_pace pace,
			      GError **error);
	/* The surface has another size. NULL: the swapchain does all there is to do. */
	void (*resize)(struct gpu *self, uint32_t width, uint32_t height);
	void (*destroy)(struct gpu *self);
};

struct gpu {
	const struct gpu_impl *impl;
	pl_log log;
	pl_gpu pl;
	pl_swapchain chain; /* NULL without a surface */
	char *device;       /* what a person calls it */
	bool late;          /* its threads touch what was signalled a moment after that */
};

extern const struct gpu_impl *const gpu_impls[]; /* best first, NULL ends */
extern const struct gpu_impl gpu_vulkan, gpu_opengl;

/* `impl` NULL: the best that works. */
struct gpu *gpu_create(const struct gpu_impl *impl, const struct gpu_surface *surface,
		       bool software, enum gpu_pace pace, GError **error);

/* The surface has another size, in pixels. False: the surface is dead. */
bool gpu_resize(struct gpu *self, uint32_t width, uint32_t height);

/* To be called before things made with the device are destroyed or replaced: waits until nothing
 * uses them any more. */
void gpu_settle(struct gpu *self);

/* NULL is fine. Everything made with it must be gone. */
void gpu_destroy(struct gpu *self);

/* For members: libplacebo's words into our log. */
pl_log gpu_log(void);

#endif
