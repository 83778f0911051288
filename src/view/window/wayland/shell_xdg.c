/* xdg-shell; the compositor draws the frame where it can, or there is none. */
#include "view/window/wayland/wayland.h"

#include "xdg-decoration-unstable-v1-client.h"
#include "xdg-shell-client.h"

#define STATE_SUSPENDED 9 /* since version 6 */

struct xdg {
	struct xdg_surface *surface;
	struct xdg_toplevel *toplevel;
	struct zxdg_toplevel_decoration_v1 *decoration;
	struct logical_size size; /* of the configure sequence that is coming in */
	unsigned states;
};

static const unsigned state_bits[] = {
	[XDG_TOPLEVEL_STATE_MAXIMIZED] = SHELL_MAXIMIZED,
	[XDG_TOPLEVEL_STATE_FULLSCREEN] = SHELL_FULLSCREEN,
	[XDG_TOPLEVEL_STATE_RESIZING] = SHELL_RESIZING,
	[XDG_TOPLEVEL_STATE_ACTIVATED] = SHELL_ACTIVE,
	[XDG_TOPLEVEL_STATE_TILED_LEFT] = SHELL_TILED,
	[XDG_TOPLEVEL_STATE_TILED_RIGHT] = SHELL_TILED,
	[XDG_TOPLEVEL_STATE_TILED_TOP] = SHELL_TILED,
	[XDG_TOPLEVEL_STATE_TILED_BOTTOM] = SHELL_TILED,
	[STATE_SUSPENDED] = SHELL_SUSPENDED,
};

static void on_configure(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height,
			 struct wl_array *states)
{
	struct wayland *self = data;
	struct xdg *xdg = self->frame;
	const uint32_t *state;

	(void)toplevel;
	xdg->size = (struct logical_size){ width, height };
	xdg->states = 0;
	wl_array_for_each(state, states)
	{
		if (*state < G_N_ELEMENTS(state_bits))
			xdg->states |= state_bits[*state];
	}
}

static void on_close(void *data, struct xdg_toplevel *toplevel)
{
	struct wayland *self = data;

	(void)toplevel;
	self->window.listener->closed(self->window.data);
}

static void on_bounds(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height)
{
	struct wayland *self = data;

	(void)toplevel;
	self->bounds = (struct logical_size){ width, height };
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = on_configure,
	.close = on_close,
	.configure_bounds = on_bounds,
};

static void set_geometry(struct wayland *self)
{
	struct xdg *xdg = self->frame;

	xdg_surface_set_window_geometry(xdg->surface, 0, 0, self->logical.width,
					self->logical.height);
}

static void on_surface_configure(void *data, struct xdg_surface *surface, uint32_t serial)
{
	struct wayland *self = data;
	struct xdg *xdg = self->frame;

	shell_configure(self, xdg->size, xdg->states);
	xdg_surface_ack_configure(surface, serial);
	set_geometry(self);
	shell_configured(self);
}

static const struct xdg_surface_listener surface_listener = { .configure = on_surface_configure };

static bool xdg_create(struct wayland *self)
{
	struct xdg *xdg = g_new0(struct xdg, 1);

	self->frame = xdg;
	xdg->surface = xdg_wm_base_get_xdg_surface(self->wm_base, self->root.surface);
	xdg_surface_add_listener(xdg->surface, &surface_listener, self);
	xdg->toplevel = xdg_surface_get_toplevel(xdg->surface);
	xdg_toplevel_add_listener(xdg->toplevel, &toplevel_listener, self);
	xdg_toplevel_set_app_id(xdg->toplevel, self->app_id);
	hints_set_icon(self, xdg->toplevel);
	if (self->decorations) {
		xdg->decoration = zxdg_decoration_manager_v1_get_toplevel_decoration(
			self->decorations, xdg->toplevel);
		zxdg_toplevel_decoration_v1_set_mode(xdg->decoration,
						     ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
	}
	return true;
}

static void xdg_open(struct wayland *self)
{
	wl_surface_commit(self->root.surface);
}

static void xdg_set_title(struct wayland *self)
{
	struct xdg *xdg = self->frame;

	xdg_toplevel_set_title(xdg->toplevel, self->title);
}

static void xdg_set_fullscreen(struct wayland *self, bool on)
{
	struct xdg *xdg = self->frame;

	if (on)
		xdg_toplevel_set_fullscreen(xdg->toplevel, wayland_monitor(self));
	else
		xdg_toplevel_unset_fullscreen(xdg->toplevel);
}

static void xdg_minimize(struct wayland *self)
{
	xdg_toplevel_set_minimized(((struct xdg *)self->frame)->toplevel);
}

static void xdg_limit(struct wayland *self, struct logical_size least, struct logical_size most)
{
	struct xdg *xdg = self->frame;

	xdg_toplevel_set_min_size(xdg->toplevel, least.width, least.height);
	xdg_toplevel_set_max_size(xdg->toplevel, most.width, most.height);
}

static void xdg_set_maximized(struct wayland *self, bool on)
{
	struct xdg *xdg = self->frame;

	if (on)
		xdg_toplevel_set_maximized(xdg->toplevel);
	else
		xdg_toplevel_unset_maximized(xdg->toplevel);
}

static void xdg_set_borderless(struct wayland *self, bool on)
{
	struct xdg *xdg = self->frame;

	if (xdg->decoration)
		zxdg_toplevel_decoration_v1_set_mode(
			xdg->decoration, on ? ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE
					    : ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
}

static void xdg_destroy(struct wayland *self)
{
	struct xdg *xdg = self->frame;

	if (xdg->decoration)
		zxdg_toplevel_decoration_v1_destroy(xdg->decoration);
	xdg_toplevel_destroy(xdg->toplevel);
	xdg_surface_destroy(xdg->surface);
	g_free(xdg);
	self->frame = NULL;
}

const struct shell_impl shell_xdg = {
	.name = "xdg-shell",
	.create = xdg_create,
	.open = xdg_open,
	.resized = set_geometry,
	.set_title = xdg_set_title,
	.set_fullscreen = xdg_set_fullscreen,
	.set_maximized = xdg_set_maximized,
	.minimize = xdg_minimize,
	.limit = xdg_limit,
	.set_borderless = xdg_set_borderless,
	.destroy = xdg_destroy,
};
