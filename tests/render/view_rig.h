/* tests/render/view_rig.h - an X server of our own, a viewer in this process, and a guest that does
 * what the test says. */
#ifndef TESTS_RENDER_VIEW_RIG_H
#define TESTS_RENDER_VIEW_RIG_H

#include <glib.h>
#include <xcb/xcb.h>

#include "test.h"
#include "view/app.h"
#include "view/source/memory.h"

/* ---- an X server ---- */

/* Starts Xvfb with that screen ("1600x1200x24"), sets DISPLAY, connects. It dies with us. Skips the
 * test where there is no Xvfb. */
struct server {
	int pid;
	xcb_connection_t *xcb;
	xcb_screen_t *screen;
};
void server_start(struct server *self, const char *screen);
/* The same, and DISPLAY leads there through TCP. */
void server_start_listening(struct server *self, const char *screen);
void server_stop(struct server *self);

/* The newest window of the root that people see, as there is no window manager; XCB_NONE where
 * there is none. */
xcb_window_t server_newest(struct server *self);

/* The same, but one must be there. */
xcb_window_t server_window(struct server *self);

/* Can its pixels be asked for? */
bool server_viewable(struct server *self, xcb_window_t window);

/* Its pixels without the unused byte; g_free(). Fails the test where there are none. */
uint32_t *server_grab(struct server *self, xcb_window_t window, uint32_t *width, uint32_t *height);

/* A window over everything, or over nothing. */
xcb_window_t server_cover(struct server *self, int16_t x, int16_t y, uint16_t width,
			  uint16_t height);
void server_uncover(struct server *self, xcb_window_t window);
void server_resize(struct server *self, xcb_window_t window, uint32_t width, uint32_t height);

/* All requests so far are done. */
void server_sync(struct server *self);

/* ---- a guest ---- */

#define SCRIPT_SLOTS  4
#define SCRIPT_MEMORY 4 /* frames back that damage is known for */

struct script_frame {
	struct frame frame;
	const struct script *owner;
	const void *pixels;
	struct region damages[SCRIPT_MEMORY]; /* to its predecessor, of that to its own, ... */
};

struct script {
	struct source source;
	bool created;
	struct pixel_image image;
	struct memory memory;
	struct script_frame frames[SCRIPT_SLOTS];
	unsigned newest; /* slot */
	uint64_t serial;
	uint32_t *model; /* what the guest's screen holds: width * height BGRX words */
	bool poison;     /* overwrite slots the moment they are given back */
	bool opaque;     /* the unused byte is 0xff, not 0 */
	bool dmabuf;     /* frames have one (which is none: for who does not look) */
	bool texture;    /* they are dma-bufs and nothing else, of a layout that nobody knows */
	bool flipped;    /* those have the bottom row first, for who looks */
	unsigned refused;
	bool fleeting;                       /* frames must go back soon, as a plain guest's */
	const struct frame_impl *frame_impl; /* what the next frames do; NULL: the usual */
	unsigned given_back, refreshes;
	bool moves;         /* the viewer wants to know where the guest's pointer is */
	unsigned wants;     /* so often it asked for a size, */
	struct extent want; /* last for this one */
	unsigned points;    /* so often the viewer put it somewhere, */
	struct point point; /* last here */
	struct region damages[SCRIPT_MEMORY]; /* as in the newest frame */
};

extern const struct source_impl script_impl;
extern const struct frame_impl script_frame_impl;

/* A BGRA screen whose rows are `pitch` bytes apart (0: the usual) in sealed memory. */
void script_init(struct script *self, uint32_t width, uint32_t height, uint32_t pitch);
/* The same in a plain file, which others may truncate. */
void script_init_file(struct script *self, uint32_t width, uint32_t height, const char *path);
void script_finish(struct script *self);

/* Another mode, as when a guest changes its resolution. */
void script_change_mode(struct script *self, const struct pixel_image *image);

void script_status(struct script *self, enum source_state state, const char *text);

/* Fills a rectangle of the model with noise that differs with every call. */
void script_draw(struct script *self, struct rect rect);

/* Copies the model into a free slot, padding poisoned, and delivers it. */
void script_post(struct script *self, const struct region *damage);

/* A free slot to draw any format into; script_deliver() after that. */
void *script_slot(struct script *self);
void script_deliver(struct script *self, const struct region *damage);

/* ---- the viewer ---- */

struct viewer {
	struct options options;
	bool shows_arrow; /* input.hide_cursor=no */
	struct app *app;
	uint64_t posted;
};

/* A viewer of `script` in an X11 window, running. */
void viewer_start(struct viewer *self, struct script *script);
void viewer_stop(struct viewer *self);

/* Runs the main loop until as many frames were shown. */
void viewer_shown(struct viewer *self, uint64_t count);

/* What app_figures() tells of it. */
struct figures viewer_figures(const struct viewer *self);

/* script_post(), and waits until that frame was shown or skipped. */
void viewer_post(struct viewer *self, struct script *script, const struct region *damage);
/* The same with all of it drawn anew. */
void viewer_post_all(struct viewer *self, struct script *script);

/* Runs the main loop until `done` says so; fails the test after a while. */
void pump_until(bool (*done)(void *data), void *data, const char *what);

/* Runs the main loop for that long. */
void pump_ms(unsigned ms);

/* ---- comparing ---- */

/* The window shows the model at `at`, untouched, and black elsewhere. */
void check_window(struct server *server, xcb_window_t window, const struct script *script,
		  struct placement at);

#endif
