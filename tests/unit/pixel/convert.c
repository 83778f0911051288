/* Conversion, judged by a slow reference that works on doubles and by definition. */
#include "pixel/convert.h"

#include <math.h>

#include "test.h"

#define WIDTH  77
#define HEIGHT 9

static uint32_t state = 1;

static uint32_t roll(void)
{
	state = state * 1664525u + 1013904223u;
	return state >> 16 | state << 16;
}

static double half_value(unsigned half)
{
	double value = half >> 10 & 31 ? ldexp(1024 + (half & 1023), (int)(half >> 10 & 31) - 25)
				       : ldexp(half & 1023, -24);
	return half & 0x8000 ? -value : value;
}

static double cut(double value)
{
	return value < 0 ? 0 : value > 1 ? 1 : value;
}

static double decode(double value, bool pq)
{
	if (!pq)
		return value;
	double power = pow(cut(value), 1 / 78.84375);
	return pow(fmax(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power),
		   1 / 0.1593017578125) *
	       10000 / 203;
}

static double srgb(double value)
{
	value = cut(value);
	return value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055;
}

/* Red, green, blue of one pixel as the screen should get them, 0 .. 255. */
static void reference(const struct pixel_image *shape, const uint8_t *at, double rgb[3])
{
	uint32_t word;
	memcpy(&word, at, 4 - (pixel_format_info(shape->format)->pixel_bytes == 3));
	bool rgb_order = shape->format == PIXEL_RGBA || shape->format == PIXEL_RGB_24;

	for (int i = 0; i < 3; i++) {
		unsigned half = at[2 * i] | (unsigned)at[2 * i + (shape->format == PIXEL_RGBA16F)]
						    << 8;
		if (shape->format == PIXEL_RGBA10)
			rgb[i] = shape->colour ? (word >> 10 * i & 1023) / 1023.0
					       : (word >> 10 * i & 1023) / 4 / 255.0;
		else if (shape->format == PIXEL_RGBA16F)
			rgb[i] = half_value(half);
		else
			rgb[i] = at[rgb_order ? i : 2 - i] / 255.0;
	}
	if (shape->colour) {
		double l[3], m[3];
		for (int i = 0; i < 3; i++)
			m[i] = l[i] = decode(rgb[i], shape->colour & PIXEL_COLOUR_PQ);
		if (shape->colour & PIXEL_COLOUR_HDR) {
			m[0] = 1.660491 * l[0] - 0.587641 * l[1] - 0.072850 * l[2];
			m[1] = -0.124550 * l[0] + 1.132900 * l[1] - 0.008349 * l[2];
			m[2] = -0.018151 * l[0] - 0.100579 * l[1] + 1.118730 * l[2];
		}
		for (int i = 0; i < 3; i++)
			rgb[i] = srgb(m[i]);
	}
	for (int i = 0; i < 3; i++)
		rgb[i] = cut(rgb[i]) * 255;
}

/* Random bytes; for halves in the range that pictures use, with a few strange ones. */
static uint8_t *noise(const struct pixel_image *shape)
{
	uint8_t *data = malloc(pixel_image_size(shape));

	for (uint64_t i = 0; i + 1 < pixel_image_size(shape); i += 2) {
		uint16_t word = (uint16_t)roll();
		if (shape->format == PIXEL_RGBA16F && i % 16)
			word = (uint16_t)(0x2000 + word % 0x1e00);
		if (shape->format == PIXEL_RGBA16F && (word & 0x7c00) == 0x7c00)
			word = 0xbc00; /* -1; infinities are below, not here */
		memcpy(data + i, &word, 2);
	}
	return data;
}

static void convert_once(enum pixel_format format, uint32_t colour, double tolerance)
{
	struct pixel_image shape;
	pixel_image_init(&shape, format, WIDTH, HEIGHT);
	shape.colour = colour;
	shape.data_height = HEIGHT - 1;
	uint8_t *src = noise(&shape), dst[HEIGHT][WIDTH + 1][4];
	struct rect rect = { 3, 2, 60, 90 };

	memset(dst, 0x77, sizeof(dst));
	pixel_to_bgrx(&shape, src, dst, sizeof(dst[0]), rect);
	for (uint32_t y = 0; y < HEIGHT; y++)
		for (uint32_t x = 0; x <= WIDTH; x++) {
			bool inside = x >= 3 && x < 63 && y >= 2 && y < HEIGHT - 1;
			const uint8_t *at = src + y * shape.pitch +
					    x * pixel_format_info(format)->pixel_bytes;
			double want[3];
			if (!inside) {
				CHECK(memcmp(dst[y][x], "wwww", 4) == 0);
				continue;
			}
			reference(&shape, at, want);
			for (int i = 0; i < 3; i++)
				if (fabs(dst[y][x][2 - i] - want[i]) > tolerance)
					test_fail("%s colour %u at %u,%u channel %d: %d, wanted %f",
						  pixel_format_info(format)->name, colour, x, y, i,
						  dst[y][x][2 - i], want[i]);
			CHECK_EQ(dst[y][x][3], 0xff);
		}
	free(src);
}

static void sdr_is_exact(void)
{
	for (int format = PIXEL_INVALID + 1; format < PIXEL_FORMAT_COUNT; format++)
		convert_once(format, 0, format == PIXEL_RGBA16F ? 0.5001 : 0.001);
}

static void linear_hdr_is_close(void)
{
	convert_once(PIXEL_RGBA10, PIXEL_COLOUR_HDR, 1.5);
	convert_once(PIXEL_RGBA16F, PIXEL_COLOUR_HDR, 1.5);
}

static void pq_is_close(void)
{
	convert_once(PIXEL_RGBA10, PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ, 2);
	convert_once(PIXEL_RGBA10, PIXEL_COLOUR_PQ, 2);
}

static void infinities_are_cut(void)
{
	static const uint16_t src[2][4] = { { 0x7c00, 0xfc00, 0x7e01, 0 },
					    { 0xfe00, 1, 0x8000, 0 } };
	struct pixel_image shape;
	uint8_t dst[2][4];

	pixel_image_init(&shape, PIXEL_RGBA16F, 2, 1);
	for (uint32_t colour = 0; colour <= 0x18; colour += 8) {
		shape.colour = colour;
		pixel_to_bgrx(&shape, src, dst, sizeof(dst), (struct rect){ 0, 0, 2, 1 });
		CHECK_EQ(dst[0][3], 0xff);
	}
	shape.colour = 0;
	pixel_to_bgrx(&shape, src, dst, sizeof(dst), (struct rect){ 0, 0, 2, 1 });
	CHECK(memcmp(dst, (uint8_t[]){ 255, 0, 255, 255, 0, 0, 0, 255 }, 8) == 0);
}

static void turns_put_pixels_right(void)
{
	enum { W = 67, H = 35 };
	static uint32_t src[H][W], dst[W * H];

	for (uint32_t i = 0; i < W * H; i++)
		src[i / W][i % W] = i;
	for (int turn = 0; turn < 4; turn++) {
		uint32_t width = turn % 2 ? H : W;
		memset(dst, 0xff, sizeof(dst));
		pixel_rotate_bgrx(dst, 4 * width, src, sizeof(src[0]), W, H, turn);
		for (uint32_t y = 0; y < H; y++)
			for (uint32_t x = 0; x < W; x++) {
				struct rect one = { x, y, 1, 1 };
				struct rect to = pixel_rotate_rect(one, W, H, turn);
				CHECK_EQ(dst[to.y * width + to.x], src[y][x]);
			}
	}
	/* A quarter clockwise brings the left column to the top, its lower end first. */
	pixel_rotate_bgrx(dst, 4 * H, src, sizeof(src[0]), W, H, PIXEL_ROTATE_90);
	CHECK_EQ(dst[0], src[H - 1][0]);
	CHECK_EQ(dst[H - 1], src[0][0]);
	pixel_rotate_bgrx(dst, 4 * H, src, sizeof(src[0]), W, H, PIXEL_ROTATE_270);
	CHECK_EQ(dst[0], src[0][W - 1]);
}

static void rects_turn_whole(void)
{
	struct rect rect = pixel_rotate_rect((struct rect){ 10, 20, 30, 5 }, 100, 50,
					     PIXEL_ROTATE_90);

	CHECK_EQ(rect.x, 25);
	CHECK_EQ(rect.y, 10);
	CHECK_EQ(rect.width, 5);
	CHECK_EQ(rect.height, 30);
}

static const struct test_case cases[] = {
	TEST(sdr_is_exact),       TEST(linear_hdr_is_close),    TEST(pq_is_close),
	TEST(infinities_are_cut), TEST(turns_put_pixels_right), TEST(rects_turn_whole),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
