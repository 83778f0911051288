#include "base/clock.h"
#include "base/err.h"
#include "base/mailbox.h"
#include "base/nearest.h"
#include "base/thread.h"
#include "test.h"

#include <errno.h>

static void ranges_do_not_overflow(void)
{
	CHECK(range_inside(0, 10, 10));
	CHECK(!range_inside(1, 10, 10));
	CHECK(!range_inside(UINT64_MAX, 2, 10));
	CHECK(!range_inside(2, UINT64_MAX, 10));
	CHECK(range_inside(10, 0, 10));
}

static void powers_of_two(void)
{
	CHECK_EQ(next_power_of_two(0), 1);
	CHECK_EQ(next_power_of_two(64), 64);
	CHECK_EQ(next_power_of_two(65), 128);
	CHECK(is_power_of_two(1) && !is_power_of_two(0) && !is_power_of_two(6));
	CHECK_EQ(align_up(0xffffffffull, 4096), 0x100000000ull);
}

static void errors_carry_words(void)
{
	struct err err;
	CHECK_EQ(err_set(&err, -EINVAL, "size %d", 3), -EINVAL);
	CHECK_STR(err.text, "size 3");
	CHECK_EQ(err_set_errno(&err, -ENOENT, "cannot open %s", "x"), -ENOENT);
	CHECK_STR(err.text, "cannot open x: No such file or directory");
	CHECK_EQ(err_set(NULL, -EIO, "nobody listens"), -EIO);
}

static const char *meant(const char *text)
{
	static const char *const names[] = { "cpu", "fit", "gpus", "integer", "rotation", "view" };
	struct nearest nearest = nearest_to(text);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		nearest_offer(&nearest, names[i]);
	return nearest.best ? nearest.best : "nothing";
}

static void slips_of_the_finger_are_understood(void)
{
	CHECK_STR(meant("ftt"), "fit");
	CHECK_STR(meant("veiw"), "view");
	CHECK_STR(meant("Integre"), "integer");
	CHECK_STR(meant("rotat"), "nothing");
	CHECK_STR(meant("rotatio"), "rotation");
	CHECK_STR(meant("xyz"), "nothing");
	CHECK_STR(meant("fxy"), "nothing");
	CHECK_STR(meant("gpu"), "gpus"); /* cpu is as near, but begins otherwise */
	CHECK_STR(meant(""), "nothing");
	CHECK_STR(meant("a word that is longer than any name that there could be"), "nothing");
}

static void long_errors_are_cut(void)
{
	struct err err;
	char text[2000];
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	err_set_errno(&err, -EIO, "%s", text);
	CHECK_EQ(strlen(err.text), sizeof(err.text) - 1);
}

static void newest_wins_in_a_mailbox(void)
{
	struct mailbox box = { NULL };
	int a, b;
	CHECK(mailbox_take(&box) == NULL);
	CHECK(mailbox_put(&box, &a) == NULL);
	CHECK(mailbox_put(&box, &b) == &a);
	CHECK(mailbox_take(&box) == &b);
	CHECK(mailbox_take(&box) == NULL);
}

static void *set_flag(void *data)
{
	*(bool *)data = true;
	return NULL;
}

static void threads_start_with_a_name(void)
{
	pthread_t thread;
	bool ran = false;
	CHECK_EQ(thread_start(&thread, "test", set_flag, &ran), 0);
	pthread_join(thread, NULL);
	CHECK(ran);
}

static void sleeping_reaches_its_deadline(void)
{
	uint32_t khz = clock_tsc_khz();
	CHECK(khz == 0 || (khz > 500000 && khz < 20000000));
	CHECK(llabs((int64_t)clock_tsc_khz() - khz) <= khz / 1000);
	uint64_t deadline = clock_ns() + 2 * NS_PER_MS;
	clock_sleep_until(deadline);
	CHECK(clock_ns() >= deadline);
}

static const struct test_case cases[] = {
	TEST(ranges_do_not_overflow),    TEST(powers_of_two),
	TEST(errors_carry_words),        TEST(slips_of_the_finger_are_understood),
	TEST(long_errors_are_cut),       TEST(newest_wins_in_a_mailbox),
	TEST(threads_start_with_a_name), TEST(sleeping_reaches_its_deadline),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
