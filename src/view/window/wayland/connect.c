/* What the compositor offers. */
#include <errno.h>
#include <gio/gio.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "view/window/wayland/wayland.h"

#include "color-management-v1-client.h"
#include "content-type-v1-client.h"
#include "cursor-shape-v1-client.h"
#include "fractional-scale-v1-client.h"
#include "idle-inhibit-unstable-v1-client.h"
#include "keyboard-shortcuts-inhibit-unstable-v1-client.h"
#include "linux-dmabuf-unstable-v1-client.h"
#include "pointer-constraints-unstable-v1-client.h"
#include "presentation-time-client.h"
#include "primary-selection-unstable-v1-client.h"
#include "relative-pointer-unstable-v1-client.h"
#include "tearing-control-v1-client.h"
#include "viewporter-client.h"
#include "xdg-activation-v1-client.h"
#include "xdg-decoration-unstable-v1-client.h"
#include "xdg-shell-client.h"
#include "xdg-toplevel-icon-v1-client.h"

struct global {
	const struct wl_interface *interface;
	size_t place; /* of its pointer in struct wayland */
	uint32_t version;
	bool needed;
};

#define GLOBAL(what, member, version, needed)                                                      \
	{                                                                                          \
		&what##_interface, offsetof(struct wayland, member), version, needed               \
	}
static const struct global globals[] = {
	GLOBAL(wl_compositor, compositor, 4, true),
	GLOBAL(wl_subcompositor, subcompositor, 1, true),
	GLOBAL(wl_shm, shm, 1, true),
	GLOBAL(xdg_wm_base, wm_base, 6, true),
	GLOBAL(wp_viewporter, viewporter, 1, true),
	GLOBAL(wp_presentation, presentation, 1, false),
	GLOBAL(zwp_linux_dmabuf_v1, dmabuf, 4, false),
	GLOBAL(wp_fractional_scale_manager_v1, fractional_scales, 1, false),
	GLOBAL(zxdg_decoration_manager_v1, decorations, 1, false),
	GLOBAL(zwp_idle_inhibit_manager_v1, idle_inhibits, 1, false),
	GLOBAL(xdg_activation_v1, activation, 1, false),
	GLOBAL(wp_content_type_manager_v1, content_types, 1, false),
	GLOBAL(wp_tearing_control_manager_v1, tearing_controls, 1, false),
	GLOBAL(wp_color_manager_v1, colours, 1, false),
	GLOBAL(wp_cursor_shape_manager_v1, cursor_shapes, 1, false),
	GLOBAL(xdg_toplevel_icon_manager_v1, icons, 1, false),
	GLOBAL(zwp_relative_pointer_manager_v1, relative_pointers, 1, false),
	GLOBAL(zwp_pointer_constraints_v1, constraints, 1, false),
	GLOBAL(zwp_keyboard_shortcuts_inhibit_manager_v1, shortcuts, 1, false),
	GLOBAL(wl_data_device_manager, data_devices, 3, false),
	GLOBAL(zwp_primary_selection_device_manager_v1, primary_devices, 1, false),
};

static void **slot_of(struct wayland *self, const struct global *global)
{
	return (void **)(void *)((char *)self + global->place);
}

/* ---- outputs ---- */

static void on_geometry(void *data, struct wl_output *wl, int32_t x, int32_t y, int32_t width_mm,
			int32_t height_mm, int32_t subpixel, const char *make, const char *model,
			int32_t transform)
{
	(void)data, (void)wl, (void)x, (void)y, (void)width_mm, (void)height_mm;
	(void)subpixel, (void)make, (void)model, (void)transform;
}

static void on_mode(void *data, struct wl_output *wl, uint32_t flags, int32_t width, int32_t height,
		    int32_t mhz)
{
	struct wayland_output *output = data;

	(void)wl;
	if (flags & WL_OUTPUT_MODE_CURRENT) {
		output->mode = (struct logical_size){ width, height };
		output->mhz = mhz;
	}
}

static void on_output_done(void *data, struct wl_output *wl)
{
	(void)data, (void)wl;
}

static void on_output_scale(void *data, struct wl_output *wl, int32_t scale)
{
	struct wayland_output *output = data;

	(void)wl;
	output->scale = scale;
}

static void on_output_name(void *data, struct wl_output *wl, const char *name)
{
	struct wayland_output *output = data;

	(void)wl;
	g_free(output->monitor);
	output->monitor = g_strdup(name);
}

static void on_output_description(void *data, struct wl_output *wl, const char *description)
{
	(void)data, (void)wl, (void)description;
}

static const struct wl_output_listener output_listener = {
	.geometry = on_geometry,
	.mode = on_mode,
	.done = on_output_done,
	.scale = on_output_scale,
	.name = on_output_name,
	.description = on_output_description,
};

static void add_output(struct wayland *self, uint32_t name, uint32_t version)
{
	struct wayland_output *output = g_new0(struct wayland_output, 1);

	output->name = name;
	output->scale = 1;
	output->wl = wl_registry_bind(self->registry, name, &wl_output_interface, MIN(version, 4));
	wl_output_add_listener(output->wl, &output_listener, output);
	g_ptr_array_add(self->outputs, output);
}

static void free_output(void *data)
{
	struct wayland_output *output = data;

	wl_output_destroy(output->wl);
	g_free(output->monitor);
	g_free(output);
}

struct wl_output *wayland_monitor(const struct wayland *self)
{
	unsigned long number = self->monitor ? strtoul(self->monitor, NULL, 10) : 0;

	for (unsigned i = 0; self->monitor && i < self->outputs->len; i++) {
		const struct wayland_output *output = self->outputs->pdata[i];
		if (i + 1 == number || g_strcmp0(output->monitor, self->monitor) == 0)
			return output->wl;
	}
	return NULL;
}

const struct wayland_output *wayland_output(const struct wayland *self)
{
	for (unsigned i = 0; i < self->outputs->len; i++) {
		const struct wayland_output *output = self->outputs->pdata[i];
		if (output->entered)
			return output;
	}
	return self->outputs->len == 1 ? self->outputs->pdata[0] : NULL;
}

/* ---- globals ---- */

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
		      const char *interface, uint32_t version)
{
	struct wayland *self = data;

	if (strcmp(interface, wl_output_interface.name) == 0) {
		add_output(self, name, version);
		return;
	}
	quirks_note(self, interface);
	if (!self->seat_version && strcmp(interface, wl_seat_interface.name) == 0) {
		self->seat_name = name;
		self->seat_version = MIN(version, 8);
	}
	for (size_t i = 0; i < ARRAY_LEN(globals); i++) {
		void **slot = slot_of(self, &globals[i]);
		if (!*slot && strcmp(interface, globals[i].interface->name) == 0)
			*slot = wl_registry_bind(registry, name, globals[i].interface,
						 MIN(version, globals[i].version));
	}
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	struct wayland *self = data;

	(void)registry;
	for (unsigned i = 0; i < self->outputs->len; i++) {
		const struct wayland_output *output = self->outputs->pdata[i];
		if (output->name == name)
			g_ptr_array_remove_index(self->outputs, i--);
	}
}

static const struct wl_registry_listener registry_listener = {
	.global = on_global,
	.global_remove = on_global_remove,
};

static void on_format(void *data, struct wl_shm *shm, uint32_t format)
{
	struct wayland *self = data;

	(void)shm;
	g_array_append_val(self->formats, format);
}

static const struct wl_shm_listener shm_listener = { .format = on_format };

static void on_ping(void *data, struct xdg_wm_base *wm_base, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(wm_base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = { .ping = on_ping };

static void on_clock(void *data, struct wp_presentation *presentation, uint32_t clock)
{
	struct wayland *self = data;

	(void)presentation;
	self->clock = (clockid_t)clock;
}

static const struct wp_presentation_listener presentation_listener = { .clock_id = on_clock };

bool wayland_has_format(const struct wayland *self, uint32_t format)
{
	for (unsigned i = 0; i < self->formats->len; i++)
		if (g_array_index(self->formats, uint32_t, i) == format)
			return true;
	return false;
}

static gboolean fail(GError **error, const char *what, const char *missing)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "%s%s; try --window=x11, or use --headless", what, missing);
	return FALSE;
}

static gboolean check_needed(struct wayland *self, GError **error)
{
	for (size_t i = 0; i < ARRAY_LEN(globals); i++)
		if (globals[i].needed && !*slot_of(self, &globals[i]))
			return fail(error, "the Wayland compositor has no ",
				    globals[i].interface->name);
	return TRUE;
}

static gboolean listen(struct wayland *self, GError **error)
{
	self->registry = wl_display_get_registry(self->display);
	wl_registry_add_listener(self->registry, &registry_listener, self);
	if (wl_display_roundtrip(self->display) < 0)
		return fail(error, "the Wayland compositor does not answer", "");
	if (!check_needed(self, error))
		return FALSE;
	wl_shm_add_listener(self->shm, &shm_listener, self);
	xdg_wm_base_add_listener(self->wm_base, &wm_base_listener, self);
	dmabuf_listen(self);
	colour_listen(self);
	if (self->presentation)
		wp_presentation_add_listener(self->presentation, &presentation_listener, self);
	if (wl_display_roundtrip(self->display) < 0)
		return fail(error, "the Wayland compositor does not answer", "");
	return TRUE;
}

gboolean wayland_connect(struct wayland *self, GError **error)
{
	self->clock = CLOCK_MONOTONIC;
	self->seat_version = 0;
	memset(&self->quirks, 0, sizeof(self->quirks));
	self->formats = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	dmabuf_init(self);
	self->outputs = g_ptr_array_new_with_free_func(free_output);
	self->display = wl_display_connect(NULL);
	if (self->display)
		return listen(self, error);
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
		    "no Wayland compositor (%s); set WAYLAND_DISPLAY, try --window=x11, or use "
		    "--headless",
		    g_strerror(errno));
	return FALSE;
}

void wayland_disconnect(struct wayland *self)
{
	dmabuf_finish(self);
	for (size_t i = 0; i < ARRAY_LEN(globals); i++) {
		void **slot = slot_of(self, &globals[i]);
		if (*slot)
			wl_proxy_destroy(*slot);
		*slot = NULL;
	}
	g_clear_pointer(&self->outputs, g_ptr_array_unref);
	g_clear_pointer(&self->formats, g_array_unref);
	g_clear_pointer(&self->registry, wl_registry_destroy);
	g_clear_pointer(&self->display, wl_display_disconnect);
}
