/* What stalls are worth: those that came in half a minute, and their price. */
#include "spice/sound_stalls.h"

#include "base/clock.h"
#include "test.h"

static struct sound_stalls stalls;
static uint64_t now_ns;

static void begin(void)
{
	memset(&stalls, 0, sizeof(stalls));
	now_ns = 5 * NS_PER_S;
}

static void stall(double after_s, double ms)
{
	now_ns += (uint64_t)(after_s * NS_PER_S);
	sound_stalls_note(&stalls, now_ns, ms);
}

static double reserve(void)
{
	return sound_stalls_reserve(&stalls, now_ns);
}

static void none_are_worth_nothing(void)
{
	begin();
	CHECK(reserve() == 0);
}

static void each_is_worth_3_ms(void)
{
	begin();
	stall(1, 3.5);
	CHECK(reserve() == 0);
	stall(1, 3.5);
	CHECK(reserve() == 3.5);
	begin();
	stall(1, 2.5);
	CHECK(reserve() == 2.5);
}

/* What is paid for a long one pays for the short ones, too. */
static void the_best_price_wins(void)
{
	begin();
	for (unsigned i = 0; i < 4; i++)
		stall(1, 5);
	stall(1, 40);
	CHECK(reserve() == 5);
	for (unsigned i = 0; i < 13; i++)
		stall(1, 40);
	CHECK(reserve() == 40);
}

static void those_of_one_cause_are_one(void)
{
	begin();
	for (unsigned i = 0; i < 20; i++)
		stall(0.02, i == 7 ? 9 : 4);
	CHECK(reserve() == 0);
	CHECK_EQ(stalls.count, 1);
	CHECK(stalls.all[0].ms == 9);
}

static void they_are_forgotten(void)
{
	begin();
	for (unsigned i = 0; i < 10; i++)
		stall(1, 10);
	CHECK(reserve() == 10);
	now_ns += 20 * NS_PER_S;
	CHECK(reserve() == 10);
	now_ns += 8 * NS_PER_S;
	CHECK(reserve() == 0);
}

static void nobody_waits_for_ever(void)
{
	begin();
	for (unsigned i = 0; i < 1000; i++)
		stall(0.6, 100);
	CHECK(reserve() == 0);
	for (unsigned i = 0; i < 1000; i++)
		stall(0.6, 55);
	CHECK(reserve() == 55);
}

static const struct test_case cases[] = {
	TEST(none_are_worth_nothing),     TEST(each_is_worth_3_ms), TEST(the_best_price_wins),
	TEST(those_of_one_cause_are_one), TEST(they_are_forgotten), TEST(nobody_waits_for_ever),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
