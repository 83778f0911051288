/* view/window/window.h - the place where pictures are shown.
 *
 * Members: `wayland`, `x11` and `headless` (none at all). A window watches its own descriptors on
 * the default GLib main context. Main thread only.
 */
#ifndef VIEW_WINDOW_H
#define VIEW_WINDOW_H

#include <glib.h>

#include "pixel/cursor.h"
#include "view/geometry.h"
#include "view/input/events.h"
#include "view/present/look.h"
#include "view/window/pane.h"

struct clip_impl;
struct present_impl;

struct window_listener {
	/* Its size in pixels is another one, or what it showed has suffered. */
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

/* A picture that lies over the guest's: HUD, alerts, help. On Wayland a subsurface of its own, on
 * X11 a child window (opaque there: its alpha counts as black behind, pixels less than half opaque
 * are not there, but for every second row of black glass): no frame is touched for it, whatever
 * presenter is in use, and input passes it. */
struct panel {
	int32_t x, y;           /* of its corner, in pixels of the window's surface */
	uint32_t width, height; /* pixels; no window cares for more than 4096 */
	uint32_t pitch;         /* bytes */
	const void *pixels;     /* BGRA, premultiplied; copied within the call */
};

#define WINDOW_PANELS 8 /* places for panels; a higher one covers a lower one */

struct window_params {
	const char *title;
	const char *app_id;     /* NULL: "oriel-view" */
	uint32_t width, height; /* at first */
	struct {
		int32_t x, y;
		bool given;
	} place;             /* at first, of its corner; not on Wayland */
	const char *monitor; /* to be on, by the window system's name or a number from 1; NULL */
	bool fullscreen;
	bool alone; /* it speaks with the display server, and with nobody else */
	enum scale_mode scale;
	const struct window_listener *listener; /* must outlive the window */
	void *data;
	const struct input_events *input; /* must outlive the window; NULL: nobody listens */
	void *input_data;
};

struct window;

struct window_impl {
	const char *name;
	bool (*at_home)(void); /* does the environment name its kind of display? Optional: no */
	const struct present_impl *const
		*presents;            /* ways to show a frame, best first, NULL ends */
	const struct clip_impl *clip; /* the system's clipboard; NULL: it has none */
	struct window *(*create)(const struct window_params *params, GError **error);
	void (*show)(struct window *self);                                         /* optional */
	void (*set_title)(struct window *self, const char *title);                 /* optional */
	void (*fit)(struct window *self, uint32_t width, uint32_t height);         /* optional */
	void (*set_fullscreen)(struct window *self, bool on);                      /* optional */
	void (*set_cursor)(struct window *self, const struct cursor_shape *shape); /* optional */
	void (*hide_cursor)(struct window *self);                                  /* optional */
	void (*set_scale)(struct window *self, enum scale_mode scale);             /* optional */
	/* A surface of its own over the picture's place, as large as the window: what other
	 * presenters show lies below. One at a time. resized() asks to draw it anew. Optional. */
	bool (*open_pane)(struct window *self, const struct pane_owner *owner, struct pane *out);
	/* The first picture was drawn on the pane. Optional. */
	void (*reveal_pane)(struct window *self);
	void (*close_pane)(struct window *self);
	/* Optional. */
	void (*set_panel)(struct window *self, unsigned place, const struct panel *panel);
	void (*grab)(struct window *self, unsigned grabs);      /* optional; answer: grabbed() */
	void (*let_go)(struct window *self);                    /* optional */
	void (*inhibit_idle)(struct window *self, bool on);     /* optional */
	void (*activate)(struct window *self);                  /* optional */
	void (*set_hints)(struct window *self, unsigned hints); /* optional */
	bool (*text)(struct window *self, uint32_t code, char out[8]); /* optional */
	void (*destroy)(struct window *self);
};

/* Wishes that a window system may heed. */
enum window_hint {
	WINDOW_BORDERLESS = 0x1,
	WINDOW_MAXIMIZED = 0x2,
	WINDOW_TEARING = 0x4,      /* frames may be shown in the middle of a refresh */
	WINDOW_SIZED = 0x8,        /* its first size is the user's choice */
	WINDOW_FOLLOWS = 0x10,     /* it takes the picture's size even if the user chose another */
	WINDOW_FIXED = 0x20,       /* the user may not resize it */
	WINDOW_KEEPS_SHAPE = 0x40, /* its size has the picture's aspect, where it is the user's */
	WINDOW_YIELDS = 0x80,      /* in full screen: minimized when the focus goes */

	/* Wayland only */
	WINDOW_WHOLE_SCALE = 0x100,      /* has a whole scale; the compositor makes it smaller */
	WINDOW_LEAVES_SHORTCUTS = 0x200, /* a keyboard grab leaves the compositor its shortcuts */
	WINDOW_FRAMELESS = 0x400,        /* draws no frame where the compositor draws none */
};

/* What the display that the window is on can show; all 0: nobody knows. */
struct display_light {
	float white_nits; /* of what is no HDR */
	float least_nits, most_nits;
};

/* Is there light beyond white? */
static inline bool display_light_hdr(const struct display_light *self)
{
	return self->white_nits > 0 && self->most_nits > self->white_nits;
}

struct window {
	const struct window_impl *impl;
	const struct window_listener *listener;
	void *data;
	const struct input_events *input; /* never NULL, but its members may be */
	void *input_data;
	uint32_t width, height; /* now, in pixels of its surface; 0 for a window that nobody sees */
	uint32_t scale120;      /* of the display, in 1/120: 180 is 1.5; 120 where nobody says */
	uint32_t refresh_mhz;   /* of the display; 0: unknown */
	enum scale_mode scale;
	struct zoom zoom;
	bool fullscreen;   /* as the window system has it */
	bool suspended;    /* nobody can see it: no picture goes there; needs_picture() after it */
	bool user_sized;   /* the user chose its size */
	bool wants_opengl; /* there was a texture that Vulkan could not take */
	struct display_light light;
	struct look look; /* for presenters; its shaders are borrowed */
};

extern const struct window_impl *const window_impls[]; /* best first, NULL ends */
extern const struct window_impl window_wayland, window_x11, window_headless;

/* The first that is at home here, or `x11`: its error says what to do. */
const struct window_impl *window_impl_default(void);

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

/* How the picture is fitted in from now on. */
void window_set_scale(struct window *self, enum scale_mode scale);

/* The same with another zoom. */
void window_set_zoom(struct window *self, const struct zoom *zoom);

/* Where a picture of that upright size lies in it. */
struct placement window_place(const struct window *self, uint32_t picture_width,
			      uint32_t picture_height);

/* Shows a panel in one of WINDOW_PANELS places; NULL takes it away. False where this window has no
 * panels at all. */
bool window_set_panel(struct window *self, unsigned place, const struct panel *panel);

/* Asks for exactly these grabs (enum input_grab). The answer comes by grabbed(), perhaps from
 * within. */
void window_grab(struct window *self, unsigned grabs);

/* Gives back what it grabbed, though it will not know of that until window_grab(0): for when the
 * main loop hangs. Any thread. */
void window_let_go(struct window *self);

/* The screen stays on while it is true. */
void window_inhibit_idle(struct window *self, bool on);

/* Asks for the user's attention. */
void window_activate(struct window *self);

/* All of enum window_hint that hold from now on. */
void window_set_hints(struct window *self, unsigned hints);

/* What this key would type now, by layout and modifiers: UTF-8, "" for keys that are no letters.
 * False: this window does not know. */
bool window_text(struct window *self, uint32_t code, char out[8]);

/* NULL is fine. Not from within a callback. */
void window_destroy(struct window *self);

#endif
