/* view/present/present.h - ways to bring a frame into a window.
 *
 * Members: `direct` (the display server reads the guest's buffer itself: no copy of ours), `copy`
 * (converted by the CPU: every format, every server), `gpu` (drawn by libplacebo), `null` (nobody
 * looks). After show() no frame follows until ready() or failed(). Main thread only.
 */
#ifndef VIEW_PRESENT_H
#define VIEW_PRESENT_H

#include <glib.h>

#include "view/source/frame.h"
#include "view/window/window.h"

struct present_listener {
	/* It can take another frame: a newer one than the last, if there is one by now. Once per
	 * show(). */
	void (*ready)(void *data);
	/* The frame that was seen at `seen_ns` is on screen since `when_ns` (clock_ns()); 0:
	 * another one replaced it before anybody saw it. At most once per show(), before or after
	 * ready().
	 */
	void (*shown)(void *data, uint64_t seen_ns, uint64_t when_ns);
	/* It broke: frames that were not told shown() will not be, nor would the next one be, and
	 * no ready() follows. The presenter may be destroyed within: it touches nothing of itself
	 * afterwards. */
	void (*failed)(void *data, const char *why);
};

/* The guest's pointer, where the window system's own does not stand for it. */
struct present_pointer {
	const struct cursor_shape *shape; /* borrowed for the call */
	uint64_t serial;                  /* of the shape: another one, another shape */
	int32_t x, y;                     /* of its corner, in pixels of the guest's screen */
	uint32_t screen_width, screen_height;
};

struct present;

struct present_impl {
	const char *name;
	bool looks; /* it heeds all of the window's look */
	bool late;  /* it may hand frames over after show(), and tells frame_submitted() itself */
	/* Could it show such a frame there? Pure. */
	bool (*suits)(const struct window *window, const struct frame *frame);
	struct present *(*create)(struct window *window, GError **error);
	/* Takes a reference where it needs the frame after the call, until nobody reads its pixels
	 * any more, and tells frame_presented(). Callbacks may come from within. */
	void (*show)(struct present *self, struct frame *frame);
	/* Draws what was shown last again: the window has another size, scale or look. False where
	 * it needs the frame for that. Optional. */
	bool (*redraw)(struct present *self);
	/* Draws the guest's pointer over what it shows, from now on, exactly: shapes that invert
	 * do. NULL: no more. Optional. */
	bool (*pointer)(struct present *self, const struct present_pointer *pointer);
	/* The pixels of that opaque frame, if it is what was shown last, into memory of the shape
	 * of its image. False: it has not got them. Optional. */
	bool (*read)(struct present *self, const struct frame *frame, void *pixels);
	/* The next frame comes from elsewhere: other memory, other serials. Optional: without it
	 * the presenter is destroyed then. */
	void (*forget)(struct present *self);
	void (*destroy)(struct present *self);
};

struct present {
	const struct present_impl *impl;
	const struct present_listener *listener;
	void *data;
	uint64_t bytes_copied; /* of pixels, by this process */
	const char *device;    /* what draws, for a person; NULL: the display server */
	const char *reads;     /* what it has the guest's pixels from, the same; or NULL */
};

extern const struct present_impl present_gpu;
extern const struct present_impl present_direct_wayland, present_copy_wayland;
extern const struct present_impl present_direct_x11, present_copy_x11, present_null;

struct present *present_create(const struct present_impl *impl, struct window *window,
			       const struct present_listener *listener, void *data, GError **error);

/* NULL is fine. */
void present_destroy(struct present *self);

#endif
