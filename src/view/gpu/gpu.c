#include "view/gpu/gpu.h"

#include <gio/gio.h>
#include <libplacebo/log.h>

#include "base/log.h"

#define LATE_US 3000

const struct gpu_impl *const gpu_impls[] = { &gpu_vulkan, &gpu_opengl, NULL };

/* What libplacebo calls an error we handle ourselves: it is news for who looks closely. */
static void say(void *data, enum pl_log_level level, const char *text)
{
	(void)data;
	if (level <= PL_LOG_WARN)
		log_debug("libplacebo: %s", text);
}

pl_log gpu_log(void)
{
	return pl_log_create(PL_API_VER,
			     &(struct pl_log_params){ .log_cb = say, .log_level = PL_LOG_WARN });
}

/* On Wayland, waiting for the refresh of a window that is hidden lasts until it is not. */
static enum look_pace pace_on(enum pane_kind surface, enum look_pace pace)
{
	return surface == PANE_WAYLAND && pace == LOOK_VSYNC ? LOOK_NEWEST : pace;
}

static struct gpu *try_one(const struct gpu_impl *impl, const struct pane *surface, bool software,
			   enum look_pace pace, GError **error)
{
	enum look_pace on_it = pace_on(surface->kind, pace);
	struct gpu *self = impl->create(surface, software, on_it, error);

	if (!self)
		return NULL;
	self->impl = impl;
	self->surface = surface->kind;
	self->pace = on_it;
	log_info("gpu: %s on %s", impl->name, self->device);
	return self;
}

/* Devices first. Then software, worst way first: lavapipe 22.3 now and then waits for itself
 * forever where programs come and go, llvmpipe does not. The last reason is told. */
struct gpu *gpu_create(const struct gpu_impl *impl, const struct pane *surface, bool software,
		       enum look_pace pace, GError **error)
{
	struct gpu *self = NULL;
	int count = 0;

	if (impl)
		return try_one(impl, surface, software, pace, error);
	for (; gpu_impls[count] && !self; count++) {
		g_clear_error(error);
		self = try_one(gpu_impls[count], surface, false, pace, error);
	}
	while (!self && software && count-- > 0) {
		g_clear_error(error);
		self = try_one(gpu_impls[count], surface, true, pace, error);
	}
	return self;
}

bool gpu_resize(struct gpu *self, uint32_t width, uint32_t height)
{
	int w = (int)width, h = (int)height;

	if (self->impl->resize)
		self->impl->resize(self, width, height);
	return self->chain && pl_swapchain_resize(self->chain, &w, &h);
}

bool gpu_lost(struct gpu *self)
{
	return pl_gpu_is_failed(self->pl) || (self->impl->lost && self->impl->lost(self));
}

bool gpu_set_pace(struct gpu *self, enum look_pace pace)
{
	pace = pace_on(self->surface, pace);
	if (self->pace == pace)
		return true;
	gpu_settle(self);
	self->pace = pace;
	return self->impl->set_pace(self, pace);
}

void gpu_settle(struct gpu *self)
{
	pl_gpu_finish(self->pl);
	if (self->late)
		g_usleep(LATE_US);
}

void gpu_destroy(struct gpu *self)
{
	if (self)
		self->impl->destroy(self);
}
