/* Damage between any two pictures. */
#include "lib/history.h"
#include "test.h"

static struct history history, copy;
static struct region out;

static void begin(void)
{
	memset(&history, 0, sizeof(history));
	history_add(&history, NULL, 100, 50);
}

static void add(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	struct region one = { 0 };
	region_add(&one, (struct rect){ x, y, width, height });
	history_add(&history, &one, 100, 50);
}

static bool covers(uint32_t x, uint32_t y)
{
	for (uint32_t i = 0; i < out.count; i++)
		if (x - out.rects[i].x < out.rects[i].width &&
		    y - out.rects[i].y < out.rects[i].height)
			return true;
	return false;
}

static void serials_start_at_one(void)
{
	memset(&history, 0, sizeof(history));
	CHECK_EQ(history_add(&history, NULL, 10, 10), 1);
	CHECK_EQ(history_add(&history, NULL, 10, 10), 2);
}

static void skipped_pictures_are_united_exactly(void)
{
	begin();
	add(0, 0, 10, 10);
	add(40, 20, 5, 5);
	add(90, 40, 10, 10);
	history_since(&history, 1, &out);
	CHECK_EQ(region_area(&out), 100 + 25 + 100);
	CHECK(covers(9, 9) && covers(44, 24) && covers(99, 49) && !covers(50, 25));
	history_since(&history, 3, &out);
	CHECK_EQ(region_area(&out), 100);
	CHECK(!covers(9, 9) && covers(99, 49));
}

static void nothing_changed_since_itself(void)
{
	begin();
	history_since(&history, 1, &out);
	CHECK_EQ(out.count, 0);
}

static void unknown_is_everything(void)
{
	begin();
	for (int i = 0; i < HISTORY_LENGTH + 5; i++)
		add(1, 1, 1, 1);
	history_since(&history, 0, &out);
	CHECK(region_is_full(&out, 100, 50));
	history_since(&history, 2, &out);
	CHECK(region_is_full(&out, 100, 50));
	history_since(&history, history.newest + 1, &out);
	CHECK(region_is_full(&out, 100, 50));
	history_since(&history, history.newest - HISTORY_LENGTH, &out);
	CHECK_EQ(region_area(&out), 1);
}

static void a_new_size_is_everything(void)
{
	struct region one = { 1, { { 0, 0, 1, 1 } } };
	begin();
	history_add(&history, &one, 200, 50);
	history_since(&history, 1, &out);
	CHECK(region_is_full(&out, 200, 50));
	CHECK_EQ(out.count, 1);
}

static void a_smaller_size_cuts_older_damage(void)
{
	begin();
	add(90, 40, 10, 10);
	history_add(&history, NULL, 60, 30);
	history_since(&history, 1, &out);
	CHECK_EQ(out.count, 1);
	CHECK_EQ(out.rects[0].width, 60);
	CHECK_EQ(out.rects[0].height, 30);
}

static void a_copy_answers_alike(void)
{
	begin();
	add(3, 4, 5, 6);
	history_copy(&copy, &history);
	add(50, 0, 5, 5);
	history_since(&copy, 1, &out);
	CHECK_EQ(out.count, 1);
	CHECK_EQ(region_area(&out), 30);
}

static void a_spoilt_picture_changed_all_over(void)
{
	begin();
	add(3, 4, 5, 6);
	history_spoil(&history);
	history_since(&history, 1, &out);
	CHECK(region_is_full(&out, 100, 50));
}

static const struct test_case cases[] = {
	TEST(serials_start_at_one),         TEST(skipped_pictures_are_united_exactly),
	TEST(nothing_changed_since_itself), TEST(unknown_is_everything),
	TEST(a_new_size_is_everything),     TEST(a_smaller_size_cuts_older_damage),
	TEST(a_copy_answers_alike),         TEST(a_spoilt_picture_changed_all_over),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
