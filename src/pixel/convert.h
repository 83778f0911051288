/* pixel/convert.h - any of the six formats to the one that every screen takes.
 *
 * The way of last resort: one copy by the CPU. BGRX8888 (bytes B,G,R,0xff) out; HDR pictures are
 * tone-mapped roughly (clipped to SDR white), the GPU presenter does it well. Plain C. Any thread.
 */
#ifndef PIXEL_CONVERT_H
#define PIXEL_CONVERT_H

#include <stddef.h>
#include <stdint.h>

#include "pixel/format.h"

/* Converts the pixels of `rect` (clipped to the picture and to the rows present) from `src`, an
 * image of shape `shape`, to the same place of `dst`, unrotated, `dst_pitch` bytes per row. */
void pixel_to_bgrx(const struct pixel_image *shape, const void *src, void *dst, size_t dst_pitch,
		   struct rect rect);

/* Turns a BGRX picture of width x height upright; dst holds the turned size (swapped for 90 and
 * 270). dst and src must not overlap. */
void pixel_rotate_bgrx(void *dst, size_t dst_pitch, const void *src, size_t src_pitch,
		       uint32_t width, uint32_t height, enum pixel_rotation rotation);

/* Where `rect` of a width x height picture lies after that turn. */
struct rect pixel_rotate_rect(struct rect rect, uint32_t width, uint32_t height,
			      enum pixel_rotation rotation);

#endif
