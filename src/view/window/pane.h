/* view/window/pane.h - a surface of a window's own, for who draws by himself. */
#ifndef VIEW_PANE_H
#define VIEW_PANE_H

#include <stdint.h>

enum pane_kind {
	PANE_NONE, /* nobody sees it: drawing goes to textures */
	PANE_XCB,
	PANE_WAYLAND,
};

/* Borrowed from the window. */
struct pane {
	enum pane_kind kind;
	void *display;          /* xcb_connection_t, struct wl_display */
	uint32_t xcb_window;    /* X11 */
	uint32_t xcb_visual;    /* X11: of the window */
	void *wl_surface;       /* Wayland: struct wl_surface */
	uint32_t width, height; /* pixels, at first */
};

struct pane_owner {
	/* The display is about to go: everything made on the pane must be destroyed within. */
	void (*gone)(void *data);
	void *data;
};

#endif
