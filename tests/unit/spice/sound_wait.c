/* How long packets wait: noted where they come, told where they leave. */
#include "spice/sound_wait.h"

#include "base/clock.h"
#include "test.h"

#define RATE 48000u
#define MS   NS_PER_MS

static struct sound_wait noted;
static uint32_t us[3];

static void begin(void)
{
	memset(&noted, 0, sizeof(noted));
}

/* A histogram knows no more. */
static void check_us(uint32_t got, uint32_t want)
{
	CHECK(got + SOUND_WAIT_US > want && got < want + SOUND_WAIT_US);
}

static void nothing_has_no_figures(void)
{
	begin();
	sound_wait_figures(&noted, us);
	CHECK_EQ(us[0] + us[1] + us[2], 0);
}

/* Its first sample is the 48th of those that leave: 1 ms later than they begin to. */
static void a_packet_waits_until_its_first_sample_leaves(void)
{
	begin();
	sound_wait_come(&noted, 1000, 50 * MS);
	sound_wait_leave(&noted, 1000 - 256 - 48, 256, RATE, 55 * MS);
	sound_wait_figures(&noted, us);
	CHECK_EQ(us[0], 0);
	sound_wait_leave(&noted, 1000 - 48, 256, RATE, 60 * MS);
	sound_wait_figures(&noted, us);
	check_us(us[0], 11000);
	check_us(us[2], 11000);
}

static void figures_are_of_what_came_since(void)
{
	begin();
	sound_wait_come(&noted, 0, 10 * MS);
	sound_wait_leave(&noted, 0, 480, RATE, 30 * MS);
	sound_wait_figures(&noted, us);
	check_us(us[0], 20000);
	sound_wait_come(&noted, 480, 20 * MS);
	sound_wait_leave(&noted, 480, 480, RATE, 25 * MS);
	sound_wait_figures(&noted, us);
	check_us(us[2], 5000);
	sound_wait_figures(&noted, us);
	CHECK_EQ(us[2], 0);
}

static void percentiles_are_told_apart(void)
{
	begin();
	for (uint32_t i = 0; i < 100; i++) {
		sound_wait_come(&noted, i * 480, i * 10 * MS);
		sound_wait_leave(&noted, i * 480, 480, RATE, (i * 10 + i) * MS);
	}
	sound_wait_figures(&noted, us);
	check_us(us[0], 49000);
	check_us(us[1], 94000);
	check_us(us[2], 98000);
}

static void what_is_passed_over_never_left(void)
{
	begin();
	sound_wait_come(&noted, 0, 10 * MS);
	sound_wait_come(&noted, 480, 20 * MS);
	sound_wait_leave(&noted, 480, 480, RATE, 27 * MS);
	sound_wait_figures(&noted, us);
	check_us(us[0], 7000);
	check_us(us[2], 7000);
}

/* As from a server that sends each sample by itself, while nobody listens. */
static void too_many_are_not_measured(void)
{
	begin();
	for (uint32_t i = 0; i < 1000; i++)
		sound_wait_come(&noted, i, (i + 1) * MS);
	sound_wait_leave(&noted, 0, 1000, RATE, 0);
	CHECK_EQ(noted.waits[0], SOUND_NOTES);
	sound_wait_figures(&noted, us);
	sound_wait_come(&noted, 1000, 2000 * MS);
	sound_wait_leave(&noted, 1000, 1, RATE, 2001 * MS);
	sound_wait_figures(&noted, us);
	check_us(us[2], 1000);
	/* What is longer than all, is that long. */
	sound_wait_come(&noted, 1001, 0);
	sound_wait_leave(&noted, 1001, 1, RATE, UINT64_MAX / 2);
	sound_wait_figures(&noted, us);
	check_us(us[2], (SOUND_WAITS - 1) * SOUND_WAIT_US);
}

static const struct test_case cases[] = {
	TEST(nothing_has_no_figures),         TEST(a_packet_waits_until_its_first_sample_leaves),
	TEST(figures_are_of_what_came_since), TEST(percentiles_are_told_apart),
	TEST(what_is_passed_over_never_left), TEST(too_many_are_not_measured),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
