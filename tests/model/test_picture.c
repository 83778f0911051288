/* Nobody believes another frame's description, or shows pixels that are not all there. */
#include "tests/model/picture.h"
#include "tests/model/run.h"

static const char believed[] = "another frame's description was believed";
static const char shown[] = "an incomplete or foreign picture was shown";

static void check(enum picture_mutant mutant, const char *promise)
{
	struct picture_config config = { .publishes = run_long() ? 7 : 5, .mutant = mutant };
	struct machine_model model;
	picture_model(&model, &config);
	run_model(&model, promise);
}

static void whole_pictures_with_their_description(void)
{
	check(PICTURE_CORRECT, NULL);
}

static void finds_body_before_mark(void)
{
	check(PICTURE_MARK_LATE, believed);
}

static void finds_mark_kept(void)
{
	check(PICTURE_MARK_KEPT, believed);
}

static void finds_entry_read_once(void)
{
	check(PICTURE_READ_ONCE, believed);
}

static void finds_write_pointer_kept(void)
{
	check(PICTURE_FILL_KEPT, shown);
}

static void finds_write_pointer_emptied_late(void)
{
	check(PICTURE_FILL_LATE, shown);
}

static void finds_write_pointer_before_pixels(void)
{
	check(PICTURE_FILL_UNFENCED, shown);
}

static void finds_write_pointer_ignored(void)
{
	check(PICTURE_FILL_IGNORED, shown);
}

static const struct test_case cases[] = {
	TEST(whole_pictures_with_their_description),
	TEST(finds_body_before_mark),
	TEST(finds_mark_kept),
	TEST(finds_entry_read_once),
	TEST(finds_write_pointer_kept),
	TEST(finds_write_pointer_emptied_late),
	TEST(finds_write_pointer_before_pixels),
	TEST(finds_write_pointer_ignored),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
