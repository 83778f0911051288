/* view/dot.h - a pointer that is only a place: what the desktop's looks like over a window without
 * the focus. Pure; any thread. */
#ifndef VIEW_DOT_H
#define VIEW_DOT_H

#include "pixel/cursor.h"

/* A white disc with a black rim, `size` pixels across, odd, 3 to CURSOR_MAX; its tip in its middle.
 */
void dot_init(struct cursor_shape *out, uint32_t size);
void dot_finish(struct cursor_shape *self);

#endif
