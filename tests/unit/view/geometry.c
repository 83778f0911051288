#include "view/geometry.h"
#include "test.h"

static void check_place(enum scale_mode mode, const uint32_t in[4], const int32_t want[5])
{
	struct placement got = placement_of(mode, in[0], in[1], in[2], in[3]);

	CHECK_EQ(got.x, want[0]);
	CHECK_EQ(got.y, want[1]);
	CHECK_EQ(got.width, want[2]);
	CHECK_EQ(got.height, want[3]);
	CHECK_EQ(got.factor, want[4]);
}

static void pictures_fit_into_windows(void)
{
	static const struct {
		enum scale_mode mode;
		uint32_t in[4]; /* picture, window */
		int32_t want[5];
	} rows[] = {
		{ SCALE_FIT, { 1920, 1080, 1920, 1080 }, { 0, 0, 1920, 1080, 1 } },
		{ SCALE_FIT, { 1920, 1080, 1280, 1024 }, { 0, 152, 1280, 720, 0 } },
		{ SCALE_FIT, { 1366, 768, 1000, 1000 }, { 0, 219, 1000, 562, 0 } },
		{ SCALE_FIT, { 768, 1366, 1000, 1000 }, { 219, 0, 562, 1000, 0 } },
		{ SCALE_FIT, { 640, 480, 1920, 1440 }, { 0, 0, 1920, 1440, 3 } },
		{ SCALE_FIT, { 640, 480, 1921, 1440 }, { 0, 0, 1920, 1440, 3 } },
		{ SCALE_FIT, { 32767, 1, 100, 100 }, { 0, 49, 100, 1, 0 } },
		{ SCALE_FIT, { 1, 32767, 1, 1 }, { 0, 0, 1, 1, 0 } },
		{ SCALE_ONE, { 800, 600, 1000, 700 }, { 100, 50, 800, 600, 1 } },
		{ SCALE_ONE, { 1000, 700, 800, 600 }, { -100, -50, 1000, 700, 1 } },
		{ SCALE_INTEGER, { 640, 480, 1919, 1440 }, { 319, 240, 1280, 960, 2 } },
		{ SCALE_INTEGER, { 640, 480, 1920, 1500 }, { 0, 30, 1920, 1440, 3 } },
		{ SCALE_INTEGER, { 1280, 960, 640, 960 }, { 0, 240, 640, 480, 0 } },
		{ SCALE_SHRINK, { 640, 480, 1920, 1440 }, { 640, 480, 640, 480, 1 } },
		{ SCALE_SHRINK, { 1280, 960, 640, 960 }, { 0, 240, 640, 480, 0 } },
		{ SCALE_STRETCH, { 640, 480, 1000, 500 }, { 0, 0, 1000, 500, 0 } },
		{ SCALE_STRETCH, { 640, 480, 1280, 480 }, { 0, 0, 1280, 480, 0 } },
		{ SCALE_STRETCH, { 640, 480, 1280, 960 }, { 0, 0, 1280, 960, 2 } },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_place(rows[i].mode, rows[i].in, rows[i].want);
}

static void modes_have_names(void)
{
	CHECK_EQ(scale_mode_from_name("fit"), SCALE_FIT);
	CHECK_EQ(scale_mode_from_name("1:1"), SCALE_ONE);
	CHECK_EQ(scale_mode_from_name("integer"), SCALE_INTEGER);
	CHECK_EQ(scale_mode_from_name("stretch"), SCALE_STRETCH);
	CHECK_EQ(scale_mode_from_name("big"), -1);
}

static void placements_stay_inside_windows(void)
{
	for (uint32_t w = 1; w < 400; w += 13)
		for (uint32_t h = 1; h < 400; h += 17) {
			struct placement p = placement_of(SCALE_FIT, 366, 68, w, h);
			CHECK(p.width >= 1 && p.width <= w && p.height >= 1 && p.height <= h);
			CHECK(p.x >= 0 && p.y >= 0);
			CHECK(p.width == w || p.height == h);
		}
}

static struct rect damage_of(uint32_t pw, uint32_t ph, uint32_t w, uint32_t h, struct rect rect,
			     enum pixel_rotation rotation)
{
	struct pixel_image image;

	CHECK_EQ(pixel_image_init(&image, PIXEL_BGRA, pw, ph), 0);
	image.rotation = rotation;
	bool turned = rotation & 1;
	struct placement p = placement_of(SCALE_FIT, turned ? ph : pw, turned ? pw : ph, w, h);
	return placement_damage(&p, &image, rect);
}

static void check_rect(struct rect got, struct rect want)
{
	CHECK_EQ(got.x, want.x);
	CHECK_EQ(got.y, want.y);
	CHECK_EQ(got.width, want.width);
	CHECK_EQ(got.height, want.height);
}

static void whole_factors_map_exactly(void)
{
	struct rect rect = { 10, 20, 3, 4 };

	check_rect(damage_of(100, 80, 100, 80, rect, PIXEL_ROTATE_0), rect);
	check_rect(damage_of(100, 80, 300, 240, rect, PIXEL_ROTATE_0),
		   (struct rect){ 30, 60, 9, 12 });
}

static void turned_damage_is_turned(void)
{
	struct rect rect = { 10, 20, 3, 4 };

	check_rect(damage_of(100, 80, 80, 100, rect, PIXEL_ROTATE_90),
		   (struct rect){ 80 - 20 - 4, 10, 4, 3 });
	check_rect(damage_of(100, 80, 100, 80, rect, PIXEL_ROTATE_180),
		   (struct rect){ 100 - 13, 80 - 24, 3, 4 });
	check_rect(damage_of(100, 80, 80, 100, rect, PIXEL_ROTATE_270),
		   (struct rect){ 20, 100 - 13, 4, 3 });
}

/* Which window pixels read source pixel `x` through a bilinear filter? None may be outside. */
static void check_reach(uint32_t picture, uint32_t shown, uint32_t x)
{
	struct placement p = { .width = shown, .height = shown };
	struct pixel_image image;

	pixel_image_init(&image, PIXEL_BGRA, picture, picture);
	struct rect got = placement_damage(&p, &image, (struct rect){ x, x, 1, 1 });
	for (uint32_t d = 0; d < shown; d++) {
		double at = (d + 0.5) * picture / shown;
		bool reads = at > x - 0.5 && at < x + 1.5;
		if (reads && (d < got.x || d >= got.x + got.width))
			test_fail("%u -> %u: pixel %u shows in %u, outside %u+%u", picture, shown,
				  x, d, got.x, got.width);
	}
	CHECK(got.x + got.width <= shown);
}

static void scaled_damage_covers_the_filter(void)
{
	for (uint32_t shown = 5; shown < 200; shown += 7)
		for (uint32_t x = 0; x < 61; x++)
			check_reach(61, shown, x);
}

/* Each corner of the picture is that corner of the guest's screen, wherever it was turned to. */
static void corners_are_corners(void)
{
	static const uint32_t percents[] = { 100, 125, 150, 200 };
	static const uint8_t corners[4][4] = { /* as shown, by rows: bit 0 right, bit 1 below */
					       { 0, 1, 2, 3 },
					       { 2, 0, 3, 1 },
					       { 3, 2, 1, 0 },
					       { 1, 3, 0, 2 }
	};

	for (size_t i = 0; i < ARRAY_LEN(percents) * 16; i++) {
		uint32_t percent = percents[i / 16], turn = i / 4 % 4, corner = i % 4;
		uint32_t w = (turn % 2 ? 1080 : 1920) * percent / 100;
		uint32_t h = (turn % 2 ? 1920 : 1080) * percent / 100;
		const struct projection p = { { -7, 13, w, h, 0 }, turn, 1920, 1080 };
		uint32_t want = corners[turn][corner];
		struct point got = projection_to_screen(&p, -7 + (corner & 1 ? w - 0.01 : 0),
							13 + (corner & 2 ? h - 0.01 : 0));
		CHECK_EQ(got.x, want & 1 ? 1919 : 0);
		CHECK_EQ(got.y, want & 2 ? 1079 : 0);
		got = projection_to_screen(&p, corner & 1 ? 99999 : -99999,
					   corner & 2 ? 99999 : -99999);
		CHECK_EQ(got.x, want & 1 ? 1919 : 0);
		CHECK_EQ(got.y, want & 2 ? 1079 : 0);
	}
}

static const struct test_case cases[] = {
	TEST(pictures_fit_into_windows),
	TEST(modes_have_names),
	TEST(placements_stay_inside_windows),
	TEST(whole_factors_map_exactly),
	TEST(turned_damage_is_turned),
	TEST(scaled_damage_covers_the_filter),
	TEST(corners_are_corners),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
