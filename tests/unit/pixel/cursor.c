/* Pointer shapes: the three kinds as words, and what a stranger's shape may not be. */
#include "pixel/cursor.h"

#include "test.h"

#define B 0xff000000
#define W 0xffffffff

static void expect(const struct cursor_shape *shape, const uint32_t *want)
{
	uint32_t *got = malloc(4 * (size_t)shape->width * shape->height);

	CHECK(cursor_shape_valid(shape));
	cursor_shape_to_argb(shape, got);
	for (uint32_t i = 0; i < shape->width * shape->height; i++)
		CHECK_EQ(got[i], want[i]);
	free(got);
}

static void colour_is_premultiplied(void)
{
	static const uint8_t data[] = { 1,   2,   3,   4,   0,  0,
					0,   0,   99,  99,  99, 99, /* padding */
					255, 255, 255, 128, 9,  8,
					7,   255, 99,  99,  99, 99 };
	struct cursor_shape shape = { CURSOR_COLOUR, 0, 0, 2, 2, 12, data };

	expect(&shape, (uint32_t[]){ 0x04030201, 0, 0x80808080, 0xff070809 });
}

/* AND 0 XOR 0 black, 0 1 white, 1 0 clear, 1 1 inverting: black with a rim on clear pixels only. */
static void mono_has_four_values(void)
{
	static const uint8_t data[] = { 0x30, 0x50 };
	struct cursor_shape shape = { CURSOR_MONO, 0, 0, 4, 1, 1, data };

	expect(&shape, (uint32_t[]){ B, W, W, B });
}

/* An I-beam of one pixel's width, as Windows has it. */
static void inversion_gets_a_white_rim(void)
{
	static const uint8_t data[] = { 0xff, 0xff, 0xff, 0xff, 0xff, /* AND */
					0x00, 0x20, 0x20, 0x00, 0x00 };
	struct cursor_shape shape = { CURSOR_MONO, 2, 2, 5, 5, 1, data };

	expect(&shape, (uint32_t[]){ 0, W, W, W, 0, /* */
				     0, W, B, W, 0, /* */
				     0, W, B, W, 0, /* */
				     0, W, W, W, 0, /* */
				     0, 0, 0, 0, 0 });
}

static void mono_rows_wider_than_a_byte(void)
{
	static const uint8_t data[] = { 0xff, 0x80, 0, 0, 0xff, 0x00, 0, 0, /* AND */
					0x00, 0x00, 0, 0, 0x00, 0x80, 0, 0 };
	struct cursor_shape shape = { CURSOR_MONO, 0, 0, 9, 2, 4, data };

	CHECK_EQ(cursor_shape_bytes(&shape), 16);
	expect(&shape, (uint32_t[]){ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, W });
}

static void masked_replaces_or_inverts(void)
{
	static const uint8_t data[] = { 1, 2, 3,   0,   0,   0,   0, 255, 0, 0,
					0, 1, 255, 255, 255, 255, 0, 0,   0, 0 };
	struct cursor_shape shape = { CURSOR_MASKED, 0, 0, 5, 1, 20, data };

	expect(&shape, (uint32_t[]){ 0xff030201, 0, W, B, B });
}

static void at_the_edge_there_is_no_room(void)
{
	static const uint8_t data[] = { 0x80, 0x80 };
	struct cursor_shape shape = { CURSOR_MONO, 0, 0, 1, 1, 1, data };

	expect(&shape, (uint32_t[]){ B });
}

static void strange_shapes_are_invalid(void)
{
	struct cursor_shape good = { CURSOR_COLOUR, 0, 0, 64, 64, 256, NULL }, bad;

	CHECK(cursor_shape_valid(&good));
	CHECK_EQ(cursor_shape_bytes(&good), 64 * 256);
#define BAD(field, value)                                                                          \
	bad = good;                                                                                \
	bad.field = value;                                                                         \
	CHECK(!cursor_shape_valid(&bad))
	BAD(type, 3);
	BAD(type, UINT32_MAX);
	BAD(width, 0);
	BAD(width, 65);
	BAD(width, 513);
	BAD(width, UINT32_MAX);
	BAD(height, 0);
	BAD(height, 513);
	BAD(height, UINT32_MAX);
	BAD(pitch, 255);
	BAD(pitch, CURSOR_MAX_BYTES / 64 + 1);
	BAD(pitch, UINT32_MAX);
	BAD(pitch, 0x80000000);
	good = (struct cursor_shape){ CURSOR_MONO, 0, 0, 512, 512, 64, NULL };
	CHECK(cursor_shape_valid(&good));
	BAD(pitch, 63);
	BAD(pitch, CURSOR_MAX_BYTES / 512 / 2 + 1);
	good = (struct cursor_shape){ CURSOR_MASKED, 0, 0, 512, 512, 2048, NULL };
	CHECK(cursor_shape_valid(&good));
	CHECK_EQ(cursor_shape_bytes(&good), CURSOR_MAX_BYTES);
}

static const struct test_case cases[] = {
	TEST(colour_is_premultiplied),    TEST(mono_has_four_values),
	TEST(inversion_gets_a_white_rim), TEST(mono_rows_wider_than_a_byte),
	TEST(masked_replaces_or_inverts), TEST(at_the_edge_there_is_no_room),
	TEST(strange_shapes_are_invalid),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
