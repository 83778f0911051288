/* pixel/cursor.h - a mouse pointer's shape, in the three kinds that guests have.
 * Source of the kinds: spec section 7.2 (KVMFR's numbers). Pure; any thread. */
#ifndef PIXEL_CURSOR_H
#define PIXEL_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#define CURSOR_MAX       512                           /* pixels in either direction */
#define CURSOR_MAX_BYTES (CURSOR_MAX * CURSOR_MAX * 4) /* bytes of the largest shape */

enum cursor_type {
	CURSOR_COLOUR, /* BGRA, premultiplied */
	CURSOR_MONO,   /* 1 bpp, MSB first; AND rows, then as many XOR rows */
	CURSOR_MASKED, /* BGRA; alpha 0: replace the screen by RGB, else screen XOR RGB */
	CURSOR_TYPE_COUNT
};

struct cursor_shape {
	enum cursor_type type;
	int32_t hot_x, hot_y;   /* hot spot, from the shape's top left corner */
	uint32_t width, height; /* of the pointer as seen (for CURSOR_MONO: of one mask) */
	uint32_t pitch;         /* bytes from row to row */
	const uint8_t *data;    /* height * pitch bytes (CURSOR_MONO: twice that); who owns it says
				 * the one who hands the shape out */
};

struct cursor {
	bool visible;
	bool has_position;         /* x, y are known */
	int32_t x, y;              /* top left corner of the shape, guest screen pixels */
	bool has_shape;            /* `shape` is new or changed */
	struct cursor_shape shape; /* only with has_shape */
};

/* Sizes in range, pitch holds a row? For shapes from outside; `data` is not looked at. */
bool cursor_shape_valid(const struct cursor_shape *self);

/* Bytes of data that a valid shape needs. */
uint32_t cursor_shape_bytes(const struct cursor_shape *self);

/* The shape as premultiplied ARGB words (native u32, 0xAARRGGBB), width * height of them, tightly
 * packed, for window systems whose cursors cannot invert: inverting pixels become black with a
 * white rim of one pixel where there is room. `out` holds width * height words. */
void cursor_shape_to_argb(const struct cursor_shape *self, uint32_t *out);

#endif
