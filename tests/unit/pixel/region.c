/* Regions may grow, but never lose a pixel: judged against a grid of booleans. */
#include "pixel/region.h"

#include "test.h"

#define SIDE 48

static uint32_t random_state;

static uint32_t roll(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static struct rect random_rect(uint32_t largest)
{
	return (struct rect){ roll(SIDE), roll(SIDE), roll(largest + 1), roll(largest + 1) };
}

static void paint(bool grid[SIDE][SIDE], struct rect rect)
{
	for (uint64_t y = rect.y; y < SIDE && y < (uint64_t)rect.y + rect.height; y++)
		for (uint64_t x = rect.x; x < SIDE && x < (uint64_t)rect.x + rect.width; x++)
			grid[y][x] = true;
}

static void paint_region(bool grid[SIDE][SIDE], const struct region *region)
{
	for (uint32_t i = 0; i < region->count; i++)
		paint(grid, region->rects[i]);
}

static bool equal(bool a[SIDE][SIDE], bool b[SIDE][SIDE])
{
	return memcmp(a, b, SIDE * SIDE * sizeof(bool)) == 0;
}

static bool contains(bool outer[SIDE][SIDE], bool inner[SIDE][SIDE])
{
	for (int i = 0; i < SIDE * SIDE; i++)
		if (inner[i / SIDE][i % SIDE] && !outer[i / SIDE][i % SIDE])
			return false;
	return true;
}

static void few_rects_are_exact(void)
{
	for (uint32_t seed = 1; seed < 400; seed++) {
		struct region region = { 0 };
		bool want[SIDE][SIDE] = { 0 }, got[SIDE][SIDE] = { 0 };
		random_state = seed;
		for (int i = 0; i < 40; i++) {
			struct rect rect = random_rect(12);
			region_add(&region, rect);
			paint(want, rect);
		}
		paint_region(got, &region);
		if (!equal(got, want))
			test_fail("seed %u: the region differs from its rectangles", seed);
	}
}

static void many_rects_lose_no_pixel(void)
{
	for (uint32_t seed = 1; seed < 400; seed++) {
		struct region region = { 0 };
		bool want[SIDE][SIDE] = { 0 }, got[SIDE][SIDE] = { 0 };
		random_state = seed;
		for (int i = 0; i < 300; i++) {
			struct rect rect = random_rect(1 + seed % 3);
			region_add(&region, rect);
			paint(want, rect);
			CHECK(region.count <= REGION_MAX);
		}
		paint_region(got, &region);
		if (!contains(got, want))
			test_fail("seed %u: a pixel is lost", seed);
	}
}

static void no_rect_is_empty_or_covered(void)
{
	struct region region = { 0 };

	random_state = 7;
	for (int i = 0; i < 200; i++)
		region_add(&region, random_rect(3));
	for (uint32_t i = 0; i < region.count; i++) {
		CHECK(!rect_empty(region.rects[i]));
		for (uint32_t j = 0; j < region.count; j++) {
			struct rect both = rect_intersect(region.rects[i], region.rects[j]);
			CHECK(i == j || memcmp(&both, &region.rects[i], sizeof(both)) != 0);
		}
	}
}

static void neighbours_join(void)
{
	struct region region = { 0 };

	for (uint32_t y = 0; y < 1080; y++)
		region_add(&region, (struct rect){ 0, (y * 7) % 1080, 1920, 1 });
	CHECK_EQ(region.count, 1);
	CHECK(region_is_full(&region, 1920, 1080));
	CHECK_EQ(region_area(&region), 1920 * 1080);
}

static void empty_rects_change_nothing(void)
{
	struct region region = { 0 };

	region_add(&region, (struct rect){ 5, 5, 0, 9 });
	region_add(&region, (struct rect){ 5, 5, 9, 0 });
	CHECK(region_empty(&region));
	CHECK_EQ(region_bounds(&region).width, 0);
	region_set_full(&region, 0, 10);
	CHECK(region_empty(&region));
}

static void unite_is_both(void)
{
	for (uint32_t seed = 1; seed < 200; seed++) {
		struct region a = { 0 }, b = { 0 };
		bool want[SIDE][SIDE] = { 0 }, got[SIDE][SIDE] = { 0 };
		random_state = seed;
		for (int i = 0; i < 60; i++)
			region_add(i % 2 ? &a : &b, random_rect(4));
		paint_region(want, &a);
		paint_region(want, &b);
		region_unite(&a, &b);
		paint_region(got, &a);
		CHECK(contains(got, want));
	}
}

static void clip_cuts_exactly(void)
{
	for (uint32_t seed = 1; seed < 200; seed++) {
		struct region region = { 0 };
		bool want[SIDE][SIDE] = { 0 }, got[SIDE][SIDE] = { 0 };
		random_state = seed;
		for (int i = 0; i < 50; i++)
			region_add(&region, random_rect(30));
		uint32_t width = roll(SIDE + 1), height = roll(SIDE + 1);
		paint_region(want, &region);
		for (int i = 0; i < SIDE * SIDE; i++)
			if ((uint32_t)i % SIDE >= width || (uint32_t)i / SIDE >= height)
				want[i / SIDE][i % SIDE] = false;
		region_clip(&region, width, height);
		paint_region(got, &region);
		CHECK(equal(got, want));
		struct rect bounds = region_bounds(&region);
		CHECK(bounds.x + bounds.width <= width && bounds.y + bounds.height <= height);
	}
}

static void clip_survives_overflow(void)
{
	struct region region = { .count = 4,
				 .rects = { { 10, 20, UINT32_MAX, UINT32_MAX },
					    { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX },
					    { 99, 49, UINT32_MAX, 1 },
					    { 100, 0, 1, 1 } } };

	region_clip(&region, 100, 50);
	CHECK_EQ(region.count, 2);
	CHECK_EQ(region.rects[0].x, 10);
	CHECK_EQ(region.rects[0].width, 90);
	CHECK_EQ(region.rects[0].height, 30);
	CHECK_EQ(region.rects[1].width, 1);
	CHECK_EQ(region.rects[1].height, 1);
}

static void add_survives_overflow(void)
{
	struct region region = { 0 };

	for (uint32_t i = 0; i < 200; i++)
		region_add(&region, (struct rect){ UINT32_MAX - 3 * i, i * 77, UINT32_MAX, 9 + i });
	region_add(&region, (struct rect){ 3, 4, 5, 6 });
	region_clip(&region, 100, 100);
	bool found = false;
	for (uint32_t i = 0; i < region.count; i++)
		found |= region.rects[i].x <= 3 && region.rects[i].x + region.rects[i].width >= 8;
	CHECK(found);
}

static void bounds_hold_all(void)
{
	struct region region = { 0 };

	region_add(&region, (struct rect){ 10, 20, 5, 5 });
	region_add(&region, (struct rect){ 100, 3, 7, 2 });
	struct rect bounds = region_bounds(&region);
	CHECK_EQ(bounds.x, 10);
	CHECK_EQ(bounds.y, 3);
	CHECK_EQ(bounds.width, 97);
	CHECK_EQ(bounds.height, 22);
	CHECK(!region_is_full(&region, 20, 20));
}

static const struct test_case cases[] = {
	TEST(few_rects_are_exact),         TEST(many_rects_lose_no_pixel),
	TEST(no_rect_is_empty_or_covered), TEST(neighbours_join),
	TEST(empty_rects_change_nothing),  TEST(unite_is_both),
	TEST(clip_cuts_exactly),           TEST(clip_survives_overflow),
	TEST(add_survives_overflow),       TEST(bounds_hold_all),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
