/* wire/header.h - a frame message's payload, to and from struct wire_frame. Private to this room.
 * Pure but for the shared memory they are given.
 */
#ifndef WIRE_HEADER_H
#define WIRE_HEADER_H

#include <stdint.h>

#include "wire/frame.h"
#include "wire/kvmfr20.h"

/* Cuts rows that `bytes` cannot hold and says so in *flags (enum wire_frame_flags). 0, or -EINVAL
 * where the image makes no sense or not even one row fits. */
int wire_frame_cut(struct pixel_image *image, uint32_t *flags, uint64_t bytes);

/* Writes every field, and of the rectangles those that count. No damage at all becomes one pixel:
 * on the wire a count of 0 would mean everything. */
void wire_frame_write(void *payload, const struct wire_frame *frame);

/* A frame in the wire's own numbers, private. */
struct wire_frame_words {
	struct kvmfr20_frame frame;
	const struct rect *rects; /* frame.rect_count of them; 0 means everything */
	uint32_t flags;
};

/* `image` and `flags` instead of the frame's own; `all`: everything changed, whatever the frame
 * says. `out` points into `frame`. */
void wire_frame_encode(struct wire_frame_words *out, const struct wire_frame *frame,
		       const struct pixel_image *image, uint32_t flags, bool all);

/* Foreign words, copied already. 0 or WIRE_E_BAD (no picture; where its bytes lie is not looked
 * at). */
int wire_frame_decode(const struct wire_frame_words *in, struct wire_frame *out);

/* Do consumers see both under one format version? */
bool wire_frame_same_format(const struct wire_frame *a, const struct wire_frame *b);

/* What a consumer knows of a frame's bytes, all checked to lie in the region. */
struct wire_pixels {
	uint64_t offset, size, fill_word;
};

/* Copies the foreign header at `payload` (an offset) once and checks it against a region of `size`
 * bytes. 0 or WIRE_E_BAD. */
int wire_frame_read(const void *base, uint64_t size, uint32_t payload, struct wire_frame *frame,
		    struct wire_pixels *pixels);

#endif
