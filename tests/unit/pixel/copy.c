/* Copies: every byte that should arrive does, and no other byte is touched. */
#include "pixel/copy.h"

#include "base/atomic.h"
#include "test.h"

#define GUARD 256
#define MARK  0xa5

static uint8_t *filled(size_t bytes, unsigned seed)
{
	uint8_t *data = malloc(bytes);

	for (size_t i = 0; i < bytes; i++)
		data[i] = (uint8_t)(i * 7 + i / 251 + seed);
	return data;
}

static uint8_t *marked(size_t bytes)
{
	uint8_t *data = malloc(bytes);

	memset(data, MARK, bytes);
	return data;
}

static bool all_marked(const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (data[i] != MARK)
			return false;
	return true;
}

static void copy_once(size_t bytes, size_t dst_skew, size_t src_skew)
{
	uint8_t *src = filled(bytes + src_skew, (unsigned)bytes);
	uint8_t *dst = marked(bytes + 2 * GUARD);
	uint8_t *at = dst + GUARD - 64 + dst_skew;

	pixel_copy(at, src + src_skew, bytes);
	fence_stores();
	bool good = memcmp(at, src + src_skew, bytes) == 0 && all_marked(dst, (size_t)(at - dst)) &&
		    all_marked(at + bytes, GUARD + 64 - dst_skew);
	free(src);
	free(dst);
	if (!good)
		test_fail("%zu bytes from +%zu to +%zu", bytes, src_skew, dst_skew);
}

static void any_size_and_alignment(void)
{
	static const size_t sizes[] = { 0,    1,    3,    63,    64,    4095,  4096,
					4097, 5464, 8191, 16383, 16384, 16500, 33333 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		for (size_t dst = 0; dst < 64; dst += dst < 34 ? 1 : 7)
			for (size_t src = 0; src < 34; src += 3)
				copy_once(sizes[i], dst, src);
}

static void rows_keep_their_gaps(void)
{
	static const size_t widths[] = { 1, 256, 5464, 7680 };

	for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
		size_t src_pitch = widths[i] + 13, dst_pitch = widths[i] + 8;
		uint8_t *src = filled(src_pitch * 9, 3), *dst = marked(dst_pitch * 9);
		pixel_copy_rows(dst, dst_pitch, src, src_pitch, widths[i], 9);
		for (size_t row = 0; row < 9; row++) {
			CHECK(memcmp(dst + row * dst_pitch, src + row * src_pitch, widths[i]) == 0);
			CHECK(all_marked(dst + row * dst_pitch + widths[i], 8));
		}
		free(src);
		free(dst);
	}
}

static void equal_pitches_are_one_copy(void)
{
	uint8_t *src = filled(7680 * 10, 3), *dst = marked(7680 * 10);

	pixel_copy_rows(dst, 7680, src, 7680, 7680, 10);
	CHECK(memcmp(dst, src, 7680 * 10) == 0);
	free(src);
	free(dst);
}

/* Only the bytes of the rectangle's pixels (whole texels), only rows that are there. */
static void rect_once(enum pixel_format format, struct rect rect)
{
	struct pixel_image shape;
	pixel_image_init(&shape, format, 101, 20);
	shape.data_height = 15;
	uint32_t texel = pixel_format_info(format)->texel_bytes;
	uint32_t pixel = pixel_format_info(format)->pixel_bytes;
	size_t pitch = shape.pitch;
	uint8_t *src = filled(pitch * 15, format), *dst = marked(pitch * 15);

	pixel_copy_rect(&shape, dst, pitch, src, pitch, rect);
	for (uint64_t y = 0; y < 15; y++)
		for (uint64_t at = 0; at < pitch; at++) {
			uint64_t right = min_u64((uint64_t)rect.x + rect.width, 101);
			bool in_row = y >= rect.y && y < (uint64_t)rect.y + rect.height;
			bool inside = in_row && rect.x < right &&
				      at >= rect.x * pixel / texel * texel &&
				      at < (right * pixel + texel - 1) / texel * texel;
			uint8_t want = inside ? src[y * pitch + at] : MARK;
			if (dst[y * pitch + at] != want)
				test_fail("%s %u,%u %ux%u: byte %d of row %d",
					  pixel_format_info(format)->name, rect.x, rect.y,
					  rect.width, rect.height, (int)at, (int)y);
		}
	free(src);
	free(dst);
}

static void rects_of_every_format(void)
{
	static const struct rect rects[] = {
		{ 0, 0, 101, 15 }, { 3, 2, 5, 4 },          { 50, 10, 51, 90 }, { 100, 14, 1, 1 },
		{ 101, 0, 5, 5 },  { 7, 0, UINT32_MAX, 2 }, { 0, 15, 9, 9 },    { 1, 1, 0, 5 },
	};

	for (int format = PIXEL_INVALID + 1; format < PIXEL_FORMAT_COUNT; format++)
		for (size_t i = 0; i < ARRAY_LEN(rects); i++)
			rect_once(format, rects[i]);
}

static void the_routine_has_a_name(void)
{
	const char *name = pixel_copy_name();

	printf("# %s\n", name);
	CHECK(strcmp(name, "avx2-nt") == 0 || strcmp(name, "sse2-nt") == 0 ||
	      strcmp(name, "memcpy") == 0);
	CHECK_STR(pixel_copy_name(), name);
}

static const struct test_case cases[] = {
	TEST(any_size_and_alignment),     TEST(rows_keep_their_gaps),
	TEST(equal_pitches_are_one_copy), TEST(rects_of_every_format),
	TEST(the_routine_has_a_name),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
