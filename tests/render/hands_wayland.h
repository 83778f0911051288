/* tests/render/hands_wayland.h - keyboard and pointer of our own at a compositor that lets us. */
#ifndef TESTS_RENDER_HANDS_WAYLAND_H
#define TESTS_RENDER_HANDS_WAYLAND_H

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

#include "virtual-input-client.h"

struct hands {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_seat *seat;
	struct zwlr_virtual_pointer_manager_v1 *pointers;
	struct zwp_virtual_keyboard_manager_v1 *keyboards;
	struct zwlr_virtual_pointer_v1 *pointer; /* or NULL */
	struct zwp_virtual_keyboard_v1 *keyboard;
	uint32_t time; /* of what was done last */
};

/* At WAYLAND_DISPLAY: a keyboard, and a pointer if that is wanted. Skips the test where there are
 * no keymaps. */
void hands_open(struct hands *self, bool with_pointer);
void hands_close(struct hands *self); /* safe on a zeroed one */

/* By the kernel's code; without waiting. */
void hands_key(struct hands *self, uint32_t code, bool pressed);

/* Runs the main loop until the compositor has done what the viewer asked for on its `display`. */
void hands_await(struct wl_display *display, const char *what);

#endif
