/* The picture: eight vertical colour bars with a fine texture that tells every position from its
 * neighbours, upon it a bar that wanders down and a post that wanders right, both inverted, and the
 * stamp in the corner. Every 64 frames the colour bars move on, so that full and partial damage
 * both occur. A pixel is column(x) XOR mask(y), which is what makes drawing fast. */
#include "pixel/pattern.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

#define PHASE_FRAMES 64u /* frames between two moves of the colour bars */
#define STEP         8u  /* pixels per frame that bar and post wander */
#define CHUNK        256u

#define STAMP_WIDTH  128u
#define STAMP_HEIGHT 16u
#define BLOCK_WIDTH  4u /* one bit: light or dark */
#define BLOCK_HEIGHT 2u
#define BLOCKS_X     (STAMP_WIDTH / BLOCK_WIDTH)
#define STAMP_WORDS  4u /* number, stamp, check, magic; two rows of blocks each */
#define STAMP_MAGIC  0x4f7269656c506174ull

/* Everything about one frame but its rows. Pixels are 0x00RRGGBB words until packed. */
struct picture {
	const struct pixel_image *shape;
	uint32_t phase;
	uint32_t bar_mask, post_mask;
	struct rect bar, post;
	bool stamped;
	uint64_t stamp[STAMP_WORDS];
};

static uint64_t mix(uint64_t number, uint64_t stamp_ns)
{
	uint64_t word = number * 0x9e3779b97f4a7c15ull ^
			(stamp_ns + 0x7f4a7c15u) * 0xbf58476d1ce4e5b9ull;

	return word ^ word >> 29;
}

static bool has_stamp(const struct pixel_image *shape)
{
	return shape->width >= STAMP_WIDTH && shape->data_height >= STAMP_HEIGHT;
}

static struct rect bar_at(const struct pixel_image *shape, uint64_t number)
{
	uint32_t y = (uint32_t)(number * STEP % shape->height);

	return (struct rect){ 0, y, shape->width,
			      min_u32(max_u32(shape->height / 8, 1), shape->height - y) };
}

static struct rect post_at(const struct pixel_image *shape, uint64_t number)
{
	uint32_t x = (uint32_t)(number * STEP % shape->width);

	return (struct rect){ x, shape->height / 2,
			      min_u32(max_u32(shape->width / 16, 1), shape->width - x),
			      max_u32(shape->height / 4, 1) };
}

static void picture_init(struct picture *self, const struct pixel_image *shape, uint64_t number,
			 uint64_t stamp_ns)
{
	uint32_t hash = (uint32_t)(mix(number, 0) >> 32) & 0x0f0f0f;

	*self = (struct picture){
		.shape = shape,
		.phase = (uint32_t)(number / PHASE_FRAMES),
		.bar_mask = 0xf0f0f0 | hash,
		.post_mask = 0x808080 | hash,
		.bar = bar_at(shape, number),
		.post = post_at(shape, number),
		.stamped = has_stamp(shape),
		.stamp = { number, stamp_ns, mix(number, stamp_ns), STAMP_MAGIC },
	};
}

/* ---- words to texels ---- */

typedef void (*pack_fn)(uint8_t *dst, const uint32_t *words, uint32_t mask, uint32_t count);

static void pack_bgra(uint8_t *dst, const uint32_t *words, uint32_t mask, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t texel = (words[i] ^ mask) | 0xff000000;
		memcpy(dst + 4 * i, &texel, 4);
	}
}

static void pack_rgba(uint8_t *dst, const uint32_t *words, uint32_t mask, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t w = words[i] ^ mask;
		uint32_t texel = 0xff000000 | (w & 0xff) << 16 | (w & 0xff00) | (w >> 16 & 0xff);
		memcpy(dst + 4 * i, &texel, 4);
	}
}

static uint32_t widen10(uint32_t value)
{
	value &= 0xff;
	return value << 2 | value >> 6;
}

static void pack_rgba10(uint8_t *dst, const uint32_t *words, uint32_t mask, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t w = words[i] ^ mask;
		uint32_t texel = 3u << 30 | widen10(w) << 20 | widen10(w >> 8) << 10 |
				 widen10(w >> 16);
		memcpy(dst + 4 * i, &texel, 4);
	}
}

/* value / 255 as an IEEE half. The smallest, 1 / 255, is a normal half. */
static uint16_t half_of(uint32_t value)
{
	float unit = (float)(value & 0xff) / 255.0f;
	uint32_t bits;

	memcpy(&bits, &unit, sizeof(bits));
	return bits == 0 ? 0 : (uint16_t)((bits >> 13) - ((127 - 15) << 10));
}

static void pack_rgba16f(uint8_t *dst, const uint32_t *words, uint32_t mask, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t w = words[i] ^ mask;
		uint16_t texel[4] = { half_of(w >> 16), half_of(w >> 8), half_of(w), 0x3c00 };
		memcpy(dst + 8 * i, texel, 8);
	}
}

static void pack_bgr24(uint8_t *dst, const uint32_t *words, uint32_t mask, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t w = words[i] ^ mask;
		dst[3 * i] = (uint8_t)w;
		dst[3 * i + 1] = (uint8_t)(w >> 8);
		dst[3 * i + 2] = (uint8_t)(w >> 16);
	}
}

static void pack_rgb24(uint8_t *dst, const uint32_t *words, uint32_t mask, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t w = words[i] ^ mask;
		dst[3 * i] = (uint8_t)(w >> 16);
		dst[3 * i + 1] = (uint8_t)(w >> 8);
		dst[3 * i + 2] = (uint8_t)w;
	}
}

/* How a format is written, and the one bit (of which byte) that tells light green from dark. */
static const struct {
	pack_fn pack;
	uint8_t green_byte, green_bit;
} formats[] = {
	[PIXEL_BGRA] = { pack_bgra, 1, 7 },     [PIXEL_RGBA] = { pack_rgba, 1, 7 },
	[PIXEL_RGBA10] = { pack_rgba10, 2, 3 }, [PIXEL_RGBA16F] = { pack_rgba16f, 3, 4 },
	[PIXEL_BGR_32] = { pack_bgr24, 1, 7 },  [PIXEL_RGB_24] = { pack_rgb24, 1, 7 },
};
static_assert(ARRAY_LEN(formats) == PIXEL_FORMAT_COUNT, "one row per format");

/* ---- rows ---- */

/* Words of columns x .. x + CHUNK - 1 in row 0: a colour bar's base, with the low five bits of each
 * channel free for the texture. */
static void draw_columns(const struct picture *self, uint32_t x, uint32_t words[CHUNK])
{
	uint32_t scale = (8u << 16) / self->shape->width;

	for (uint32_t i = 0; i < CHUNK; i++) {
		uint32_t column = x + i;
		uint32_t bar = (column * scale >> 16) + self->phase;
		uint32_t base = 0x202020 | (bar >> 1 & 1) * 0xc00000 | (bar >> 2 & 1) * 0x00c000 |
				(bar & 1) * 0x0000c0;
		words[i] = base ^ (column & 31) << 16 ^ (column >> 5 & 31);
	}
}

static uint32_t row_mask(const struct picture *self, uint32_t y)
{
	uint32_t mask = (y & 31) << 8 ^ (y >> 5 & 31);

	return y - self->bar.y < self->bar.height ? mask ^ self->bar_mask : mask;
}

/* Row y of the stamp, from column x on. */
static void stamp_columns(const struct picture *self, uint32_t x, uint32_t y, uint32_t count,
			  uint32_t words[CHUNK])
{
	uint32_t block_row = y / BLOCK_HEIGHT;
	uint64_t bits = self->stamp[block_row / 2] >> block_row % 2 * BLOCKS_X;

	for (uint32_t i = 0; i < count; i++)
		words[i] = bits >> (x + i) / BLOCK_WIDTH & 1 ? 0xf0f0f0 : 0x101010;
}

/* Where [x, x + count) and the columns of `rect` meet, as distances from x. */
static void meet(uint32_t x, uint32_t count, struct rect rect, uint32_t *begin, uint32_t *end)
{
	*begin = rect.x <= x ? 0 : min_u32(rect.x - x, count);
	*end = rect.x + rect.width <= x ? 0 : min_u32(rect.x + rect.width - x, count);
	if (*end < *begin)
		*end = *begin;
}

/* Columns x .. x + count - 1 of row y, as they lie in memory, to dst. */
static void draw_span(const struct picture *self, uint8_t *dst, const uint32_t columns[CHUNK],
		      uint32_t x, uint32_t y, uint32_t count)
{
	pack_fn pack = formats[self->shape->format].pack;
	uint32_t bytes = pixel_format_info(self->shape->format)->pixel_bytes;
	uint32_t mask = row_mask(self, y), begin = 0, end = 0;

	if (y - self->post.y < self->post.height)
		meet(x, count, self->post, &begin, &end);
	pack(dst, columns, mask, begin);
	pack(dst + begin * bytes, columns + begin, mask ^ self->post_mask, end - begin);
	pack(dst + end * bytes, columns + end, mask, count - end);
	if (self->stamped && y < STAMP_HEIGHT && x < STAMP_WIDTH) {
		uint32_t words[CHUNK], width = min_u32(count, STAMP_WIDTH - x);
		stamp_columns(self, x, y, width, words);
		pack(dst, words, 0, width);
	}
}

/* Bytes of a row behind its last pixel that still count as data; they are 0. */
static uint32_t padding(const struct pixel_image *shape, uint32_t *first)
{
	const struct pixel_format_info *info = pixel_format_info(shape->format);

	*first = shape->width * info->pixel_bytes;
	return shape->data_width * info->texel_bytes - *first;
}

void pattern_draw(const struct pixel_image *shape, void *dst, uint32_t first_row, uint32_t rows,
		  uint64_t number, uint64_t stamp_ns)
{
	uint32_t bytes = pixel_format_info(shape->format)->pixel_bytes, columns[CHUNK], first;
	uint32_t end_row = (uint32_t)min_u64((uint64_t)first_row + rows, shape->data_height);
	struct picture picture;

	picture_init(&picture, shape, number, stamp_ns);
	for (uint32_t x = 0; x < shape->width; x += CHUNK) {
		uint32_t count = min_u32(CHUNK, shape->width - x);
		draw_columns(&picture, x, columns);
		for (uint32_t y = first_row; y < end_row; y++)
			draw_span(&picture, (uint8_t *)dst + (size_t)y * shape->pitch + x * bytes,
				  columns, x, y, count);
	}
	uint32_t pad = padding(shape, &first);
	for (uint32_t y = first_row; pad && y < end_row; y++)
		memset((uint8_t *)dst + (size_t)y * shape->pitch + first, 0, pad);
}

/* ---- reading ---- */

/* One bit of the stamp, from the middle of its block. */
static bool read_bit(const struct pixel_image *shape, const uint8_t *src, uint32_t row,
		     uint32_t bit)
{
	uint32_t bytes = pixel_format_info(shape->format)->pixel_bytes;
	size_t at = (size_t)(row * BLOCK_HEIGHT) * shape->pitch + (bit * BLOCK_WIDTH + 1) * bytes;

	return src[at + formats[shape->format].green_byte] >> formats[shape->format].green_bit & 1;
}

static uint64_t read_word(const struct pixel_image *shape, const uint8_t *src, uint32_t index)
{
	uint64_t word = 0;

	for (uint32_t bit = 0; bit < 64; bit++)
		word |= (uint64_t)read_bit(shape, src, index * 2 + bit / BLOCKS_X, bit % BLOCKS_X)
			<< bit;
	return word;
}

bool pattern_read(const struct pixel_image *shape, const void *src, uint64_t *number,
		  uint64_t *stamp_ns)
{
	if (!has_stamp(shape))
		return false;
	uint64_t n = read_word(shape, src, 0), stamp = read_word(shape, src, 1);
	if (read_word(shape, src, 2) != mix(n, stamp) || read_word(shape, src, 3) != STAMP_MAGIC)
		return false;
	*number = n;
	*stamp_ns = stamp;
	return true;
}

/* Compares `count` items of `size` bytes; counts those that differ and notes the first. */
static uint64_t compare(const uint8_t *got, const uint8_t *want, uint32_t count, uint32_t size,
			uint32_t *first)
{
	uint64_t wrong = 0;

	if (memcmp(got, want, (size_t)count * size) == 0)
		return 0;
	for (uint32_t i = 0; i < count; i++)
		if (memcmp(got + i * size, want + i * size, size) != 0 && wrong++ == 0)
			*first = i;
	return wrong;
}

/* Columns x .. x + count - 1 of all rows. `at` keeps the uppermost wrong pixel, of those the left
 * one; its width says whether there was one. */
static uint64_t check_columns(const struct picture *self, const uint8_t *src, uint32_t x,
			      uint32_t count, struct rect *at)
{
	const struct pixel_image *shape = self->shape;
	uint32_t bytes = pixel_format_info(shape->format)->pixel_bytes, columns[CHUNK], first = 0;
	uint8_t want[CHUNK * 8];
	uint64_t wrong = 0;

	draw_columns(self, x, columns);
	for (uint32_t y = 0; y < shape->data_height; y++) {
		draw_span(self, want, columns, x, y, count);
		uint64_t here = compare(src + (size_t)y * shape->pitch + x * bytes, want, count,
					bytes, &first);
		if (here && (at->width == 0 || y < at->y))
			*at = (struct rect){ x + first, y, 1, 1 };
		wrong += here;
	}
	return wrong;
}

uint64_t pattern_check(const struct pixel_image *shape, const void *src, uint64_t number,
		       uint64_t stamp_ns, struct rect *at)
{
	struct rect first = { 0 };
	struct picture picture;
	uint64_t wrong = 0;

	picture_init(&picture, shape, number, stamp_ns);
	for (uint32_t x = 0; x < shape->width; x += CHUNK)
		wrong += check_columns(&picture, src, x, min_u32(CHUNK, shape->width - x), &first);
	if (wrong && at)
		*at = first;
	return wrong;
}

void pattern_damage(const struct pixel_image *shape, uint64_t number, struct region *out)
{
	region_set_full(out, shape->width, shape->height);
	if (number % PHASE_FRAMES == 0)
		return;
	region_clear(out);
	region_add(out, bar_at(shape, number - 1));
	region_add(out, bar_at(shape, number));
	region_add(out, post_at(shape, number - 1));
	region_add(out, post_at(shape, number));
	if (has_stamp(shape))
		region_add(out, (struct rect){ 0, 0, STAMP_WIDTH, STAMP_HEIGHT });
	region_clip(out, shape->width, shape->height);
}
