/* Wishes: that the screen stays on, that somebody looks, how pictures may be shown. */
#include <stdlib.h>

#include "base/log.h"
#include "view/window/wayland/wayland.h"

#include "content-type-v1-client.h"
#include "idle-inhibit-unstable-v1-client.h"
#include "tearing-control-v1-client.h"
#include "xdg-activation-v1-client.h"
#include "xdg-toplevel-icon-v1-client.h"

/* Not every compositor has a word for it: the desktop's own screen saver, then. */
static void apply_awake(struct wayland *self)
{
	idle_bus_inhibit(self->bus, self->keep_awake);
	if (!self->keep_awake)
		g_clear_pointer(&self->idle_inhibitor, zwp_idle_inhibitor_v1_destroy);
	else if (!self->idle_inhibitor && self->idle_inhibits)
		self->idle_inhibitor = zwp_idle_inhibit_manager_v1_create_inhibitor(
			self->idle_inhibits, self->root.surface);
}

/* A guest whose frames may tear is a game for all that a compositor can know. */
static void apply_content_type(struct wayland *self)
{
	if (!self->content_types)
		return;
	if (!self->content_type)
		self->content_type = wp_content_type_manager_v1_get_surface_content_type(
			self->content_types, self->root.surface);
	wp_content_type_v1_set_content_type(
		self->content_type, self->hints & WINDOW_TEARING ? WP_CONTENT_TYPE_V1_TYPE_GAME
								 : WP_CONTENT_TYPE_V1_TYPE_NONE);
}

static void apply_tearing(struct wayland *self)
{
	struct wl_surface *surfaces[] = { self->root.surface, self->child.surface };
	enum wp_tearing_control_v1_presentation_hint hint =
		self->hints & WINDOW_TEARING ? WP_TEARING_CONTROL_V1_PRESENTATION_HINT_ASYNC
					     : WP_TEARING_CONTROL_V1_PRESENTATION_HINT_VSYNC;

	for (size_t i = 0; self->tearing_controls && i < G_N_ELEMENTS(surfaces); i++) {
		if (!self->tearing[i])
			self->tearing[i] = wp_tearing_control_manager_v1_get_tearing_control(
				self->tearing_controls, surfaces[i]);
		wp_tearing_control_v1_set_presentation_hint(self->tearing[i], hint);
	}
}

void hints_apply(struct wayland *self)
{
	apply_awake(self);
	apply_content_type(self);
	apply_tearing(self);
}

/* ---- attention ---- */

static void on_token(void *data, struct xdg_activation_token_v1 *token, const char *text)
{
	struct wayland *self = data;

	(void)token;
	xdg_activation_v1_activate(self->activation, text, self->root.surface);
	g_clear_pointer(&self->token, xdg_activation_token_v1_destroy);
}

static const struct xdg_activation_token_v1_listener token_listener = { .done = on_token };

/* The first time with the token of who started us, if it gave one. */
void hints_activate(struct wayland *self)
{
	const char *given = getenv("XDG_ACTIVATION_TOKEN");

	if (!self->activation || self->token)
		return;
	if (given) {
		xdg_activation_v1_activate(self->activation, given, self->root.surface);
		unsetenv("XDG_ACTIVATION_TOKEN");
		return;
	}
	self->token = xdg_activation_v1_get_activation_token(self->activation);
	xdg_activation_token_v1_add_listener(self->token, &token_listener, self);
	xdg_activation_token_v1_set_app_id(self->token, self->app_id);
	if (self->seat && self->input_serial)
		xdg_activation_token_v1_set_serial(self->token, self->input_serial, self->seat);
	xdg_activation_token_v1_commit(self->token);
}

/* The theme's, by name: the desktop file leads there only from an app id of our own. */
void hints_set_icon(struct wayland *self, struct xdg_toplevel *toplevel)
{
	struct xdg_toplevel_icon_v1 *icon;

	if (!self->icons)
		return;
	icon = xdg_toplevel_icon_manager_v1_create_icon(self->icons);
	xdg_toplevel_icon_v1_set_name(icon, "oriel-view");
	xdg_toplevel_icon_manager_v1_set_icon(self->icons, toplevel, icon);
	xdg_toplevel_icon_v1_destroy(icon);
}

void hints_close(struct wayland *self)
{
	g_clear_pointer(&self->idle_inhibitor, zwp_idle_inhibitor_v1_destroy);
	g_clear_pointer(&self->content_type, wp_content_type_v1_destroy);
	for (size_t i = 0; i < G_N_ELEMENTS(self->tearing); i++)
		g_clear_pointer(&self->tearing[i], wp_tearing_control_v1_destroy);
	g_clear_pointer(&self->token, xdg_activation_token_v1_destroy);
}
