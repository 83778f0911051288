#include "pixel/convert.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#define OPAQUE    0xff000000u
#define PQ_STEPS  1024     /* a 10-bit picture's own steps; half floats are rounded to them */
#define PQ_PEAK   10000.0f /* nits */
#define SDR_WHITE 203.0f   /* nits, ITU-R BT.2408 */
#define TILE      32u      /* pixels; a tile of both pictures fits the nearest cache */

/* What a HDR picture's numbers mean. */
struct light {
	bool hdr, wide, pq;     /* any of the two; BT.2020 primaries; ST.2084 values */
	float linear[PQ_STEPS]; /* of a PQ value, 1 = SDR white; filled only for `pq` */
};

/* ---- one colour ---- */

static uint32_t pack(uint32_t r, uint32_t g, uint32_t b)
{
	return OPAQUE | r << 16 | g << 8 | b;
}

static float clamp(float value)
{
	return value < 0.0f ? 0.0f : value > 1.0f ? 1.0f : value;
}

static uint32_t to_byte(float value)
{
	return (uint32_t)(clamp(value) * 255.0f + 0.5f);
}

static float pq_to_linear(float value)
{
	float power = powf(value, 32.0f / 2523.0f);
	float above = fmaxf(power - 107.0f / 128.0f, 0.0f);
	float below = 2413.0f / 128.0f - 2392.0f / 128.0f * power;

	return powf(above / below, 8192.0f / 1305.0f) * PQ_PEAK / SDR_WHITE;
}

/* sRGB's curve; above its straight foot a fit by roots, right to half a step of 8 bits. */
static float encode(float value)
{
	float x = clamp(value), root = sqrtf(x), root4 = sqrtf(root), root8 = sqrtf(root4);

	if (x < 0.0031308f)
		return 12.92f * x;
	return 0.662002687f * root + 0.684122060f * root4 - 0.323583601f * root8 -
	       0.0225411470f * x;
}

/* No infinities, no NaN: those become numbers too large, which clamp() cuts. */
static float half_to_float(uint16_t half)
{
	uint32_t bits = (half & 0x7fffu) << 13;
	float value;

	memcpy(&value, &bits, sizeof(value));
	return (half & 0x8000 ? -value : value) * 0x1p112f;
}

static void light_init(struct light *self, const struct pixel_image *shape)
{
	self->wide = shape->colour & PIXEL_COLOUR_HDR;
	self->pq = shape->colour & PIXEL_COLOUR_PQ;
	self->hdr = self->wide || self->pq;
	for (int i = 0; self->pq && i < PQ_STEPS; i++)
		self->linear[i] = pq_to_linear((float)i / (PQ_STEPS - 1));
}

static float linearize(const struct light *self, float value)
{
	return self->pq ? self->linear[(int)(clamp(value) * (PQ_STEPS - 1) + 0.5f)] : value;
}

/* HDR numbers to a pixel: decode, BT.2020 to BT.709, cut at SDR white, encode. */
static uint32_t tone_map(const struct light *self, float r, float g, float b)
{
	r = linearize(self, r), g = linearize(self, g), b = linearize(self, b);
	if (!self->wide)
		return pack(to_byte(encode(r)), to_byte(encode(g)), to_byte(encode(b)));
	return pack(to_byte(encode(1.6605f * r - 0.5876f * g - 0.0728f * b)),
		    to_byte(encode(-0.1246f * r + 1.1329f * g - 0.0083f * b)),
		    to_byte(encode(-0.0182f * r - 0.1006f * g + 1.1187f * b)));
}

/* ---- one row ---- */

static void row_bgra(uint8_t *dst, const uint8_t *src, uint32_t count, const struct light *light)
{
	(void)light;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t word;
		memcpy(&word, src + 4 * i, 4);
		word |= OPAQUE;
		memcpy(dst + 4 * i, &word, 4);
	}
}

static void row_rgba(uint8_t *dst, const uint8_t *src, uint32_t count, const struct light *light)
{
	(void)light;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t word;
		memcpy(&word, src + 4 * i, 4);
		word = OPAQUE | (word & 0xff) << 16 | (word & 0xff00) | (word >> 16 & 0xff);
		memcpy(dst + 4 * i, &word, 4);
	}
}

static void row_rgba10(uint8_t *dst, const uint8_t *src, uint32_t count, const struct light *light)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t word;
		memcpy(&word, src + 4 * i, 4);
		uint32_t r = word & 1023, g = word >> 10 & 1023, b = word >> 20 & 1023;
		if (light->hdr)
			word = tone_map(light, (float)r / 1023, (float)g / 1023, (float)b / 1023);
		else
			word = pack(r >> 2, g >> 2, b >> 2);
		memcpy(dst + 4 * i, &word, 4);
	}
}

static void row_rgba16f(uint8_t *dst, const uint8_t *src, uint32_t count, const struct light *light)
{
	for (uint32_t i = 0; i < count; i++) {
		uint16_t half[4];
		memcpy(half, src + 8 * i, 8);
		float r = half_to_float(half[0]), g = half_to_float(half[1]),
		      b = half_to_float(half[2]);
		uint32_t word = light->hdr ? tone_map(light, r, g, b)
					   : pack(to_byte(r), to_byte(g), to_byte(b));
		memcpy(dst + 4 * i, &word, 4);
	}
}

static void row_bgr24(uint8_t *dst, const uint8_t *src, uint32_t count, const struct light *light)
{
	(void)light;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t word = pack(src[3 * i + 2], src[3 * i + 1], src[3 * i]);
		memcpy(dst + 4 * i, &word, 4);
	}
}

static void row_rgb24(uint8_t *dst, const uint8_t *src, uint32_t count, const struct light *light)
{
	(void)light;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t word = pack(src[3 * i], src[3 * i + 1], src[3 * i + 2]);
		memcpy(dst + 4 * i, &word, 4);
	}
}

typedef void (*row_fn)(uint8_t *dst, const uint8_t *src, uint32_t count, const struct light *light);

static const row_fn rows[] = {
	[PIXEL_BGRA] = row_bgra,       [PIXEL_RGBA] = row_rgba,    [PIXEL_RGBA10] = row_rgba10,
	[PIXEL_RGBA16F] = row_rgba16f, [PIXEL_BGR_32] = row_bgr24, [PIXEL_RGB_24] = row_rgb24,
};
static_assert(ARRAY_LEN(rows) == PIXEL_FORMAT_COUNT, "one row per format");

void pixel_to_bgrx(const struct pixel_image *shape, const void *src, void *dst, size_t dst_pitch,
		   struct rect rect)
{
	struct rect there = { 0, 0, shape->width, shape->data_height };
	struct rect part = rect_intersect(rect, there);
	size_t bytes = pixel_format_info(shape->format)->pixel_bytes;
	struct light light;

	if (rect_empty(part))
		return;
	light_init(&light, shape);
	for (uint32_t y = part.y; y < part.y + part.height; y++)
		rows[shape->format]((uint8_t *)dst + y * dst_pitch + 4 * (size_t)part.x,
				    (const uint8_t *)src + (size_t)y * shape->pitch +
					    part.x * bytes,
				    part.width, &light);
}

/* ---- turning ---- */

struct rect pixel_rotate_rect(struct rect rect, uint32_t width, uint32_t height,
			      enum pixel_rotation rotation)
{
	uint32_t from_right = width - rect.x - rect.width;
	uint32_t from_bottom = height - rect.y - rect.height;

	switch (rotation) {
	case PIXEL_ROTATE_90:
		return (struct rect){ from_bottom, rect.x, rect.height, rect.width };
	case PIXEL_ROTATE_180:
		return (struct rect){ from_right, from_bottom, rect.width, rect.height };
	case PIXEL_ROTATE_270:
		return (struct rect){ rect.y, from_right, rect.height, rect.width };
	default:
		return rect;
	}
}

/* Pixel (0, 0) of the picture goes to `start`; one step right moves by `right`, one down by `down`
 * bytes. */
struct walk {
	ptrdiff_t start, right, down;
};

static struct walk walk_of(size_t pitch, uint32_t width, uint32_t height,
			   enum pixel_rotation rotation)
{
	ptrdiff_t row = (ptrdiff_t)pitch, last_x = (ptrdiff_t)width - 1,
		  last_y = (ptrdiff_t)height - 1;

	const struct walk walks[] = {
		[PIXEL_ROTATE_0] = { 0, 4, row },
		[PIXEL_ROTATE_90] = { last_y * 4, row, -4 },
		[PIXEL_ROTATE_180] = { last_y * row + last_x * 4, -4, -row },
		[PIXEL_ROTATE_270] = { last_x * row, -row, 4 },
	};
	return walks[rotation & 3];
}

void pixel_rotate_bgrx(void *dst, size_t dst_pitch, const void *src, size_t src_pitch,
		       uint32_t width, uint32_t height, enum pixel_rotation rotation)
{
	struct walk walk = walk_of(dst_pitch, width, height, rotation);
	uint8_t *origin = (uint8_t *)dst + walk.start;

	for (uint32_t top = 0; top < height; top += TILE)
		for (uint32_t left = 0; left < width; left += TILE)
			for (uint32_t y = top; y < min_u32(top + TILE, height); y++)
				for (uint32_t x = left; x < min_u32(left + TILE, width); x++)
					memcpy(origin + (ptrdiff_t)x * walk.right +
						       (ptrdiff_t)y * walk.down,
					       (const uint8_t *)src + y * src_pitch + 4 * (size_t)x,
					       4);
}
