/* pixel/format.h - what a picture's bytes mean, and where its rows lie.
 *
 * The formats are the six real ones of KVMFR 20 (spec section 6.4), with KVMFR's numbers, so that
 * wire/ need not translate. Pure; any thread.
 */
#ifndef PIXEL_FORMAT_H
#define PIXEL_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "pixel/region.h"

enum pixel_format {
	PIXEL_INVALID,
	PIXEL_BGRA,    /* bytes B,G,R,x */
	PIXEL_RGBA,    /* bytes R,G,B,x */
	PIXEL_RGBA10,  /* u32: R 0-9, G 10-19, B 20-29, x 30-31 */
	PIXEL_RGBA16F, /* four IEEE halves R,G,B,x */
	PIXEL_BGR_32,  /* B,G,R packed without gaps, counted in 32-bit texels */
	PIXEL_RGB_24,  /* R,G,B packed, counted in 24-bit texels */
	PIXEL_FORMAT_COUNT
};

enum pixel_rotation { PIXEL_ROTATE_0, PIXEL_ROTATE_90, PIXEL_ROTATE_180, PIXEL_ROTATE_270 };

/* Bits of pixel_image.colour; the same values as the frame flags of KVMFR. */
enum pixel_colour {
	PIXEL_COLOUR_HDR = 0x8, /* BT.2020 content */
	PIXEL_COLOUR_PQ = 0x10, /* values are ST.2084 encoded */
};

struct pixel_format_info {
	const char *name;    /* "bgra": what options and messages call it */
	uint32_t fourcc;     /* DRM code of the texels, e.g. XRGB8888 */
	uint8_t texel_bytes; /* bytes of one storage texel: 4, 8 or 3 */
	uint8_t pixel_bytes; /* bytes of one picture pixel: 4, 8 or 3 */
};

/* Never NULL: an unknown number gives the row of PIXEL_INVALID (name "invalid", sizes 0). */
const struct pixel_format_info *pixel_format_info(uint32_t format);

/* PIXEL_INVALID where no format has that name. */
enum pixel_format pixel_format_from_name(const char *name);

/* By DRM's code of pixels that lie one after the other; alpha counts as unused. PIXEL_INVALID where
 * there is no such format. */
enum pixel_format pixel_format_from_fourcc(uint32_t fourcc);

/* A picture's shape. The bytes lie elsewhere: row y begins at y * pitch. */
struct pixel_image {
	enum pixel_format format;
	uint32_t width, height; /* picture, in pixels, before rotation */
	uint32_t data_width;  /* texels of a row that carry data (>= width for BGR_32's padding) */
	uint32_t data_height; /* rows that are really there: < height when truncated */
	uint32_t pitch;       /* bytes from one row to the next */
	enum pixel_rotation rotation; /* clockwise turn that makes the picture upright */
	uint32_t colour;              /* enum pixel_colour bits */
};

/* Shape of a fresh picture: pitch rounded up to 256 bytes (dma-buf import wants that), BGR_32 and
 * RGB_24 padded as in spec section 6.4. 0, or -EINVAL for a size of 0 or above 32767 or a format
 * that does not exist. */
int pixel_image_init(struct pixel_image *out, enum pixel_format format, uint32_t width,
		     uint32_t height);

/* Bytes from the first row to the end of the last: pitch * data_height. */
static inline uint64_t pixel_image_size(const struct pixel_image *self)
{
	return (uint64_t)self->pitch * self->data_height;
}

/* Can every pixel of every present row be addressed inside its row, are all fields in range?
 * The one question to ask of a shape that came from outside. */
bool pixel_image_valid(const struct pixel_image *self);

/* Do the two need the same textures and windows (everything but the bytes)? */
bool pixel_image_same(const struct pixel_image *a, const struct pixel_image *b);

/* Size of the picture as a person sees it, after rotation. */
void pixel_image_upright(const struct pixel_image *self, uint32_t *width, uint32_t *height);

/* The bytes [*first, *first + return value) within each row that pixels x .. x + width - 1 occupy;
 * for the packed formats rounded outwards to whole texels. */
uint32_t pixel_row_span(const struct pixel_image *self, uint32_t x, uint32_t width,
			uint32_t *first);

#endif
