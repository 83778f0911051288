/* The test picture: what is drawn checks out, what is not does not. */
#include "pixel/pattern.h"

#include "base/clock.h"
#include "pixel/convert.h"
#include "test.h"

#define STAMP 0x123456789abcdef1ull

static const uint32_t widths[] = { 1, 3, 127, 128, 640, 1366, 1680 };

static uint8_t *drawn(struct pixel_image *shape, enum pixel_format format, uint32_t width,
		      uint32_t height, uint64_t number)
{
	CHECK_EQ(pixel_image_init(shape, format, width, height), 0);
	uint8_t *data = malloc(pixel_image_size(shape));
	memset(data, 0x77, pixel_image_size(shape));
	pattern_draw(shape, data, 0, height, number, STAMP);
	return data;
}

static void drawing_checks_out(void)
{
	static const uint64_t numbers[] = { 0, 1, 63, 64, 1000003, UINT64_MAX };
	struct pixel_image shape;

	for (int format = PIXEL_INVALID + 1; format < PIXEL_FORMAT_COUNT; format++)
		for (size_t i = 0; i < ARRAY_LEN(widths); i++)
			for (size_t n = 0; n < ARRAY_LEN(numbers); n++) {
				uint8_t *data = drawn(&shape, format, widths[i], 37, numbers[n]);
				CHECK_EQ(pattern_check(&shape, data, numbers[n], STAMP, NULL), 0);
				free(data);
			}
}

static void stamp_reads_back(void)
{
	struct pixel_image shape;
	uint64_t number = 0, stamp = 0;

	for (int format = PIXEL_INVALID + 1; format < PIXEL_FORMAT_COUNT; format++)
		for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
			uint8_t *data = drawn(&shape, format, widths[i], 37, 0xfedcba9876543210);
			bool found = pattern_read(&shape, data, &number, &stamp);
			free(data);
			CHECK_EQ(found, widths[i] >= 128);
			CHECK(!found || (number == 0xfedcba9876543210 && stamp == STAMP));
			number = stamp = 0;
		}
}

static void other_pictures_have_no_stamp(void)
{
	struct pixel_image shape;
	uint64_t number = 42, stamp = 43;
	uint8_t *data = drawn(&shape, PIXEL_BGRA, 640, 32, 5);

	data[2 * 4 * 4 + 1] ^= 0x80; /* some block of the first row */
	data[2 * 4 * 4 + 5] ^= 0x80;
	CHECK(!pattern_read(&shape, data, &number, &stamp));
	memset(data, 0, pixel_image_size(&shape));
	CHECK(!pattern_read(&shape, data, &number, &stamp));
	memset(data, 255, pixel_image_size(&shape));
	CHECK(!pattern_read(&shape, data, &number, &stamp));
	CHECK_EQ(number, 42);
	CHECK_EQ(stamp, 43);
	free(data);
}

/* Any one bit of any pixel, and the place is named. */
static void one_flipped_bit_is_found(void)
{
	struct pixel_image shape;
	uint32_t state = 1;

	for (int format = PIXEL_INVALID + 1; format < PIXEL_FORMAT_COUNT; format++) {
		uint32_t bytes = pixel_format_info(format)->pixel_bytes;
		uint8_t *data = drawn(&shape, format, 321, 40, 17);
		for (int i = 0; i < 300; i++) {
			state = state * 1664525u + 1013904223u;
			uint32_t x = (state >> 8) % 321, y = (state >> 20) % 40,
				 bit = state % (bytes * 8);
			uint8_t *byte = data + y * shape.pitch + x * bytes + bit / 8;
			struct rect at = { 0 };
			*byte ^= 1u << bit % 8;
			CHECK_EQ(pattern_check(&shape, data, 17, STAMP, &at), 1);
			CHECK_EQ(at.x, x);
			CHECK_EQ(at.y, y);
			*byte ^= 1u << bit % 8;
		}
		free(data);
	}
}

static void the_uppermost_wrong_pixel_is_named(void)
{
	struct pixel_image shape;
	struct rect at = { 0 };
	uint8_t *data = drawn(&shape, PIXEL_BGRA, 1366, 40, 17);

	data[30 * shape.pitch + 3 * 4] ^= 1;
	data[7 * shape.pitch + 1000 * 4] ^= 1;
	data[7 * shape.pitch + 1001 * 4] ^= 1;
	CHECK_EQ(pattern_check(&shape, data, 17, STAMP, &at), 3);
	CHECK_EQ(at.x, 1000);
	CHECK_EQ(at.y, 7);
	free(data);
}

static void other_frames_and_stamps_differ(void)
{
	struct pixel_image shape;
	uint8_t *data = drawn(&shape, PIXEL_BGRA, 640, 480, 100);

	CHECK(pattern_check(&shape, data, 101, STAMP, NULL) > 1000);
	CHECK(pattern_check(&shape, data, 100 + 64, STAMP, NULL) > 640 * 480 / 2);
	CHECK(pattern_check(&shape, data, 100, STAMP + 1, NULL) > 8);
	memmove(data, data + 4, pixel_image_size(&shape) - 4);
	CHECK(pattern_check(&shape, data, 100, STAMP, NULL) > 640 * 300);
	free(data);
}

/* Redrawing only the damaged rows of the last picture gives the next one, and no pixel outside the
 * damage differs. */
static void damage_covers_the_change(void)
{
	struct pixel_image shape;
	uint8_t *old = drawn(&shape, PIXEL_BGRA, 300, 200, 0);

	for (uint64_t number = 1; number < 200; number++) {
		struct region damage;
		uint8_t *new = drawn(&shape, PIXEL_BGRA, 300, 200, number);
		pattern_damage(&shape, number, &damage);
		CHECK_EQ(region_is_full(&damage, 300, 200), number % 64 == 0);
		for (uint32_t i = 0; i < damage.count; i++) {
			struct rect rect = damage.rects[i];
			CHECK(rect.x + rect.width <= 300 && rect.y + rect.height <= 200);
			for (uint32_t y = rect.y; y < rect.y + rect.height; y++)
				memcpy(old + y * shape.pitch + rect.x * 4,
				       new + y *shape.pitch + rect.x * 4, rect.width * 4);
		}
		CHECK_EQ(pattern_check(&shape, old, number, STAMP, NULL), 0);
		free(new);
	}
	struct region damage;
	pattern_damage(&shape, UINT64_MAX, &damage);
	pattern_damage(&shape, 0, &damage);
	CHECK(region_is_full(&damage, 300, 200));
	free(old);
}

static void rows_are_drawn_alone(void)
{
	struct pixel_image shape;
	uint8_t *whole = drawn(&shape, PIXEL_BGR_32, 333, 40, 9);
	uint8_t *parts = malloc(pixel_image_size(&shape));

	memset(parts, 0x77, pixel_image_size(&shape));
	for (uint32_t row = 0; row < 40; row += 7)
		pattern_draw(&shape, parts, row, row == 35 ? UINT32_MAX : 7, 9, STAMP);
	CHECK(memcmp(whole, parts, pixel_image_size(&shape)) == 0);
	memset(parts, 0x77, pixel_image_size(&shape));
	pattern_draw(&shape, parts, 3, 1, 9, STAMP);
	CHECK_EQ(parts[3 * shape.pitch - 1], 0x77);
	CHECK_EQ(parts[4 * shape.pitch], 0x77);
	free(whole);
	free(parts);
}

static void only_data_is_written(void)
{
	struct pixel_image shape;

	for (int format = PIXEL_INVALID + 1; format < PIXEL_FORMAT_COUNT; format++) {
		uint8_t *data = drawn(&shape, format, 333, 5, 9);
		uint32_t end = shape.data_width * pixel_format_info(format)->texel_bytes;
		for (uint32_t at = 0; at < shape.pitch; at++)
			CHECK(at < end || data[at] == 0x77);
		CHECK(format != PIXEL_BGR_32 || data[end - 1] == 0);
		free(data);
	}
}

/* Six formats, one picture: all convert to the same BGRX. */
static void formats_agree(void)
{
	struct pixel_image shape;
	uint8_t *want = drawn(&shape, PIXEL_BGRA, 333, 40, 9), *got = calloc(40, shape.pitch);
	uint32_t pitch = shape.pitch;

	for (int format = PIXEL_RGBA; format < PIXEL_FORMAT_COUNT; format++) {
		uint8_t *data = drawn(&shape, format, 333, 40, 9);
		pixel_to_bgrx(&shape, data, got, pitch, (struct rect){ 0, 0, 333, 40 });
		for (int y = 0; y < 40; y++)
			for (int at = 0; at < 333 * 4; at++)
				CHECK_EQ(got[y * pitch + at], want[y * pitch + at]);
		free(data);
	}
	free(want);
	free(got);
}

static void drawing_is_fast(void)
{
	struct pixel_image shape;
	uint64_t best = UINT64_MAX;
	uint8_t *data = drawn(&shape, PIXEL_BGRA, 1920, 1080, 0);

	for (uint64_t number = 1; number < 20; number++) {
		uint64_t start = clock_ns();
		pattern_draw(&shape, data, 0, 1080, number, STAMP);
		best = min_u64(best, clock_ns() - start);
	}
	free(data);
	printf("# 1920x1080 bgra in %" PRIu64 " us\n", best / 1000);
	CHECK(best < 500 * NS_PER_MS);
}

static const struct test_case cases[] = {
	TEST(drawing_checks_out),
	TEST(stamp_reads_back),
	TEST(other_pictures_have_no_stamp),
	TEST(one_flipped_bit_is_found),
	TEST(the_uppermost_wrong_pixel_is_named),
	TEST(other_frames_and_stamps_differ),
	TEST(damage_covers_the_change),
	TEST(rows_are_drawn_alone),
	TEST(only_data_is_written),
	TEST(formats_agree),
	TEST(drawing_is_fast),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
