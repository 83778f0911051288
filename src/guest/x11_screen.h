/* guest/x11_screen.h - a connection to an X server and the screen behind it.
 *
 * Each thread has a connection of its own: libxcb's lock is never waited for, and a slow reply of
 * one never delays the other.
 */
#ifndef GUEST_X11_SCREEN_H
#define GUEST_X11_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <xcb/xcb.h>

#include "base/err.h"
#include "guest/waker.h"
#include "pixel/format.h"

struct x11_screen {
	xcb_connection_t *conn;
	xcb_window_t root;
	uint8_t depth;
	enum pixel_format format; /* of the root window's pixels */
	uint32_t width, height;
	bool local; /* descriptors can be sent over this connection */
};

/* `display` NULL means $DISPLAY. 0; -ECONNREFUSED: nobody answers there (now); -EINVAL: no display
 * was named; -ENOTSUP: a screen whose pixels we cannot pass on; all with words. */
int x11_screen_open(struct x11_screen *out, const char *display, struct err *err);
void x11_screen_close(struct x11_screen *self);

/* Has the connection broken down for good? */
bool x11_screen_lost(const struct x11_screen *self);

/* The next event (to be freed), or NULL: nothing until the deadline, woken, or lost. */
xcb_generic_event_t *x11_screen_event(struct x11_screen *self, struct waker *waker,
				      uint64_t deadline_ns);

/* Everything asked before the first is done when the second returns: 0 or CAPTURE_E_LOST. */
xcb_get_input_focus_cookie_t x11_screen_ask_fence(struct x11_screen *self);
int x11_screen_await_fence(struct x11_screen *self, xcb_get_input_focus_cookie_t fence);

/* Asks for the root window's size now. 0 or CAPTURE_E_LOST. */
int x11_screen_measure(struct x11_screen *self);

#endif
