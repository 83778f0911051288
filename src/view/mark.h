/* view/mark.h - the program's sign: a bay window, which is what an oriel is. Main thread only. */
#ifndef VIEW_MARK_H
#define VIEW_MARK_H

#include <cairo.h>
#include <stdint.h>

/* Three panes, `size` high, the middle of their upper edge at 0,0. */
void mark_draw(cairo_t *cairo, double size);

/* The same as size * size ARGB words, for window managers. */
void mark_icon(uint32_t *out, uint32_t size);

#endif
