/* view/pointer.h - what the pointer over the picture looks like, and who draws it.
 *
 * Guests tell shape and visibility apart; this keeps the last shape, so that a pointer that comes
 * back looks as before, and bothers the window only when something changes. The window system's own
 * pointer takes the guest's shape, unless keyboard and pointer are captured: then that one rests
 * unseen, and the guest's is a picture at the place that the guest tells. Settings may have both
 * shown. Main thread only.
 */
#ifndef VIEW_POINTER_H
#define VIEW_POINTER_H

#include <cairo.h>

#include "view/options.h"
#include "view/present/screen.h"

/* Where the user's hands are. */
struct pointer_place {
	bool captured, focused, inside;
	bool known;              /* how the guest's screen lies in the window */
	struct projection where; /* while `known`, else all zero */
	uint32_t dot_size;       /* pointer_follow() fills it in */
};

/* What the window's pointer is. */
enum pointer_ours { POINTER_ARROW, POINTER_NOTHING, POINTER_SHAPE, POINTER_DOT };

struct pointer {
	struct window *window;
	struct screen *screen;
	const struct input_options *manner;
	bool manner_changed;
	enum pointer_ours ours;
	uint64_t ours_version;
	struct cursor_shape shape; /* data is ours; NULL: the guest has not told one */
	uint64_t shape_serial;     /* of `shape`; goes up */
	bool told;                 /* the guest has said anything of it */
	bool visible, placed;      /* it shows it; `x` and `y` are known */
	int32_t x, y;              /* of the shape's corner, pixels of the guest's screen */

	struct pointer_place now;
	cairo_surface_t *picture; /* of the shape, at the size in the window; NULL: to be made */
	bool panelled;            /* it is in the window's panel */
	bool presented;           /* the presenter draws it */
};

/* `screen` may turn inverting shapes exactly; all must outlive it. */
void pointer_init(struct pointer *self, struct window *window, struct screen *screen,
		  const struct input_options *manner);
void pointer_finish(struct pointer *self);

/* `manner` has changed; pointer_follow() then. */
void pointer_settle(struct pointer *self);

/* News from the guest. */
void pointer_update(struct pointer *self, const struct cursor *cursor);

/* For each change of its place. True: where the guest's pointer is should be told. Cheap where
 * nothing changed. */
bool pointer_follow(struct pointer *self, const struct pointer_place *now);

/* Where its tip is in the window, while it is drawn there; false, and nothing changed. */
bool pointer_tip(const struct pointer *self, double *x, double *y);

/* No guest: the window system's own arrow, and no shape is known. */
void pointer_reset(struct pointer *self);

#endif
