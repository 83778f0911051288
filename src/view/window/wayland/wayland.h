/* view/window/wayland/wayland.h - what the files of the Wayland window and its presenters share.
 *
 * connect.c and dmabuf.c find what the compositor offers, window.c is the window and the way of its
 * events, shell*.c its frame and size, stage.c what carries the picture and
 * layout.c where that lies, seat.c hands, grab.c what they may keep, cursor.c pointers, panel.c
 * what lies over the picture, hints.c wishes, colour.c words for colours, pixels.c pictures of our
 * own, quirks.c what KWin gets wrong. Requests are sent when the main loop is about to sleep.
 *
 * Two measures: the compositor places and cuts in "logical" units, pictures have pixels; there are
 * scale120 / 120 pixels to a unit. Whatever leaves this directory is in pixels.
 */
#ifndef VIEW_WAYLAND_H
#define VIEW_WAYLAND_H

#include <wayland-client.h>

#include "view/source/memory.h"
#include "view/window/idle_bus.h"
#include "view/window/window.h"

struct wl_cursor_theme;
struct shell_impl;
struct xdg_toplevel;

struct logical_size {
	int32_t width, height;
};

struct logical_box {
	int32_t x, y, width, height;
};

/* A picture of our own that the compositor may read. */
struct wayland_pixels {
	struct memory memory;
	struct wl_buffer *buffer; /* NULL: not on this connection */
	uint32_t width, height;
};

/* What the compositor calls the colours of some frames. */
struct wayland_colour {
	struct wayland *owner;
	struct wp_image_description_v1 *description; /* NULL: it has no word for them */
	bool ready;
};
#define WAYLAND_COLOURS 3

struct wayland_output {
	struct wl_output *wl;
	uint32_t name; /* in the registry */
	int32_t scale, mhz;
	struct logical_size mode; /* pixels, really */
	char *monitor;            /* its name, or NULL */
	bool entered;             /* the window is on it */
};

/* A presenter's ear. */
struct wayland_watcher {
	/* The stage can take pictures now. */
	void (*configured)(void *data);
	/* The connection is about to go: nothing of it may be used afterwards. */
	void (*disconnected)(void *data);
	/* There is a new one. */
	void (*reconnected)(void *data, const char *why);
	void *data;
};

/* The clipboard's ear on the seat. */
struct wayland_seat_ear {
	void (*opened)(void *data);
	void (*closing)(void *data); /* nothing made of it may be used afterwards */
	void *data;
};

/* One pane of the window: where it lies, and which part of its buffer shows. */
struct wayland_pane {
	struct wl_surface *surface;
	struct wl_subsurface *subsurface; /* NULL: the window's root */
	struct wp_viewport *viewport;
};

struct wayland_panel {
	struct wayland_pane pane;
	struct wayland_pixels pixels; /* no memory: there is no such panel */
	int32_t x, y;                 /* pixels */
};

/* What the shell says of the window. */
enum shell_state {
	SHELL_ACTIVE = 0x1,
	SHELL_MAXIMIZED = 0x2,
	SHELL_FULLSCREEN = 0x4,
	SHELL_TILED = 0x8,
	SHELL_RESIZING = 0x10,
	SHELL_SUSPENDED = 0x20, /* nobody can see it */
};

struct wayland {
	struct window window;

	/* connect.c; NULL where the compositor has none */
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_subcompositor *subcompositor;
	struct wl_shm *shm;
	struct xdg_wm_base *wm_base;
	struct wp_viewporter *viewporter;
	struct wp_presentation *presentation;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct wp_fractional_scale_manager_v1 *fractional_scales;
	struct zxdg_decoration_manager_v1 *decorations;
	struct zwp_idle_inhibit_manager_v1 *idle_inhibits;
	struct xdg_activation_v1 *activation;
	struct wp_content_type_manager_v1 *content_types;
	struct wp_tearing_control_manager_v1 *tearing_controls;
	struct wp_color_manager_v1 *colours;
	struct wp_cursor_shape_manager_v1 *cursor_shapes;
	struct xdg_toplevel_icon_manager_v1 *icons;
	struct zwp_relative_pointer_manager_v1 *relative_pointers;
	struct zwp_pointer_constraints_v1 *constraints;
	struct zwp_keyboard_shortcuts_inhibit_manager_v1 *shortcuts;
	struct wl_data_device_manager *data_devices;
	struct zwp_primary_selection_device_manager_v1 *primary_devices;
	uint32_t seat_name, seat_version; /* in the registry; version 0: there is none */
	clockid_t clock;                  /* of the presentation's stamps */
	GArray *formats;                  /* uint32_t, of wl_shm */
	GPtrArray *outputs;

	/* dmabuf.c */
	struct {
		GArray *kinds;  /* struct wayland_dmabuf_row: what it takes of the guest's */
		GArray *coming; /* the same, in feedback that is not complete */
		GArray *table;  /* the same: what feedback speaks of */
		bool refused;   /* a texture of the guest, though it is of such a kind */
		dev_t device;   /* that reads them, as far as we know */
		struct zwp_linux_dmabuf_feedback_v1 *feedback;
	} dmabufs;

	/* quirks.c */
	struct {
		bool plasma, idle; /* which of KWin's own interfaces there are */
	} quirks;

	/* window.c */
	GSource *source;
	struct wayland_watcher watcher;
	bool lost;
	int64_t connected_us; /* since when; g_get_monotonic_time() */
	unsigned attempts;    /* connections in a row that did not last */

	/* shell*.c */
	const struct shell_impl *shell;
	void *frame;                        /* the shell's */
	struct logical_size logical;        /* of the window */
	struct logical_size normal;         /* outside full screen and the like */
	struct logical_size bounds;         /* what the compositor finds too large; 0: unknown */
	uint32_t asked_width, asked_height; /* pixels, by fit(); 0: nothing */
	unsigned states;                    /* enum shell_state */
	bool shown, configured;
	bool want_fullscreen; /* which may not have come to pass yet */
	char *title, *app_id;
	char *monitor; /* for full screen; NULL: any */
	unsigned hints;

	/* stage.c */
	struct wayland_pane root, child;
	struct wayland_pane drawn; /* by who draws himself; or nothing */
	struct pane_owner drawn_owner;
	struct wp_fractional_scale_v1 *fractional_scale;
	struct wayland_pixels black;
	struct {
		struct wl_surface *target; /* where the picture is: root's or child's; or NULL */
		struct pixel_image image;  /* the last one shown */
		uint32_t padding;          /* columns of its buffer that are no picture */
		bool flipped;              /* the bottom row lies first in it */
		struct placement place;    /* its place, pixels */
		bool dirty;                /* the layout has changed */
	} stage;
	GSource *veil; /* goes off when the compositor has not asked for a picture for long, */
	bool veiled;   /* and has */

	/* colour.c */
	struct {
		unsigned features, transfers,
			primaries; /* a bit for each of the protocol's numbers */
		struct wayland_colour kinds[WAYLAND_COLOURS];
		struct wp_color_management_surface_v1 *surfaces[2]; /* root, child; when needed */
		struct wp_image_description_v1 *shown[2];           /* on them; NULL: sRGB */
		struct wp_color_management_surface_feedback_v1 *feedback;
		struct wp_image_description_v1 *preferred; /* asked for */
		struct wp_image_description_info_v1 *information;
		struct display_light told; /* so far */
	} colour;

	/* seat.c */
	struct wl_seat *seat;
	struct wayland_seat_ear seat_ear;
	struct wl_pointer *pointer;
	struct wl_keyboard *keyboard;
	struct xkb_context *xkb;
	struct xkb_state *xkb_state;
	uint32_t enter_serial; /* of the pointer */
	uint32_t input_serial; /* newest */
	bool pointer_inside, focused;
	struct {
		int32_t v120[2];
		double value[2], carry[2]; /* in wl_pointer's units */
		bool exact[2];             /* v120 was told */
	} wheel;

	/* grab.c */
	unsigned grabs; /* wanted */
	unsigned given;
	unsigned grab_timer;
	struct zwp_relative_pointer_v1 *relative;
	struct zwp_locked_pointer_v1 *locked;
	struct zwp_confined_pointer_v1 *confined;
	struct zwp_keyboard_shortcuts_inhibitor_v1 *inhibitor;

	/* cursor.c */
	struct {
		struct wayland_pane pane;
		struct wp_cursor_shape_device_v1 *device; /* of the pointer */
		struct wl_cursor_theme *theme;
		int theme_size;
		struct wayland_pixels pixels; /* no memory: the system's own arrow */
		int32_t hot_x, hot_y;
		bool none; /* no pointer at all */
	} cursor;

	/* panel.c */
	struct wayland_panel panels[WINDOW_PANELS];

	/* hints.c */
	bool keep_awake;
	struct zwp_idle_inhibitor_v1 *idle_inhibitor;
	struct idle_bus *bus; /* where the compositor has no such inhibitor; or NULL */
	struct wp_content_type_v1 *content_type;
	struct wp_tearing_control_v1 *tearing[2]; /* root, child */
	struct xdg_activation_token_v1 *token;
};

/* ---- connect.c ---- */

gboolean wayland_connect(struct wayland *self, GError **error);
void wayland_disconnect(struct wayland *self);
bool wayland_has_format(const struct wayland *self, uint32_t format);
/* The screen that the window is on, or the only one; NULL: nobody knows. */
const struct wayland_output *wayland_output(const struct wayland *self);

/* The one that the user named, or NULL: the compositor's choice. */
struct wl_output *wayland_monitor(const struct wayland *self);

/* ---- dmabuf.c ---- */

void dmabuf_init(struct wayland *self);
void dmabuf_listen(struct wayland *self); /* on a new connection */
void dmabuf_finish(struct wayland *self);
bool wayland_takes_dmabuf(const struct wayland *self, uint32_t fourcc, uint64_t modifier);

/* ---- quirks.c ---- */

void quirks_note(struct wayland *self, const char *interface); /* it is there */

/* So many columns more must a buffer in shared memory have; the stage cuts them off. */
uint32_t quirks_columns(const struct wayland *self, const struct pixel_image *image);

/* Damage of a picture that takes so many units on the screen, grown until it is understood. */
void quirks_damage(const struct wayland *self, const struct pixel_image *image,
		   struct logical_size shown, struct region *damage);

/* ---- window.c ---- */

/* Logical units of so many pixels, rounded; and back. */
int32_t wayland_to_logical(const struct wayland *self, int64_t pixels);
int32_t wayland_to_pixels(const struct wayland *self, int64_t logical);
void wayland_set_scale(struct wayland *self, uint32_t scale120);

/* The window has that size now, by whoever's wish. */
void wayland_resize(struct wayland *self, struct logical_size size);

/* ---- shell.c ---- */

/* How windows get a frame, a size and a title. */
struct shell_impl {
	const char *name;
	/* Makes the root surface a window; false where it cannot. */
	bool (*create)(struct wayland *self);
	/* All wishes are told: bring it on screen. Optional. */
	void (*open)(struct wayland *self);
	/* The root's next commit has another size, though nobody asked. */
	void (*resized)(struct wayland *self);
	void (*set_title)(struct wayland *self);
	void (*set_fullscreen)(struct wayland *self, bool on);
	void (*set_maximized)(struct wayland *self, bool on);
	void (*minimize)(struct wayland *self);
	/* What the user may make of it; 0: as large as he likes. */
	void (*limit)(struct wayland *self, struct logical_size least, struct logical_size most);
	void (*set_borderless)(struct wayland *self, bool on);
	void (*destroy)(struct wayland *self);
};
extern const struct shell_impl shell_decor, shell_xdg;

void shell_open(struct wayland *self);
void shell_close(struct wayland *self);
/* For members: the compositor wants that size (0: ours) and says those states. Follows a resize of
 * the window; acknowledge before the next commit. */
void shell_configure(struct wayland *self, struct logical_size size, unsigned states);
/* For members: the acknowledgement is out. */
void shell_configured(struct wayland *self);
void shell_fit(struct wayland *self, uint32_t width, uint32_t height);
void shell_rescale(struct wayland *self); /* the scale changed */
void shell_set_fullscreen(struct wayland *self, bool on);
void shell_set_limits(struct wayland *self); /* the hints changed */
void shell_blur(struct wayland *self);       /* the focus is gone */

#define SHELL_MIN_WIDTH  160
#define SHELL_MIN_HEIGHT 120

/* ---- layout.c ---- */

/* The part of the window that shows the stage's picture; whether that is all of it. */
struct logical_box layout_box(const struct wayland *self);
bool layout_fills(const struct wayland *self);

/* Has the surfaces show the stage's picture in the window as it is now, with their next commit. */
void layout_apply(struct wayland *self);

/* ---- stage.c ---- */

void stage_open(struct wayland *self);
void stage_close(struct wayland *self);

/* Fractional or whole, as the hints say. */
void stage_follow_scale(struct wayland *self);

/* A pane over the root, without input. */
struct wayland_pane stage_new_pane(struct wayland *self);
void stage_free_pane(struct wayland_pane *pane);

/* Must there be a commit for such a picture even if it is the one that is shown? */
bool stage_wants(const struct wayland *self, const struct pixel_image *image);

/* Shows `buffer`, which holds `image`, from the next commit on; one that is `flipped` is not turned
 * as well. The surface to which damage, callbacks and the like of this picture go; *fresh: it needs
 * damage everywhere. */
struct wl_surface *stage_attach(struct wayland *self, struct wl_buffer *buffer,
				const struct pixel_image *image, uint32_t padding, bool flipped,
				bool *fresh);

/* Damage of the picture that is attached, in words that the compositor understands. */
void stage_damage(const struct wayland *self, struct region *damage);
void stage_commit(struct wayland *self);

/* A pane as large as the window, above the picture and below the panels. Waits until the window is
 * on screen; false: it will not be. */
bool stage_open_drawn(struct wayland *self);
void stage_close_drawn(struct wayland *self);

/* The layout changed; stage_settle() or the next picture makes it so. */
void stage_touch(struct wayland *self);
void stage_settle(struct wayland *self);

/* A pane above the root changed: the root's commit makes it so. `damage`: it came or went (weston
 * does not show a new one otherwise). */
void stage_refresh_root(struct wayland *self, bool damage);

/* A picture went out and its frame callback is to come; nobody waits for it; it came. */
void stage_await(struct wayland *self);
void stage_ignore(struct wayland *self);
void stage_asked(struct wayland *self);

/* The compositor said that nobody can see the window, or somebody can again (SHELL_SUSPENDED). */
void stage_suspend(struct wayland *self);

/* ---- colour.c ---- */

void colour_listen(struct wayland *self); /* on a new connection */
void colour_open(struct wayland *self);   /* the root is there */
void colour_close(struct wayland *self);

/* Can the compositor be given a picture of those colours as it is? */
bool wayland_takes_colour(const struct wayland *self, const struct pixel_image *image);

/* The surface's next commit is of those colours. */
void colour_apply(struct wayland *self, struct wl_surface *surface,
		  const struct pixel_image *image);

/* ---- seat.c, grab.c, cursor.c, panel.c, hints.c ---- */

void seat_open(struct wayland *self);
void seat_close(struct wayland *self);

void grab_set(struct wayland *self, unsigned grabs);
void grab_apply(struct wayland *self); /* the seat has changed */
void grab_drop(struct wayland *self);
void grab_let_go(struct wayland *self); /* any thread; see window_let_go() */

void cursor_set(struct wayland *self, const struct cursor_shape *shape);
void cursor_hide(struct wayland *self);
void cursor_apply(struct wayland *self); /* the pointer came, or a scale changed */
void cursor_drop(struct wayland *self);  /* the pointer goes */
void cursor_close(struct wayland *self);
void cursor_finish(struct wayland *self);

void panel_set(struct wayland *self, unsigned place, const struct panel *panel);
void panels_apply(struct wayland *self); /* before a commit of the root that changes the layout */
void panels_close(struct wayland *self);
void panels_finish(struct wayland *self);

void hints_apply(struct wayland *self);
void hints_activate(struct wayland *self);
void hints_set_icon(struct wayland *self, struct xdg_toplevel *toplevel);
void hints_close(struct wayland *self);

/* ---- pixels.c ---- */

/* Room for width * height words, tightly packed; NULL: there is none. */
uint32_t *pixels_make(struct wayland_pixels *out, uint32_t width, uint32_t height);
/* On this connection; `format` is wl_shm's. */
struct wl_buffer *pixels_buffer(struct wayland *self, struct wayland_pixels *pixels,
				uint32_t format);
void pixels_disconnect(struct wayland_pixels *self);
/* Safe on a zeroed one. */
void pixels_finish(struct wayland_pixels *self);

#endif
