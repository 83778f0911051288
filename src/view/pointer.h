/* view/pointer.h - what the pointer over the picture looks like.
 *
 * Guests tell shape and visibility apart; this keeps the last shape, so that a pointer that comes
 * back looks as before, and bothers the window only when something changes. Main thread only.
 */
#ifndef VIEW_POINTER_H
#define VIEW_POINTER_H

#include "view/window/window.h"

struct pointer {
	struct window *window;
	bool shown, hidden;        /* what the window has: the shape, nothing, else its arrow */
	struct cursor_shape shape; /* data is ours; NULL: the guest has not told one */
};

void pointer_init(struct pointer *self, struct window *window);
void pointer_finish(struct pointer *self);

/* News from the guest. */
void pointer_update(struct pointer *self, const struct cursor *cursor);

/* No guest: the window system's own arrow, and no shape is known. */
void pointer_reset(struct pointer *self);

#endif
