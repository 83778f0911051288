/* view/window/x11/x11.h - what the files of the X11 window and its presenters share.
 *
 * connect.c finds the server's abilities, window.c is the window and its events, seat.c keyboard
 * and pointer, grab.c holds them, wm.c speaks with the window manager, cursor.c makes pointers,
 * canvas.c is the surface that presenters draw on, panel.c are the pictures above it. Requests are
 * sent without waiting; whoever draws from outside x11_dispatch() flushes.
 */
#ifndef VIEW_X11_H
#define VIEW_X11_H

#include <xcb/render.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "view/window/idle_bus.h"
#include "view/window/window.h"
#include "view/window/x11/canvas.h"

/* A presenter's ear on the connection. */
struct x11_watcher {
	/* An event or (response_type 0) an error came. */
	void (*event)(void *data, const xcb_generic_event_t *event);
	/* Something was read: replies may be there. Optional. */
	void (*readable)(void *data);
	void *data;
};

/* The ear of who takes what is dropped on the window: a message that is none of ours. */
struct x11_drop_ear {
	void (*message)(void *data, const xcb_client_message_event_t *event);
	void *data;
};

enum x11_atom {
	ATOM_WM_PROTOCOLS,
	ATOM_WM_DELETE_WINDOW,
	ATOM_NET_WM_NAME,
	ATOM_NET_WM_PID,
	ATOM_NET_WM_ICON,
	ATOM_NET_WM_STATE,
	ATOM_NET_WM_STATE_FULLSCREEN,
	ATOM_NET_WM_STATE_MAXIMIZED_HORZ,
	ATOM_NET_WM_STATE_MAXIMIZED_VERT,
	ATOM_NET_WM_STATE_ATTENTION,
	ATOM_WM_CHANGE_STATE,
	ATOM_MOTIF_WM_HINTS,
	ATOM_NET_SUPPORTED,
	ATOM_UTF8_STRING,
	ATOM_COUNT
};

struct x11_size {
	uint32_t width, height;
};

/* What a device tells but for motion: wheels in fine steps, and places where it has no motion. */
enum x11_axis_kind { AXIS_WHEEL_X, AXIS_WHEEL_Y, AXIS_PLACE_X, AXIS_PLACE_Y };
struct x11_axis {
	uint16_t device, number;
	enum x11_axis_kind kind;
	double unit; /* so much is a click, or a pixel */
	double last;
	bool known;  /* `last` is */
	double rest; /* in 1/120 click, not told yet */
};
#define X11_AXES        16
#define X11_GROUP_SHIFT 13 /* of the layout, beside the modifiers in one word */

/* A child window whose background is the picture: the server keeps it. */
struct x11_panel {
	xcb_window_t id; /* 0: none */
	int32_t x, y;
	uint32_t width, height;
	uint32_t shape; /* digest of its outline */
};

struct x11 {
	struct window window;
	xcb_connection_t *xcb;
	xcb_screen_t *screen;
	xcb_window_t id;
	xcb_window_t pane; /* see open_pane(); 0: none */
	xcb_gcontext_t gc;
	xcb_atom_t atoms[ATOM_COUNT];

	/* connect.c */
	bool plain;        /* the window's pixels are BGRX, as in frames */
	bool fd_passing;   /* MIT-SHM takes descriptors */
	uint8_t shm_event; /* number of ShmCompletion */
	xcb_render_pictformat_t window_format, bgrx_format, argb_format;

	/* window.c */
	GSource *source;
	xcb_generic_event_t *queued; /* read, not handled yet */
	struct x11_watcher watcher;
	struct x11_drop_ear drop_ear;
	struct canvas canvas;
	bool mapped; /* on our wish */
	bool lost;   /* told the listener */

	/* seat.c, grab.c */
	struct {
		uint8_t opcode; /* of XInput; 0: not there, or nobody listens */
		struct x11_axis axes[X11_AXES];
		unsigned axis_count;
		bool focused;          /* as told */
		bool focus_is_ours;    /* given by the window manager or a grab */
		bool focus_by_pointer; /* where nobody gives it, it is where the pointer is */
		uint32_t locks;
		uint32_t modifiers; /* as at the last key: one may be up again by now */
		unsigned grabs;     /* held, enum input_grab */
	} seat;

	/* wm.c */
	struct x11_size asked;   /* last size asked for */
	struct x11_size normal;  /* size outside full screen */
	bool managed;            /* there is a window manager that knows full screen */
	bool answer_due;         /* the window manager has not answered `asked` yet */
	unsigned hints;          /* enum window_hint */
	struct rect monitor;     /* to be on; no width: any */
	struct x11_size picture; /* its size; 0: none came */
	bool placed, urgent, awake;
	struct idle_bus *bus; /* idle.c; NULL: there is none */

	struct x11_panel panels[WINDOW_PANELS]; /* panel.c */

	/* cursor.c */
	xcb_cursor_t cursor; /* in use; 0: the server's own arrow */
	struct {
		uint32_t *pixels; /* premultiplied ARGB; NULL: none to scale */
		struct x11_size size;
		int32_t hot_x, hot_y;
		struct x11_size scaled; /* what the server has */
	} shape;
};

/* connect.c: everything up to the window itself. */
gboolean x11_connect(struct x11 *self, GError **error);
void x11_disconnect(struct x11 *self);

/* seat.c */
void x11_seat_init(struct x11 *self);
void x11_seat_event(struct x11 *self, const xcb_ge_generic_event_t *event);

/* text.c */
bool x11_text(struct x11 *self, uint32_t code, char out[8]); /* as window_text() */

/* grab.c */
void x11_grab(struct x11 *self, unsigned grabs);
void x11_grab_lost(struct x11 *self); /* the server took it all back */
void x11_let_go(struct x11 *self);    /* any thread; see window_let_go() */

/* To who listens to the window. */
#define X11_TELL(self, event, ...)                                                                 \
	do {                                                                                       \
		if ((self)->window.input->event)                                                   \
			(self)->window.input->event((self)->window.input_data, __VA_ARGS__);       \
	} while (0)

/* wm.c */
void x11_wm_init(struct x11 *self, const struct window_params *params);
void x11_wm_set_title(struct x11 *self, const char *title);
void x11_wm_fit(struct x11 *self, uint32_t width, uint32_t height);
void x11_wm_set_hints(struct x11 *self, unsigned hints); /* enum window_hint */
void x11_wm_set_fullscreen(struct x11 *self, bool on);
void x11_wm_configured(struct x11 *self, uint32_t width, uint32_t height);
void x11_wm_property_changed(struct x11 *self, const xcb_property_notify_event_t *event);
void x11_wm_focus(struct x11 *self, bool focused);
void x11_wm_activate(struct x11 *self);
bool x11_wm_is_close(const struct x11 *self, const xcb_client_message_event_t *event);

/* monitor.c: the one with that name or number, else no width. */
struct rect x11_monitor(struct x11 *self, const char *name);

/* idle.c: the screen stays on. */
void x11_inhibit_idle(struct x11 *self, bool on);

/* panel.c: NULL takes it away. */
void x11_panel_set(struct x11 *self, unsigned place, const struct panel *panel);

/* cursor.c */
void x11_cursor_set(struct x11 *self, const struct cursor_shape *shape);
void x11_cursor_hide(struct x11 *self);
void x11_cursor_rescale(struct x11 *self); /* the picture's scale may have changed */
void x11_cursor_finish(struct x11 *self);

/* The answer to a request checked in place, for the rare ones: 0 or the X error's code. */
int x11_check(struct x11 *self, xcb_void_cookie_t cookie);

#endif
