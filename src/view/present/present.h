/* view/present/present.h - ways to bring a frame into a window.
 *
 * Members: `direct` (the display server reads the guest's buffer itself: no copy of ours), `copy`
 * (converted by the CPU: every format, every server), `null` (nobody looks). One frame is on its
 * way at a time: after show() none follows until shown() or failed(). Main thread only.
 */
#ifndef VIEW_PRESENT_H
#define VIEW_PRESENT_H

#include <glib.h>

#include "view/source/frame.h"
#include "view/window/window.h"

struct present_listener {
	/* Nobody reads the frame's pixels any more, though it is not on screen yet: the guest may
	 * have them back. Optional step before shown(). */
	void (*released)(void *data);
	/* The display server has drawn it; implies released(). */
	void (*shown)(void *data);
	/* It was not drawn, and the next one would not be either; implies released(). The presenter
	 * may be destroyed within: it touches nothing of itself afterwards. */
	void (*failed)(void *data, const char *why);
};

struct present;

struct present_impl {
	const char *name;
	/* Could it show such a frame there? Pure. */
	bool (*suits)(const struct window *window, const struct frame *frame);
	struct present *(*create)(struct window *window, GError **error);
	/* The caller holds the frame until released(). Callbacks may come from within. */
	void (*show)(struct present *self, struct frame *frame);
	void (*destroy)(struct present *self);
};

struct present {
	const struct present_impl *impl;
	const struct present_listener *listener;
	void *data;
	uint64_t bytes_copied; /* of pixels, by this process */
};

extern const struct present_impl present_direct_x11, present_copy_x11, present_null;

struct present *present_create(const struct present_impl *impl, struct window *window,
			       const struct present_listener *listener, void *data, GError **error);

/* NULL is fine. */
void present_destroy(struct present *self);

#endif
