/* Shapes of pictures: figures of spec section 6.4, and what a stranger's shape may not be. */
#include "pixel/format.h"

#include <errno.h>

#include "test.h"

static struct pixel_image image(enum pixel_format format, uint32_t width, uint32_t height)
{
	struct pixel_image out;

	CHECK_EQ(pixel_image_init(&out, format, width, height), 0);
	return out;
}

static void every_fresh_shape_is_valid(void)
{
	static const uint32_t widths[] = { 1,    2,    3,    4,    63,   64,   65,
					   1365, 1366, 1367, 1680, 1920, 32767 };

	for (int format = PIXEL_INVALID + 1; format < PIXEL_FORMAT_COUNT; format++)
		for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
			struct pixel_image shape = image(format, widths[i], 77);
			CHECK(pixel_image_valid(&shape));
			CHECK_EQ(shape.pitch % 256, 0);
			CHECK_EQ(shape.pitch % pixel_format_info(format)->texel_bytes, 0);
			CHECK_EQ(shape.data_height, 77);
			CHECK_EQ(pixel_image_size(&shape), (uint64_t)shape.pitch * 77);
		}
}

static void packed_formats_are_padded(void)
{
	struct pixel_image shape = image(PIXEL_BGR_32, 640, 480);
	CHECK_EQ(shape.data_width, 512);
	CHECK_EQ(shape.pitch, 2048);

	shape = image(PIXEL_RGB_24, 1366, 768);
	CHECK_EQ(shape.data_width, 1366);
	CHECK_EQ(shape.pitch, 1536 * 3);

	shape = image(PIXEL_RGBA16F, 1366, 768);
	CHECK_EQ(shape.pitch, 11008);
}

static void impossible_sizes_are_refused(void)
{
	struct pixel_image shape = { .pitch = 42 };

	CHECK_EQ(pixel_image_init(&shape, PIXEL_BGRA, 0, 1), -EINVAL);
	CHECK_EQ(pixel_image_init(&shape, PIXEL_BGRA, 1, 0), -EINVAL);
	CHECK_EQ(pixel_image_init(&shape, PIXEL_BGRA, 32768, 1), -EINVAL);
	CHECK_EQ(pixel_image_init(&shape, PIXEL_BGRA, 1, 32768), -EINVAL);
	CHECK_EQ(pixel_image_init(&shape, PIXEL_INVALID, 1, 1), -EINVAL);
	CHECK_EQ(pixel_image_init(&shape, PIXEL_FORMAT_COUNT, 1, 1), -EINVAL);
	CHECK_EQ(shape.pitch, 42);
}

/* Changes one field of a valid shape; what then says no. */
static void strange_shapes_are_invalid(void)
{
	struct pixel_image good = image(PIXEL_BGRA, 640, 480), bad;

#define BAD(field, value)                                                                          \
	bad = good;                                                                                \
	bad.field = value;                                                                         \
	CHECK(!pixel_image_valid(&bad))
	CHECK(pixel_image_valid(&good));
	BAD(format, 0);
	BAD(format, 7);
	BAD(format, UINT32_MAX);
	BAD(width, 0);
	BAD(width, 641);
	BAD(width, 32768);
	BAD(width, UINT32_MAX);
	BAD(height, 0);
	BAD(height, 479);
	BAD(height, UINT32_MAX);
	BAD(data_width, 639);
	BAD(data_width, 641);
	BAD(data_width, UINT32_MAX);
	BAD(data_width, 0x40000280);
	BAD(data_height, 0);
	BAD(data_height, 481);
	BAD(data_height, UINT32_MAX);
	BAD(pitch, 2559);
	BAD(pitch, 0);
	BAD(rotation, 4);
	BAD(rotation, UINT32_MAX);
	BAD(colour, 0x20);
	good.data_height = 1;
	good.pitch = UINT32_MAX;
	CHECK(pixel_image_valid(&good));

	good = image(PIXEL_BGR_32, 640, 480);
	good.data_width = 480;
	CHECK(pixel_image_valid(&good));
	BAD(data_width, 479);
}

static void names_go_both_ways(void)
{
	for (int format = PIXEL_INVALID + 1; format < PIXEL_FORMAT_COUNT; format++)
		CHECK_EQ(pixel_format_from_name(pixel_format_info(format)->name), format);
	CHECK_EQ(pixel_format_from_name("invalid"), PIXEL_INVALID);
	CHECK_EQ(pixel_format_from_name("yuv"), PIXEL_INVALID);
	CHECK_EQ(pixel_format_from_name(NULL), PIXEL_INVALID);
	CHECK_STR(pixel_format_info(UINT32_MAX)->name, "invalid");
	CHECK_EQ(pixel_format_info(7)->texel_bytes, 0);
	CHECK_EQ(pixel_format_info(PIXEL_BGRA)->fourcc, 0x34325258);
}

static void upright_swaps_sides(void)
{
	struct pixel_image shape = image(PIXEL_BGRA, 640, 480);
	uint32_t width, height;

	for (int turn = 0; turn < 4; turn++) {
		shape.rotation = turn;
		pixel_image_upright(&shape, &width, &height);
		CHECK_EQ(width, turn % 2 ? 480 : 640);
		CHECK_EQ(height, turn % 2 ? 640 : 480);
	}
}

static void same_sees_every_field(void)
{
	struct pixel_image a = image(PIXEL_BGRA, 640, 480), b;

	CHECK(pixel_image_same(&a, &a));
#define DIFFERS(field)                                                                             \
	b = a;                                                                                     \
	b.field++;                                                                                 \
	CHECK(!pixel_image_same(&a, &b))
	DIFFERS(format);
	DIFFERS(width);
	DIFFERS(height);
	DIFFERS(data_width);
	DIFFERS(data_height);
	DIFFERS(pitch);
	DIFFERS(rotation);
	DIFFERS(colour);
}

/* Each span holds all bytes of its pixels, in whole texels, within the row. */
static void spans_hold_their_pixels(void)
{
	for (int format = PIXEL_INVALID + 1; format < PIXEL_FORMAT_COUNT; format++) {
		const struct pixel_format_info *info = pixel_format_info(format);
		struct pixel_image shape = image(format, 67, 3);
		for (uint32_t x = 0; x < 70; x++)
			for (uint32_t width = 0; width < 80; width++) {
				uint32_t first, bytes = pixel_row_span(&shape, x, width, &first);
				uint32_t right = min_u32(x + width, 67);
				if (x >= 67 || width == 0) {
					CHECK_EQ(bytes, 0);
					continue;
				}
				CHECK_EQ(first % info->texel_bytes, 0);
				CHECK_EQ(bytes % info->texel_bytes, 0);
				CHECK(first <= x * info->pixel_bytes);
				CHECK(first + info->texel_bytes > x * info->pixel_bytes);
				CHECK(first + bytes >= right * info->pixel_bytes);
				CHECK(first + bytes <
				      right * info->pixel_bytes + info->texel_bytes);
				CHECK(first + bytes <= shape.data_width * info->texel_bytes);
			}
		uint32_t first;
		CHECK_EQ(pixel_row_span(&shape, 1, UINT32_MAX, &first) + first,
			 align_up(67u * info->pixel_bytes, info->texel_bytes == 3 ? 1 : 4));
	}
}

static const struct test_case cases[] = {
	TEST(every_fresh_shape_is_valid),   TEST(packed_formats_are_padded),
	TEST(impossible_sizes_are_refused), TEST(strange_shapes_are_invalid),
	TEST(names_go_both_ways),           TEST(upright_swaps_sides),
	TEST(same_sees_every_field),        TEST(spans_hold_their_pixels),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
