/* view/window/x11/canvas.h - the surface of an X11 window: picture in, scaled and turned out.
 *
 * Presenters put the damaged rectangles of a frame onto it. At 1:1 they go straight into the
 * window, which is the fastest way and leaves nothing to redraw from; `keep` says that something
 * (Expose, scaling) needs a pixmap of the picture as well. The pixmap lives in the server and has
 * exactly the size of the stored picture, so no filter ever reads a padding column.
 */
#ifndef VIEW_CANVAS_H
#define VIEW_CANVAS_H

#include <xcb/render.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "view/geometry.h"
#include "view/source/frame.h"

struct x11;

struct canvas {
	struct x11 *x11;
	struct pixel_image image; /* shape of the picture; width 0: there is none */
	struct placement place;
	uint64_t serial; /* everything it holds is the picture of this frame; 0: unknown */
	bool keep;       /* the pixmap is needed even where the picture goes straight */
	bool exposed;    /* the window is on screen: what goes straight stays */
	bool whole;      /* the pixmap holds a complete picture */
	xcb_pixmap_t pixmap;
	xcb_gcontext_t gc;             /* for the pixmap, whose depth need not be the window's */
	xcb_render_picture_t from, to; /* of the pixmap, of the window */
};

/* Bytes of a picture in memory that the server has mapped. */
struct canvas_memory {
	xcb_shm_seg_t segment;
	uint32_t offset; /* of the first row */
	uint32_t pitch;  /* bytes */
	uint32_t rows;
};

/* Requests on their way, by sequence number. */
struct canvas_flight {
	unsigned first, last; /* puts */
	bool completes;       /* the last put sends ShmCompletion */
	unsigned fence;       /* its reply says that everything is drawn; 0: the puts drew it */
};

void canvas_init(struct canvas *self, struct x11 *x11);
void canvas_finish(struct canvas *self);

/* The content no longer follows from a serial. */
void canvas_forget(struct canvas *self);

/* Takes the frame's shape over and says what of it must be put. May be nothing. */
void canvas_prepare(struct canvas *self, const struct frame *frame, struct region *damage);

/* Puts `damage` (not empty) from `memory` and draws it. The memory is being read until
 * ShmCompletion of the last put. */
struct canvas_flight canvas_put_shm(struct canvas *self, const struct canvas_memory *memory,
				    const struct region *damage);

/* The same through the socket: `pixels` is the first row of a BGRX picture. */
struct canvas_flight canvas_put_bytes(struct canvas *self, const void *pixels, size_t pitch,
				      const struct region *damage);

/* After a put: everything put by now is the picture of that serial. */
void canvas_done(struct canvas *self, uint64_t serial);

/* The window has another size, scale or zoom. Returns false where the picture is needed again. */
bool canvas_resize(struct canvas *self);

/* A part of the window must be drawn again. Returns false where the picture is needed again. */
bool canvas_expose(struct canvas *self, struct rect rect);

/* Others cover the window, or it is hidden: its own content will not last. Returns false where the
 * picture is needed again. */
bool canvas_keep(struct canvas *self);

#endif
