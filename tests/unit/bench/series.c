/* Percentiles are values that were measured, by nearest rank. */
#include "bench/series.h"

#include "test.h"

static void percentiles_are_nearest_ranks(void)
{
	struct series series = { 0 };

	CHECK_EQ(series_at(&series, 50), 0);
	for (int i = 0; i < 1000; i++) /* 1 .. 1000 in another order */
		series_add(&series, i * 7 % 1000 + 1);
	CHECK_EQ(series.count, 1000);
	CHECK_EQ(series_at(&series, 0), 1);
	CHECK_EQ(series_at(&series, 50), 500);
	CHECK_EQ(series_at(&series, 95), 950);
	CHECK_EQ(series_at(&series, 99), 990);
	CHECK_EQ(series_at(&series, 100), 1000);
	series_finish(&series);
	series_add(&series, 42);
	CHECK_EQ(series_at(&series, 50), 42);
	CHECK_EQ(series_at(&series, 99), 42);
	series_finish(&series);
}

static const struct test_case cases[] = { TEST(percentiles_are_nearest_ranks) };

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
