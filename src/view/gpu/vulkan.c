/* Vulkan, with the window system's surface where there is one. */
#include <gio/gio.h>
#include <libplacebo/log.h>

#include <xcb/xcb.h> /* before vulkan's own */

#define VK_USE_PLATFORM_XCB_KHR
#define VK_USE_PLATFORM_WAYLAND_KHR
#include <libplacebo/vulkan.h>

#include "view/gpu/gpu.h"

/* Eight bits for what has no more: every compositor takes them, and displays may get them as they
 * are. Older ones would rather have ten, and know no way to say so. */
#if PL_API_VER >= 338
#define DEPTH .disable_10bit_sdr = true
#else
#define DEPTH .allow_suboptimal = false
#endif

struct vulkan {
	struct gpu gpu;
	pl_vk_inst instance;
	pl_vulkan vulkan;
	VkSurfaceKHR surface;
};

static const char *const surface_extensions[] = {
	[PANE_XCB] = VK_KHR_XCB_SURFACE_EXTENSION_NAME,
	[PANE_WAYLAND] = VK_KHR_WAYLAND_SURFACE_EXTENSION_NAME,
};

static const VkPresentModeKHR modes[LOOK_PACE_COUNT] = {
	[LOOK_NEWEST] = VK_PRESENT_MODE_MAILBOX_KHR,
	[LOOK_VSYNC] = VK_PRESENT_MODE_FIFO_KHR,
	[LOOK_TEAR] = VK_PRESENT_MODE_IMMEDIATE_KHR,
};

static bool fail(GError **error, const char *why)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "Vulkan: %s", why);
	return false;
}

static bool make_instance(struct vulkan *self, enum pane_kind kind)
{
	const char *const extensions[] = { VK_KHR_SURFACE_EXTENSION_NAME,
					   surface_extensions[kind] };
	const struct pl_vk_inst_params params = {
		.extensions = extensions,
		.num_extensions = kind == PANE_NONE ? 0 : 2,
	};

	self->instance = pl_vk_inst_create(self->gpu.log, &params);
	return self->instance != NULL;
}

static VkResult make_xcb_surface(struct vulkan *self, const struct pane *to)
{
	const VkXcbSurfaceCreateInfoKHR info = {
		.sType = VK_STRUCTURE_TYPE_XCB_SURFACE_CREATE_INFO_KHR,
		.connection = to->display,
		.window = to->xcb_window,
	};
	PFN_vkCreateXcbSurfaceKHR create = (PFN_vkCreateXcbSurfaceKHR)self->instance->get_proc_addr(
		self->instance->instance, "vkCreateXcbSurfaceKHR");

	return create ? create(self->instance->instance, &info, NULL, &self->surface)
		      : VK_ERROR_EXTENSION_NOT_PRESENT;
}

static VkResult make_wayland_surface(struct vulkan *self, const struct pane *to)
{
	const VkWaylandSurfaceCreateInfoKHR info = {
		.sType = VK_STRUCTURE_TYPE_WAYLAND_SURFACE_CREATE_INFO_KHR,
		.display = to->display,
		.surface = to->wl_surface,
	};
	PFN_vkCreateWaylandSurfaceKHR create =
		(PFN_vkCreateWaylandSurfaceKHR)self->instance->get_proc_addr(
			self->instance->instance, "vkCreateWaylandSurfaceKHR");

	return create ? create(self->instance->instance, &info, NULL, &self->surface)
		      : VK_ERROR_EXTENSION_NOT_PRESENT;
}

static bool make_surface(struct vulkan *self, const struct pane *to)
{
	if (to->kind == PANE_XCB)
		return make_xcb_surface(self, to) == VK_SUCCESS;
	if (to->kind == PANE_WAYLAND)
		return make_wayland_surface(self, to) == VK_SUCCESS;
	return true;
}

static bool make_device(struct vulkan *self, bool software)
{
	struct pl_vulkan_params params = pl_vulkan_default_params;

	params.instance = self->instance->instance;
	params.get_proc_addr = self->instance->get_proc_addr;
	params.surface = self->surface;
	params.allow_software = software;
	self->vulkan = pl_vulkan_create(self->gpu.log, &params);
	return self->vulkan != NULL;
}

/* Depth 1: no frame of ours waits behind another one of ours. */
static bool make_chain(struct vulkan *self, int width, int height, enum look_pace pace)
{
	if (!self->surface)
		return true;
	self->gpu.chain = pl_vulkan_create_swapchain(
		self->vulkan,
		pl_vulkan_swapchain_params(DEPTH, .surface = self->surface,
					   .present_mode = modes[pace], .swapchain_depth = 1));
	return self->gpu.chain && pl_swapchain_resize(self->gpu.chain, &width, &height);
}

static bool vulkan_set_pace(struct gpu *gpu, enum look_pace pace)
{
	struct vulkan *self = (struct vulkan *)gpu;
	int width = 0, height = 0; /* as it is */

	pl_swapchain_resize(gpu->chain, &width, &height);
	pl_swapchain_destroy(&gpu->chain);
	return make_chain(self, width, height, pace);
}

static void learn_name(struct vulkan *self)
{
	PFN_vkGetPhysicalDeviceProperties ask =
		(PFN_vkGetPhysicalDeviceProperties)self->instance->get_proc_addr(
			self->instance->instance, "vkGetPhysicalDeviceProperties");
	VkPhysicalDeviceProperties properties = { 0 };

	if (ask)
		ask(self->vulkan->phys_device, &properties);
	/* lavapipe 22.3 unlocks a semaphore after it woke who waits for it. */
	self->gpu.late = properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
	self->gpu.device = g_strndup(properties.deviceName, sizeof(properties.deviceName));
	self->gpu.pl = self->vulkan->gpu;
}

static void vulkan_destroy(struct gpu *gpu)
{
	struct vulkan *self = (struct vulkan *)gpu;

	pl_swapchain_destroy(&self->gpu.chain);
	pl_vulkan_destroy(&self->vulkan);
	if (self->surface) {
		PFN_vkDestroySurfaceKHR destroy =
			(PFN_vkDestroySurfaceKHR)self->instance->get_proc_addr(
				self->instance->instance, "vkDestroySurfaceKHR");
		destroy(self->instance->instance, self->surface, NULL);
	}
	pl_vk_inst_destroy(&self->instance);
	pl_log_destroy(&self->gpu.log);
	g_free(self->gpu.device);
	g_free(self);
}

static bool open_all(struct vulkan *self, const struct pane *to, bool software, enum look_pace pace,
		     GError **error)
{
	if (!make_instance(self, to->kind))
		return fail(error, "no driver is installed that can draw here");
	if (!make_surface(self, to))
		return fail(error, "the window system gave no surface");
	if (!make_device(self, software))
		return fail(error, software ? "no device" : "no device but software");
	if (!make_chain(self, (int)to->width, (int)to->height, pace))
		return fail(error, "no swapchain for this window");
	return true;
}

static struct gpu *vulkan_create(const struct pane *to, bool software, enum look_pace pace,
				 GError **error)
{
	struct vulkan *self = g_new0(struct vulkan, 1);

	self->gpu.log = gpu_log();
	if (!open_all(self, to, software, pace, error)) {
		vulkan_destroy(&self->gpu);
		return NULL;
	}
	learn_name(self);
	return &self->gpu;
}

const struct gpu_impl gpu_vulkan = {
	.name = "vulkan",
	.create = vulkan_create,
	.set_pace = vulkan_set_pace,
	.destroy = vulkan_destroy,
};
