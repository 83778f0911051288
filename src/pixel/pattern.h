/* pixel/pattern.h - a test picture whose every pixel follows from its number.
 *
 * The producer draws frame n with it, a checker on the other side knows every byte of frame n. Bars
 * move with n; the top left corner carries n and a timestamp as readable blocks. Pure; any thread.
 */
#ifndef PIXEL_PATTERN_H
#define PIXEL_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "pixel/format.h"

/* Draws rows [first_row, first_row + rows) of frame `number` into `dst`, the image's first row.
 * `stamp_ns` goes into the stamp's pixels. Every byte up to data_width texels is written. */
void pattern_draw(const struct pixel_image *shape, void *dst, uint32_t first_row, uint32_t rows,
		  uint64_t number, uint64_t stamp_ns);

/* Reads number and stamp back out of a drawn picture; false if it is none (its check bits differ)
 * or too small to carry them (below 128 x 16). */
bool pattern_read(const struct pixel_image *shape, const void *src, uint64_t *number,
		  uint64_t *stamp_ns);

/* Compares every pixel of the rows present with what pattern_draw() would have written. Returns the
 * count of wrong pixels; where and what of the first goes to *at (may be NULL). */
uint64_t pattern_check(const struct pixel_image *shape, const void *src, uint64_t number,
		       uint64_t stamp_ns, struct rect *at);

/* What changes between frame n - 1 and n. */
void pattern_damage(const struct pixel_image *shape, uint64_t number, struct region *out);

#endif
