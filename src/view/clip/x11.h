/* view/clip/x11.h - what the files of the X11 clipboard share: x11.c has the connection and who
 * owns what, x11_fetch.c reads from other programs, x11_serve.c gives to them; x11_drop.c takes
 * what is dropped on the window.
 *
 * A connection of its own: large data and slow programs are no matter of the window's. Nothing is
 * waited for but the server's first answers.
 */
#ifndef VIEW_CLIP_X11_H
#define VIEW_CLIP_X11_H

#include <xcb/xcb.h>

#include "link/parcel.h"
#include "view/clip/clip.h"
#include "view/clip/formats.h"

#define X11_CHUNK   (128u << 10) /* bytes of a property; what is larger goes in pieces (INCR) */
#define X11_FETCHES 24
#define X11_SERVES  24

enum x11_clip_atom {
	X11_CLIPBOARD,
	X11_TARGETS,
	X11_TIMESTAMP,
	X11_INCR,
	X11_PROPERTY,
	X11_DROP_FORMATS, /* CLIP_DROPS of them */
	X11_DROP_END = X11_DROP_FORMATS + CLIP_DROPS - 1,
	X11_XDND_AWARE,
	X11_XDND_SELECTION,
	X11_XDND_TYPES,
	X11_XDND_ENTER,
	X11_XDND_POSITION,
	X11_XDND_LEAVE,
	X11_XDND_DROP,
	X11_XDND_STATUS,
	X11_XDND_FINISHED,
	X11_XDND_COPY,
	X11_ATOMS
};

/* What we read from another program; each through a window of its own, so that what a former one
 * still sends gets lost. */
struct x11_fetch {
	enum { FETCH_FREE, FETCH_ASKED, FETCH_READING, FETCH_INCR } state;
	xcb_window_t window;
	enum clip_selection selection;
	bool targets; /* the list of its formats; else that format */
	bool drop;    /* neither: what was dropped on the window */
	int format;
	uint32_t id;
	int fd;
	uint32_t offset; /* in words, within this property */
	unsigned cookie; /* of the reading */
	bool incr, more; /* comes in pieces; the next one is there */
	uint64_t bytes;
	int64_t moved_us;
};

/* What another program reads from us. */
struct x11_serve {
	enum { SERVE_FREE, SERVE_WAITING, SERVE_INCR } state;
	xcb_selection_request_event_t request;
	int format;
	uint32_t id;
	struct parcel_view view;
	size_t offset;
	bool last; /* the empty piece at the end was sent */
	int64_t moved_us;
};

struct x11;

struct x11_selection {
	xcb_atom_t atom;
	bool ours;
	unsigned kinds; /* of ours */
	bool due;       /* to be taken when the server tells its time */
	xcb_timestamp_t since;
	uint32_t formats; /* of another program's */
};

/* What another program drags over the window. */
struct x11_drop {
	struct x11 *target;  /* NULL: nobody listens */
	xcb_window_t source; /* 0: none */
	unsigned drops;      /* bits: 1 << enum clip_drop */
	bool due;            /* it was dropped: what comes of it is to be told */
};

struct x11_clip {
	struct clip clip;
	xcb_connection_t *xcb;
	xcb_screen_t *screen;
	xcb_window_t window;
	uint8_t xfixes; /* its first event */
	xcb_atom_t atoms[X11_ATOMS];
	xcb_atom_t formats[CLIP_FORMATS];
	struct x11_selection selections[CLIP_SELECTIONS];
	struct x11_fetch fetches[X11_FETCHES];
	struct x11_serve serves[X11_SERVES];
	struct x11_drop drop;
	uint32_t last_id;
	GSource *source;
	xcb_generic_event_t *queued; /* read, not handled yet */
	unsigned timer;              /* 0: none runs */
};

/* x11.c: what has a deadline is under way. */
void x11_clip_watch_time(struct x11_clip *self);
/* Another program's formats are known. */
void x11_clip_has_targets(struct x11_clip *self, enum clip_selection selection, uint32_t formats);

/* x11_fetch.c */
void x11_fetch_targets(struct x11_clip *self, enum clip_selection selection);
void x11_fetch_start(struct x11_clip *self, uint32_t id, enum clip_selection selection, int format);
void x11_fetch_drop(struct x11_clip *self, xcb_timestamp_t time);
void x11_fetch_cancel(struct x11_clip *self, uint32_t id);
void x11_fetch_event(struct x11_clip *self, const xcb_generic_event_t *event);
bool x11_fetch_poll(struct x11_clip *self);                      /* replies: true, there was one */
bool x11_fetch_expire(struct x11_clip *self, int64_t before_us); /* true: some go on */
void x11_fetch_finish(struct x11_clip *self);

/* Of a list of atoms that another program made. Pure. */
uint32_t x11_formats_of(const xcb_atom_t *known, const uint32_t *atoms, size_t count);

/* x11_drop.c */
void x11_drop_open(struct x11_clip *self, struct x11 *target);
void x11_drop_close(struct x11_clip *self);
void x11_drop_done(struct x11_clip *self, int fd); /* the list of files; -1: it did not come */

/* x11_serve.c */
void x11_serve_event(struct x11_clip *self, const xcb_generic_event_t *event);
void x11_serve_give(struct x11_clip *self, uint32_t id, int fd);
void x11_serve_refuse(struct x11_clip *self, uint32_t id);
bool x11_serve_expire(struct x11_clip *self, int64_t before_us);
void x11_serve_finish(struct x11_clip *self);

#endif
