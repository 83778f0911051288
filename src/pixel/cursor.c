#include "pixel/cursor.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"

#define CLEAR     0u
#define BLACK     0xff000000u
#define WHITE     0xffffffffu
#define INVERTING 1u /* no premultiplied colour: a stand-in until the rim is drawn */

struct kind {
	uint32_t bits;  /* per pixel of a row */
	uint32_t masks; /* pictures of `height` rows, one below the other */
	uint32_t (*word)(const struct cursor_shape *self, uint32_t x, uint32_t y);
};

static uint32_t load(const struct cursor_shape *self, uint32_t x, uint32_t y)
{
	uint32_t word;

	memcpy(&word, self->data + (size_t)y * self->pitch + 4 * x, 4);
	return word;
}

/* No channel above alpha: what window systems make of such words differs. */
static uint32_t colour_word(const struct cursor_shape *self, uint32_t x, uint32_t y)
{
	uint32_t word = load(self, x, y), alpha = word >> 24;

	return alpha << 24 | min_u32(word >> 16 & 0xff, alpha) << 16 |
	       min_u32(word >> 8 & 0xff, alpha) << 8 | min_u32(word & 0xff, alpha);
}

static uint32_t mono_bit(const struct cursor_shape *self, uint32_t x, uint32_t y)
{
	return self->data[(size_t)y * self->pitch + x / 8] >> (7 - x % 8) & 1;
}

static uint32_t mono_word(const struct cursor_shape *self, uint32_t x, uint32_t y)
{
	static const uint32_t words[2][2] = { { BLACK, WHITE }, { CLEAR, INVERTING } };

	return words[mono_bit(self, x, y)][mono_bit(self, x, y + self->height)];
}

static uint32_t masked_word(const struct cursor_shape *self, uint32_t x, uint32_t y)
{
	uint32_t word = load(self, x, y), rgb = word & 0xffffff;

	if (word >> 24 == 0)
		return BLACK | rgb;
	return rgb ? INVERTING : CLEAR;
}

static const struct kind kinds[] = {
	[CURSOR_COLOUR] = { 32, 1, colour_word },
	[CURSOR_MONO] = { 1, 2, mono_word },
	[CURSOR_MASKED] = { 32, 1, masked_word },
};
static_assert(ARRAY_LEN(kinds) == CURSOR_TYPE_COUNT, "one row per kind");

bool cursor_shape_valid(const struct cursor_shape *self)
{
	if ((uint32_t)self->type >= CURSOR_TYPE_COUNT)
		return false;
	const struct kind *kind = &kinds[self->type];
	return self->width >= 1 && self->width <= CURSOR_MAX && self->height >= 1 &&
	       self->height <= CURSOR_MAX && self->pitch >= (self->width * kind->bits + 7) / 8 &&
	       (uint64_t)self->pitch * self->height * kind->masks <= CURSOR_MAX_BYTES;
}

uint32_t cursor_shape_bytes(const struct cursor_shape *self)
{
	return self->pitch * self->height * kinds[self->type].masks;
}

/* Is there an inverting pixel among the eight around x, y? */
static bool near_inverting(const struct cursor_shape *self, const uint32_t *words, uint32_t x,
			   uint32_t y)
{
	for (uint32_t row = y ? y - 1 : 0; row <= y + 1 && row < self->height; row++)
		for (uint32_t column = x ? x - 1 : 0; column <= x + 1 && column < self->width;
		     column++)
			if (words[row * self->width + column] == INVERTING)
				return true;
	return false;
}

static void draw_rim(const struct cursor_shape *self, uint32_t *words)
{
	for (uint32_t y = 0; y < self->height; y++)
		for (uint32_t x = 0; x < self->width; x++)
			if (words[y * self->width + x] == CLEAR &&
			    near_inverting(self, words, x, y))
				words[y * self->width + x] = WHITE;
	for (uint32_t i = 0; i < self->width * self->height; i++)
		if (words[i] == INVERTING)
			words[i] = BLACK;
}

void cursor_shape_to_argb(const struct cursor_shape *self, uint32_t *out)
{
	const struct kind *kind = &kinds[self->type];

	for (uint32_t y = 0; y < self->height; y++)
		for (uint32_t x = 0; x < self->width; x++)
			out[y * self->width + x] = kind->word(self, x, y);
	if (self->type != CURSOR_COLOUR)
		draw_rim(self, out);
}
