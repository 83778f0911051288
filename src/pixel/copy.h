/* pixel/copy.h - moving rows, as fast as the memory allows.
 *
 * Non-temporal stores where the CPU has them: the writer of a frame does not read it again. They
 * are weakly ordered: whoever publishes the bytes to another party calls fence_stores() before the
 * release store (wire_slot_fill() does). No allocation, no system call. Any thread; the ranges must
 * not overlap.
 */
#ifndef PIXEL_COPY_H
#define PIXEL_COPY_H

#include <stddef.h>
#include <stdint.h>

#include "pixel/format.h"

/* `bytes` from src to dst, any alignment. */
void pixel_copy(void *dst, const void *src, size_t bytes);

/* `rows` rows of `row_bytes`; one plain pixel_copy() where both pitches equal row_bytes. */
void pixel_copy_rows(void *dst, size_t dst_pitch, const void *src, size_t src_pitch,
		     size_t row_bytes, uint32_t rows);

/* The part of an image inside `rect` (unpacked pixels; clipped to the rows present). dst and src
 * point to the first row of two images of the same format. */
void pixel_copy_rect(const struct pixel_image *shape, void *dst, size_t dst_pitch, const void *src,
		     size_t src_pitch, struct rect rect);

/* Name of the routine chosen for this CPU: "avx2-nt", "sse2-nt", "memcpy". For bench tables. */
const char *pixel_copy_name(void);

#endif
