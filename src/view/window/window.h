/* view/window/window.h - the place where pictures are shown.
 *
 * Members: `x11` and `headless` (none at all). A window watches its own descriptors on the default
 * GLib main context. Main thread only.
 */
#ifndef VIEW_WINDOW_H
#define VIEW_WINDOW_H

#include <glib.h>

#include "pixel/cursor.h"
#include "view/geometry.h"

struct present_impl;

struct window_listener {
	/* Its size in pixels is another one. */
	void (*resized)(void *data, uint32_t width, uint32_t height);
	/* What it showed is gone in parts and it has no copy: it wants the picture again. */
	void (*needs_picture)(void *data);
	/* It was hidden from, or brought back to, the user. */
	void (*visible)(void *data, bool visible);
	/* The user closed it. */
	void (*closed)(void *data);
	/* The display is gone, or somebody destroyed the window; only window_destroy() is left. */
	void (*lost)(void *data, const char *why);
};

struct window_params {
	const char *title;
	uint32_t width, height; /* at first */
	bool fullscreen;
	enum scale_mode scale;
	const struct window_listener *listener; /* must outlive the window */
	void *data;
};

struct window;

struct window_impl {
	const char *name;
	const struct present_impl *const
		*presents; /* ways to show a frame, best first, NULL ends */
	struct window *(*create)(const struct window_params *params, GError **error);
	void (*show)(struct window *self);                                         /* optional */
	void (*set_title)(struct window *self, const char *title);                 /* optional */
	void (*fit)(struct window *self, uint32_t width, uint32_t height);         /* optional */
	void (*set_fullscreen)(struct window *self, bool on);                      /* optional */
	void (*set_cursor)(struct window *self, const struct cursor_shape *shape); /* optional */
	void (*hide_cursor)(struct window *self);                                  /* optional */
	void (*destroy)(struct window *self);
};

struct window {
	const struct window_impl *impl;
	const struct window_listener *listener;
	void *data;
	uint32_t width, height; /* now, in pixels; 0 for a window that nobody sees */
};

extern const struct window_impl *const window_impls[]; /* best first, NULL ends */
extern const struct window_impl window_x11, window_headless;

/* NULL where no window has that name. */
const struct window_impl *window_impl_find(const char *name);

/* It is not on screen yet: who knows the picture's size first asks window_fit(), so that it need
 * not change before the user's eyes. */
struct window *window_create(const struct window_impl *impl, const struct window_params *params,
			     GError **error);

/* Brings it on screen; once is enough. */
void window_show(struct window *self);

void window_set_title(struct window *self, const char *title);

/* The guest's picture has this upright size: takes it over, unless the user chose a size. */
void window_fit(struct window *self, uint32_t width, uint32_t height);

void window_set_fullscreen(struct window *self, bool on);

/* The shape of the pointer over the picture (it is copied); NULL: the system's own arrow. */
void window_set_cursor(struct window *self, const struct cursor_shape *shape);

/* No pointer over the picture. */
void window_hide_cursor(struct window *self);

/* NULL is fine. Not from within a callback. */
void window_destroy(struct window *self);

#endif
