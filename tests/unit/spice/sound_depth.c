/* How much is kept ready, by packets whose lateness is scripted. */
#include "spice/sound_depth.h"

#include <math.h>

#include "base/clock.h"
#include "test.h"

#define RATE    48000u
#define PACKET  480u
#define QUANTUM 128u
#define BEGIN   (10 * NS_PER_S)

static struct {
	struct sound_depth depth;
	uint64_t packets; /* made so far: one each 10 ms */
	uint32_t starved, target;
} sim;

static void begin(void)
{
	memset(&sim, 0, sizeof(sim));
	sound_depth_init(&sim.depth, RATE);
}

static void come_with(double late_ms, uint32_t fill)
{
	struct sound_arrival arrival = {
		.now_ns = BEGIN + sim.packets++ * 10 * NS_PER_MS + (uint64_t)(late_ms * NS_PER_MS),
		.frames = PACKET,
		.fill = fill,
		.quantum = QUANTUM,
		.starved = sim.starved,
		.limit = RATE,
	};

	sim.target = sound_depth_arrive(&sim.depth, &arrival, SOUND_AUTO);
}

static void come(double late_ms)
{
	come_with(late_ms, QUANTUM);
}

static void come_evenly(double seconds)
{
	for (unsigned i = 0; i < seconds * 100; i++)
		come(0);
}

static void gap(double late_ms)
{
	sim.starved++;
	come_with(late_ms, 0);
}

/* What it means for a packet that is as late as most are. */
static double added_ms(void)
{
	return (sim.target - PACKET / 2) * 1e3 / RATE;
}

static double spread_ms(void)
{
	return sound_depth_spread(&sim.depth, QUANTUM) * 1e3;
}

#define CHECK_NEAR(got, want, by)                                                                  \
	do {                                                                                       \
		double got_ = (got), want_ = (want);                                               \
		if (!(fabs(got_ - want_) <= (by)))                                                 \
			test_fail("%s is %g, wanted %g", #got, got_, want_);                       \
	} while (0)

/* ---- what is late ---- */

static void it_begins_as_for_any_timer(void)
{
	begin();
	come(0);
	CHECK_NEAR(spread_ms(), 5, 0.1);
	CHECK_NEAR(added_ms(), 5 + 2 + 2.67, 0.1);
}

static void even_packets_need_little(void)
{
	begin();
	come_evenly(60);
	CHECK_NEAR(spread_ms(), 5, 0.01);
	CHECK_NEAR(added_ms(), 5 + 2 + 2.67, 0.1);
}

static void one_late_packet_makes_it_deeper_at_once(void)
{
	begin();
	come_evenly(60);
	uint32_t before = sim.target;
	come(8);
	CHECK_NEAR((sim.target - before) * 1e3 / RATE, 3, 0.1);
	/* And time makes it as shallow again, but not much time. */
	come_evenly(3);
	CHECK(spread_ms() > 5.5);
	come_evenly(7);
	CHECK_NEAR(spread_ms(), 5, 0.1);
}

/* What the pace cannot have made ready is not promised. */
static void a_promise_grows_as_the_pace_does(void)
{
	begin();
	come_evenly(60);
	uint32_t before = sim.depth.promised;
	come(8);
	CHECK_EQ(sim.depth.promised, before + 2);
	come_evenly(0.3);
	CHECK_EQ(sim.depth.promised, before + 62);
}

static void nobody_waits_for_what_is_very_late(void)
{
	begin();
	for (unsigned i = 0; i < 6000; i++) {
		come(i % 50 ? 0 : 30);
		CHECK(added_ms() <= 14.01);
	}
	CHECK_NEAR(added_ms(), 14, 1);
	/* It is over as soon as it would be for less. */
	come_evenly(10);
	CHECK_NEAR(spread_ms(), 5, 0.1);
}

/* ---- gaps ---- */

static void one_gap_is_an_accident(void)
{
	begin();
	come_evenly(30);
	gap(30);
	CHECK_EQ(sim.depth.late, 1);
	CHECK_EQ(sim.depth.reserve_ms, 0);
	come_evenly(30);
	gap(30);
	CHECK_EQ(sim.depth.reserve_ms, 0);
}

static void two_of_one_cause_are_one(void)
{
	begin();
	come_evenly(30);
	gap(30);
	come_evenly(0.2);
	gap(30);
	CHECK_EQ(sim.depth.late, 2);
	CHECK_EQ(sim.depth.reserve_ms, 0);
}

static void a_habit_is_waited_for(void)
{
	begin();
	come_evenly(30);
	gap(16);
	come_evenly(5);
	uint32_t before = sim.target;
	gap(16);
	CHECK(sim.depth.reserve_ms >= 1 && sim.depth.reserve_ms <= 10);
	CHECK(sim.target > before);
	CHECK_EQ(sim.depth.late, 2);
	/* Such a packet makes no gap from now on: it would be ours. */
	come_evenly(0.6);
	gap(16);
	CHECK_EQ(sim.depth.late, 2);
	CHECK_EQ(sim.depth.missed, 1);
}

/* It would take 60 ms of latency for all time, for one gap in eight seconds. */
static void rare_long_stalls_are_not(void)
{
	begin();
	for (unsigned i = 0; i < 20; i++) {
		come_evenly(8);
		gap(60);
		CHECK_EQ(sim.depth.reserve_ms, 0);
	}
	CHECK_EQ(sim.depth.late, 20);
}

static void calm_is_rewarded(void)
{
	begin();
	come_evenly(30);
	gap(18);
	come_evenly(2);
	gap(18);
	CHECK(sim.depth.reserve_ms > 0);
	come_evenly(30);
	CHECK_EQ(sim.depth.reserve_ms, 0);
}

/* The more often it was too early. */
static void but_later_and_later(void)
{
	begin();
	come_evenly(30);
	for (unsigned i = 0; i < 8; i++, come_evenly(2))
		gap(18 + 10 * i);
	uint32_t reserve = sim.depth.reserve_ms;
	CHECK(reserve > 30);
	come_evenly(60);
	CHECK(sim.depth.reserve_ms >= reserve - 10 && sim.depth.reserve_ms < reserve);
}

/* ---- rests ---- */

static void what_it_knows_survives_a_rest(void)
{
	begin();
	come_evenly(60);
	uint32_t before = sim.target;
	sound_depth_rest(&sim.depth);
	sim.starved++; /* it ran dry */
	sim.packets += 12345;
	come(3);
	CHECK_EQ(sim.target, before);
	CHECK_EQ(sim.depth.late + sim.depth.missed, 0);
}

static void what_is_wanted_by_hand_holds(void)
{
	struct sound_arrival arrival = { BEGIN, PACKET, 0, QUANTUM, 0, RATE };

	begin();
	CHECK_EQ(sound_depth_arrive(&sim.depth, &arrival, 25), 25 * RATE / 1000);
	CHECK_EQ(sound_depth_arrive(&sim.depth, &arrival, 0), QUANTUM);
	arrival.limit = 100;
	CHECK_EQ(sound_depth_arrive(&sim.depth, &arrival, 25), 100);
}

static const struct test_case cases[] = {
	TEST(it_begins_as_for_any_timer),
	TEST(even_packets_need_little),
	TEST(one_late_packet_makes_it_deeper_at_once),
	TEST(a_promise_grows_as_the_pace_does),
	TEST(nobody_waits_for_what_is_very_late),
	TEST(one_gap_is_an_accident),
	TEST(two_of_one_cause_are_one),
	TEST(a_habit_is_waited_for),
	TEST(rare_long_stalls_are_not),
	TEST(calm_is_rewarded),
	TEST(but_later_and_later),
	TEST(what_it_knows_survives_a_rest),
	TEST(what_is_wanted_by_hand_holds),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
