#include "pixel/format.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/mem.h"

#define SIZE_LIMIT  32767u /* pixels; positions are 16 bits, signed, on the wire */
#define PITCH_ALIGN 256u
#define BGR_32_PAD  64u  /* texels of 4 bytes */
#define RGB_24_PAD  256u /* texels of 3 bytes; times 3 is a multiple of 256 too */

#define FOURCC(a, b, c, d)                                                                         \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

static const struct pixel_format_info infos[] = {
	[PIXEL_INVALID] = { "invalid", 0, 0, 0 },
	[PIXEL_BGRA] = { "bgra", FOURCC('X', 'R', '2', '4'), 4, 4 },
	[PIXEL_RGBA] = { "rgba", FOURCC('X', 'B', '2', '4'), 4, 4 },
	[PIXEL_RGBA10] = { "rgba10", FOURCC('X', 'B', '3', '0'), 4, 4 },
	[PIXEL_RGBA16F] = { "rgba16f", FOURCC('X', 'B', '4', 'H'), 8, 8 },
	[PIXEL_BGR_32] = { "bgr32", FOURCC('A', 'R', '2', '4'), 4, 3 },
	/* DRM names its codes from the high byte down: bytes R,G,B are its BGR888. */
	[PIXEL_RGB_24] = { "rgb24", FOURCC('B', 'G', '2', '4'), 3, 3 },
};
static_assert(ARRAY_LEN(infos) == PIXEL_FORMAT_COUNT, "one row per format");

const struct pixel_format_info *pixel_format_info(uint32_t format)
{
	return &infos[format < PIXEL_FORMAT_COUNT ? format : PIXEL_INVALID];
}

enum pixel_format pixel_format_from_name(const char *name)
{
	for (int i = PIXEL_INVALID + 1; name && i < PIXEL_FORMAT_COUNT; i++)
		if (strcmp(infos[i].name, name) == 0)
			return (enum pixel_format)i;
	return PIXEL_INVALID;
}

enum pixel_format pixel_format_from_fourcc(uint32_t fourcc)
{
	const uint32_t opaque = (fourcc & ~0xffu) | ((fourcc & 0xff) == 'A' ? 'X' : fourcc & 0xff);

	for (int i = PIXEL_INVALID + 1; i < PIXEL_FORMAT_COUNT; i++)
		if (infos[i].fourcc == opaque && infos[i].texel_bytes == infos[i].pixel_bytes)
			return (enum pixel_format)i;
	return PIXEL_INVALID;
}

static bool side_valid(uint32_t pixels)
{
	return pixels >= 1 && pixels <= SIZE_LIMIT;
}

static bool format_valid(uint32_t format)
{
	return format > PIXEL_INVALID && format < PIXEL_FORMAT_COUNT;
}

/* Texels that `width` pixels from the row's start take. Differs from `width` only for BGR_32. */
static uint32_t texels_for(enum pixel_format format, uint32_t width)
{
	const struct pixel_format_info *info = pixel_format_info(format);

	return (width * info->pixel_bytes + info->texel_bytes - 1) / info->texel_bytes;
}

int pixel_image_init(struct pixel_image *out, enum pixel_format format, uint32_t width,
		     uint32_t height)
{
	if (!format_valid(format) || !side_valid(width) || !side_valid(height))
		return -EINVAL;

	uint32_t texels = texels_for(format, width);
	uint32_t stride = texels;
	if (format == PIXEL_BGR_32)
		stride = texels = (uint32_t)align_up(texels, BGR_32_PAD);
	if (format == PIXEL_RGB_24)
		stride = (uint32_t)align_up(texels, RGB_24_PAD);
	*out = (struct pixel_image){
		.format = format,
		.width = width,
		.height = height,
		.data_width = texels,
		.data_height = height,
		.pitch = (uint32_t)align_up(stride * infos[format].texel_bytes, PITCH_ALIGN),
	};
	return 0;
}

bool pixel_image_valid(const struct pixel_image *self)
{
	const uint32_t colours = PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ;

	if (!format_valid(self->format) || !side_valid(self->width) || !side_valid(self->height))
		return false;
	return self->data_width >= texels_for(self->format, self->width) &&
	       (uint64_t)self->data_width * infos[self->format].texel_bytes <= self->pitch &&
	       side_valid(self->data_height) && self->data_height <= self->height &&
	       (uint32_t)self->rotation <= PIXEL_ROTATE_270 && (self->colour & ~colours) == 0;
}

bool pixel_image_same(const struct pixel_image *a, const struct pixel_image *b)
{
	return a->format == b->format && a->width == b->width && a->height == b->height &&
	       a->data_width == b->data_width && a->data_height == b->data_height &&
	       a->pitch == b->pitch && a->rotation == b->rotation && a->colour == b->colour;
}

void pixel_image_upright(const struct pixel_image *self, uint32_t *width, uint32_t *height)
{
	bool turned = self->rotation == PIXEL_ROTATE_90 || self->rotation == PIXEL_ROTATE_270;

	*width = turned ? self->height : self->width;
	*height = turned ? self->width : self->height;
}

uint32_t pixel_row_span(const struct pixel_image *self, uint32_t x, uint32_t width, uint32_t *first)
{
	const struct pixel_format_info *info = pixel_format_info(self->format);

	*first = 0;
	if (x >= self->width || width == 0 || info->texel_bytes == 0)
		return 0;
	uint32_t right = x + min_u32(width, self->width - x);
	*first = x * info->pixel_bytes / info->texel_bytes * info->texel_bytes;
	return texels_for(self->format, right) * info->texel_bytes - *first;
}
