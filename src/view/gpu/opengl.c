/* OpenGL through EGL, on X11, Wayland or no window system at all. */
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <gio/gio.h>
#include <libplacebo/log.h>
#include <libplacebo/opengl.h>
#include <wayland-egl.h>

#include "base/mem.h"
#include "view/gpu/gpu.h"

#define PLATFORM_SURFACELESS 0x31DD
#define PLATFORM_XCB         0x31DC

#define RENDERER 0x1F01

typedef unsigned (*reset_func)(void);
typedef const unsigned char *(*string_func)(unsigned name);

struct opengl {
	struct gpu gpu;
	EGLDisplay display;
	EGLConfig config;
	EGLContext context;
	EGLSurface surface;
	struct wl_egl_window *wayland;
	pl_opengl opengl;
	reset_func reset; /* GL's; NULL: it does not tell */
};

static bool fail(GError **error, const char *why)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "OpenGL: %s (EGL error 0x%x)", why,
		    (unsigned)eglGetError());
	return false;
}

static const EGLenum platforms[] = {
	[PANE_NONE] = PLATFORM_SURFACELESS,
	[PANE_XCB] = PLATFORM_XCB,
	[PANE_WAYLAND] = EGL_PLATFORM_WAYLAND_KHR,
};

static bool open_display(struct opengl *self, const struct pane *to)
{
	self->display = eglGetPlatformDisplay(platforms[to->kind], to->display, NULL);
	return self->display != EGL_NO_DISPLAY && eglInitialize(self->display, NULL, NULL) &&
	       eglBindAPI(EGL_OPENGL_API);
}

/* On X11 the window has its visual already. Elsewhere eight bits without alpha will do: what every
 * compositor takes, and may hand to the display as it is. EGL would rather have ten. */
static int merit(struct opengl *self, EGLConfig config, const struct pane *to)
{
	EGLint visual = 0, red = 0, alpha = 0;

	eglGetConfigAttrib(self->display, config, EGL_NATIVE_VISUAL_ID, &visual);
	eglGetConfigAttrib(self->display, config, EGL_RED_SIZE, &red);
	eglGetConfigAttrib(self->display, config, EGL_ALPHA_SIZE, &alpha);
	if (to->kind == PANE_XCB)
		return (uint32_t)visual == to->xcb_visual;
	return 1 + 2 * (red == 8) + (alpha == 0);
}

static bool choose_config(struct opengl *self, const struct pane *to)
{
	const EGLint wanted[] = {
		EGL_SURFACE_TYPE,
		to->kind == PANE_NONE ? EGL_PBUFFER_BIT : EGL_WINDOW_BIT,
		EGL_RENDERABLE_TYPE,
		EGL_OPENGL_BIT,
		EGL_RED_SIZE,
		8,
		EGL_GREEN_SIZE,
		8,
		EGL_BLUE_SIZE,
		8,
		EGL_NONE,
	};
	EGLConfig configs[64];
	EGLint count = 0;
	int best = 0;

	if (!eglChooseConfig(self->display, wanted, configs, ARRAY_LEN(configs), &count))
		return false;
	for (EGLint i = 0; i < count; i++) {
		int now = merit(self, configs[i], to);
		if (now > best)
			self->config = configs[i];
		best = MAX(best, now);
	}
	return best > 0;
}

static bool make_surface(struct opengl *self, const struct pane *to)
{
	uint32_t window = to->xcb_window;

	if (to->kind == PANE_NONE)
		return true;
	if (to->kind == PANE_XCB) {
		self->surface = eglCreatePlatformWindowSurface(self->display, self->config, &window,
							       NULL);
	} else {
		self->wayland = wl_egl_window_create(to->wl_surface, (int)to->width,
						     (int)to->height);
		self->surface = eglCreatePlatformWindowSurface(self->display, self->config,
							       self->wayland, NULL);
	}
	return self->surface != EGL_NO_SURFACE;
}

/* On Wayland no frame is ever torn. On X11 one is, unless it is for a refresh; where one frame at a
 * time is out nothing waits for that. */
static bool set_interval(struct opengl *self, enum pane_kind surface, enum look_pace pace)
{
	return eglSwapInterval(self->display, surface == PANE_XCB && pace != LOOK_TEAR);
}

/* A context that is told of resets survives them; without that some drivers end the process. */
static bool make_context(struct opengl *self, const struct pane *to, enum look_pace pace)
{
	static const EGLint wanted[] = { EGL_CONTEXT_MAJOR_VERSION,
					 3,
					 EGL_CONTEXT_MINOR_VERSION,
					 3,
					 EGL_CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY,
					 EGL_LOSE_CONTEXT_ON_RESET,
					 EGL_NONE };
	static const EGLint least[] = { EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 3,
					EGL_NONE };

	self->context = eglCreateContext(self->display, self->config, EGL_NO_CONTEXT, wanted);
	if (self->context != EGL_NO_CONTEXT)
		self->reset = (reset_func)eglGetProcAddress("glGetGraphicsResetStatus");
	else
		self->context = eglCreateContext(self->display, self->config, EGL_NO_CONTEXT,
						 least);
	if (self->context == EGL_NO_CONTEXT ||
	    !eglMakeCurrent(self->display, self->surface, self->surface, self->context))
		return false;
	return !self->surface || set_interval(self, to->kind, pace);
}

static bool opengl_lost(struct gpu *gpu)
{
	struct opengl *self = (struct opengl *)gpu;

	return self->reset && self->reset() != 0;
}

static void swap(void *data)
{
	struct opengl *self = data;

	eglSwapBuffers(self->display, self->surface);
}

static bool make_gpu(struct opengl *self, bool software)
{
	self->opengl = pl_opengl_create(self->gpu.log,
					pl_opengl_params(.egl_display = self->display,
							 .egl_context = self->context,
							 .allow_software = software));
	return self->opengl != NULL;
}

static bool make_chain(struct opengl *self, const struct pane *to)
{
	int width = (int)to->width, height = (int)to->height;

	if (to->kind == PANE_NONE)
		return true;
	self->gpu.chain = pl_opengl_create_swapchain(
		self->opengl, pl_opengl_swapchain_params(.swap_buffers = swap, .priv = self,
							 .max_swapchain_depth = 1));
	return self->gpu.chain && pl_swapchain_resize(self->gpu.chain, &width, &height);
}

static void opengl_resize(struct gpu *gpu, uint32_t width, uint32_t height)
{
	struct opengl *self = (struct opengl *)gpu;

	if (self->wayland)
		wl_egl_window_resize(self->wayland, (int)width, (int)height, 0, 0);
}

static bool opengl_set_pace(struct gpu *gpu, enum look_pace pace)
{
	return set_interval((struct opengl *)gpu, gpu->surface, pace);
}

static void opengl_destroy(struct gpu *gpu)
{
	struct opengl *self = (struct opengl *)gpu;

	pl_swapchain_destroy(&self->gpu.chain);
	pl_opengl_destroy(&self->opengl);
	if (self->context)
		eglMakeCurrent(self->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	if (self->surface)
		eglDestroySurface(self->display, self->surface);
	if (self->wayland)
		wl_egl_window_destroy(self->wayland);
	if (self->context)
		eglDestroyContext(self->display, self->context);
	if (self->display)
		eglTerminate(self->display);
	pl_log_destroy(&self->gpu.log);
	g_free(self->gpu.device);
	g_free(self);
}

static bool open_all(struct opengl *self, const struct pane *to, bool software, enum look_pace pace,
		     GError **error)
{
	if (!open_display(self, to))
		return fail(error, "no EGL for this window system");
	if (!choose_config(self, to))
		return fail(error, "no configuration fits the window");
	if (!make_surface(self, to))
		return fail(error, "no surface for the window");
	if (!make_context(self, to, pace))
		return fail(error, "no context of version 3.3");
	if (!make_gpu(self, software))
		return fail(error, software ? "no device" : "no device but software");
	if (!make_chain(self, to))
		return fail(error, "no swapchain for this window");
	return true;
}

/* EGL knows only whose library it is. */
static char *device_name(struct opengl *self)
{
	string_func get = (string_func)eglGetProcAddress("glGetString");
	const unsigned char *name = get ? get(RENDERER) : NULL;

	return g_strdup(name ? (const char *)name : eglQueryString(self->display, EGL_VENDOR));
}

static struct gpu *opengl_create(const struct pane *to, bool software, enum look_pace pace,
				 GError **error)
{
	struct opengl *self = g_new0(struct opengl, 1);

	self->gpu.log = gpu_log();
	if (!open_all(self, to, software, pace, error)) {
		opengl_destroy(&self->gpu);
		return NULL;
	}
	self->gpu.pl = self->opengl->gpu;
	self->gpu.device = device_name(self);
	return &self->gpu;
}

const struct gpu_impl gpu_opengl = {
	.name = "opengl",
	.create = opengl_create,
	.resize = opengl_resize,
	.set_pace = opengl_set_pace,
	.lost = opengl_lost,
	.destroy = opengl_destroy,
};
