/* guest/x11_pointer.h - the mouse pointer of an X server, on a connection of its own.
 *
 * XFixes tells of shapes, XInput 2 of motion (raw events: nobody's grab hides them); the place is
 * then asked for, so one question answers any number of events. Where XInput 2 is absent the place
 * is asked for on a cadence, while somebody looks. Pointer thread only, but create and destroy.
 */
#ifndef GUEST_X11_POINTER_H
#define GUEST_X11_POINTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "guest/waker.h"
#include "pixel/cursor.h"

struct x11_pointer;

/* As x11_screen_open(); -ENOTSUP without XFixes. */
int x11_pointer_create(struct x11_pointer **out, const char *display, struct err *err);
void x11_pointer_destroy(struct x11_pointer *self); /* NULL is fine */

/* As the hooks of capture_impl. */
int x11_pointer_watch(struct x11_pointer *self, bool on);
int x11_pointer_next(struct x11_pointer *self, struct waker *waker, uint64_t deadline_ns,
		     struct cursor *out);
int x11_pointer_warp(struct x11_pointer *self, int32_t x, int32_t y);

#endif
