/* Pictures over the guest's: synchronized panes, so that place and content change together with the
 * root's commit; the guest's frame is not touched for it. */
#include <string.h>

#include "view/window/wayland/wayland.h"

#include "viewporter-client.h"

#define PANEL_MAX 4096

static void lay_out(struct wayland *self, struct wayland_panel *panel)
{
	wl_subsurface_set_position(panel->pane.subsurface, wayland_to_logical(self, panel->x),
				   wayland_to_logical(self, panel->y));
	wp_viewport_set_destination(panel->pane.viewport,
				    MAX(wayland_to_logical(self, panel->pixels.width), 1),
				    MAX(wayland_to_logical(self, panel->pixels.height), 1));
}

/* Just above the highest one that is below it, or above the picture, whoever draws that. */
static void stack(struct wayland *self, unsigned place)
{
	struct wl_surface *below = self->drawn.surface ? self->drawn.surface : self->child.surface;

	for (unsigned i = 0; i < place; i++)
		if (self->panels[i].pane.surface)
			below = self->panels[i].pane.surface;
	wl_subsurface_place_above(self->panels[place].pane.subsurface, below);
}

static void attach(struct wayland *self, unsigned place)
{
	struct wayland_panel *panel = &self->panels[place];
	struct wl_buffer *buffer = pixels_buffer(self, &panel->pixels, WL_SHM_FORMAT_ARGB8888);

	if (!panel->pane.surface) {
		panel->pane = stage_new_pane(self);
		stack(self, place);
	}
	lay_out(self, panel);
	wl_surface_attach(panel->pane.surface, buffer, 0, 0);
	wl_surface_damage_buffer(panel->pane.surface, 0, 0, (int32_t)panel->pixels.width,
				 (int32_t)panel->pixels.height);
	wl_surface_commit(panel->pane.surface);
}

void panels_apply(struct wayland *self)
{
	bool come = false;

	for (unsigned i = 0; i < WINDOW_PANELS; i++) {
		struct wayland_panel *panel = &self->panels[i];
		if (!panel->pixels.memory.base)
			continue;
		come |= !panel->pane.surface;
		attach(self, i);
	}
	if (come)
		wl_surface_damage(self->root.surface, 0, 0, self->logical.width,
				  self->logical.height);
}

static bool fill(struct wayland_pixels *out, const struct panel *from)
{
	uint32_t *pixels = pixels_make(out, from->width, from->height);

	for (uint32_t y = 0; pixels && y < from->height; y++)
		memcpy(pixels + (size_t)y * from->width,
		       (const uint8_t *)from->pixels + (size_t)y * from->pitch,
		       (size_t)from->width * 4);
	return pixels != NULL;
}

static void take_away(struct wayland *self, struct wayland_panel *panel)
{
	bool was = panel->pane.surface;

	stage_free_pane(&panel->pane);
	pixels_finish(&panel->pixels);
	if (was)
		stage_refresh_root(self, true);
}

void panel_set(struct wayland *self, unsigned place, const struct panel *from)
{
	struct wayland_panel *panel = &self->panels[place];
	struct wayland_pixels old = panel->pixels;
	bool was = panel->pane.surface;

	if (!from || from->width - 1 >= PANEL_MAX || from->height - 1 >= PANEL_MAX) {
		take_away(self, panel);
		return;
	}
	if (!fill(&panel->pixels, from))
		return;
	panel->x = from->x;
	panel->y = from->y;
	if (self->stage.target || self->drawn.surface) { /* else with the first picture */
		attach(self, place);
		stage_refresh_root(self, !was);
	}
	pixels_finish(&old); /* no surface shows it any more */
}

void panels_close(struct wayland *self)
{
	for (unsigned i = 0; i < WINDOW_PANELS; i++) {
		stage_free_pane(&self->panels[i].pane);
		pixels_disconnect(&self->panels[i].pixels);
	}
}

void panels_finish(struct wayland *self)
{
	for (unsigned i = 0; i < WINDOW_PANELS; i++)
		pixels_finish(&self->panels[i].pixels);
}
