/* tests/render/drag_wayland.h - a Wayland program with a window of its own, out of which files are
 * dragged: it begins to when a button is pressed there. */
#ifndef TESTS_RENDER_DRAG_WAYLAND_H
#define TESTS_RENDER_DRAG_WAYLAND_H

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

struct drag {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct xdg_wm_base *shell;
	struct wl_data_device_manager *devices;
	struct wl_seat *seat;
	struct wl_pointer *pointer;
	struct wl_data_device *device;
	struct wl_surface *surface;
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	struct wl_buffer *buffer;
	struct wl_data_source *source; /* NULL: nothing was dragged yet */
	struct wl_data_offer *offer;   /* of whatever is dragged over it, or NULL */

	const char *format, *words; /* what is dragged; words NULL: it is never given */
	bool entered, accepted;
	unsigned sent, finished, cancelled;
};

/* At WAYLAND_DISPLAY; its window is there when this returns. */
void drag_open(struct drag *self, const char *format, const char *words);
void drag_close(struct drag *self); /* safe on a zeroed one */

/* Hears what the compositor has to say. */
void drag_turn(struct drag *self);

#endif
