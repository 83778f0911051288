/* view/pointer.h - what the pointer over the picture looks like, and who draws it.
 *
 * Guests tell shape and visibility apart; this keeps the last shape, so that a pointer that comes
 * back looks as before, and bothers the window only when something changes. It is the window
 * system's own pointer, unless keyboard and pointer are captured: then that one rests unseen, and
 * the guest's is a picture at the place that the guest tells. Main thread only.
 */
#ifndef VIEW_POINTER_H
#define VIEW_POINTER_H

#include <cairo.h>

#include "view/present/screen.h"

struct pointer {
	struct window *window;
	struct screen *screen;
	bool shown, hidden;        /* what the window has: the shape, nothing, else its arrow */
	struct cursor_shape shape; /* data is ours; NULL: the guest has not told one */
	uint64_t shape_serial;     /* of `shape`; goes up */
	bool told;                 /* the guest has said anything of it */
	bool visible, placed;      /* it shows it; `x` and `y` are known */
	int32_t x, y;              /* of the shape's corner, pixels of the guest's screen */

	bool captured;
	struct projection where;  /* while captured */
	cairo_surface_t *picture; /* of the shape, at the size in the window; NULL: to be made */
	bool panelled;            /* it is in the window's panel */
	bool presented;           /* the presenter draws it */
};

/* `screen` may turn inverting shapes exactly; both must outlive it. */
void pointer_init(struct pointer *self, struct window *window, struct screen *screen);
void pointer_finish(struct pointer *self);

/* News from the guest. */
void pointer_update(struct pointer *self, const struct cursor *cursor);

/* It is drawn as a picture from now on; NULL: it is the window system's again. For each change of
 * the projection, too. */
void pointer_capture(struct pointer *self, const struct projection *where);

/* Where its tip is in the window, while it is captured and known; false, and nothing changed. */
bool pointer_tip(const struct pointer *self, double *x, double *y);

/* No guest: the window system's own arrow, and no shape is known. */
void pointer_reset(struct pointer *self);

#endif
