/* How much is kept ready, by packets whose lateness is scripted. */
#include "spice/sound_depth.h"

#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "test.h"

#define RATE    48000u
#define PACKET  480u
#define QUANTUM 128u
#define BEGIN   (10 * NS_PER_S)

static struct {
	struct sound_depth depth;
	uint64_t packets; /* made so far: one each 10 ms */
	uint64_t now_ns;  /* they come in order */
	uint32_t starved, target;
} sim;

static void begin(void)
{
	memset(&sim, 0, sizeof(sim));
	sound_depth_init(&sim.depth, RATE);
}

static void come_with(double late_ms, uint32_t fill)
{
	uint64_t made_ns = BEGIN + sim.packets++ * 10 * NS_PER_MS;

	sim.now_ns = max_u64(sim.now_ns, made_ns + (uint64_t)(late_ms * NS_PER_MS));
	struct sound_arrival arrival = {
		.now_ns = sim.now_ns,
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
	for (unsigned i = 0; i < 5; i++) {
		come_evenly(i ? 25 : 60);
		come(30);
		CHECK_NEAR(added_ms(), 14, 0.3);
	}
	/* It is over as soon as it would be for less. */
	come_evenly(10);
	CHECK_NEAR(spread_ms(), 5, 0.1);
}

/* ---- gaps ---- */

static double reserve_ms(void)
{
	return sim.depth.reserve_s * 1e3;
}

static void a_gap_is_the_machines_or_ours(void)
{
	begin();
	come_evenly(30);
	gap(30);
	CHECK_EQ(sim.depth.late, 1);
	CHECK_EQ(sim.depth.missed, 0);
	come_evenly(10);
	gap(4);
	CHECK_EQ(sim.depth.late, 1);
	CHECK_EQ(sim.depth.missed, 1);
}

static void one_stall_is_an_accident(void)
{
	begin();
	come_evenly(30);
	gap(20);
	CHECK_EQ(reserve_ms(), 0);
}

/* And what is waited for makes no more gaps: the next would be ours. */
static void many_are_waited_for(void)
{
	begin();
	come_evenly(30);
	for (unsigned i = 0; i < 4; i++, come_evenly(5)) {
		CHECK_EQ(reserve_ms(), 0);
		gap(20);
	}
	CHECK_NEAR(reserve_ms(), 20 - 9.3, 1);
	CHECK_NEAR(added_ms(), 14 + reserve_ms(), 0.3);
	CHECK_EQ(sim.depth.missed, 0);
	gap(19);
	CHECK_EQ(sim.depth.missed, 1);
}

static void but_not_for_ever(void)
{
	begin();
	come_evenly(30);
	for (unsigned i = 0; i < 10; i++, come_evenly(2))
		gap(20);
	come_evenly(31);
	CHECK_EQ(reserve_ms(), 0);
	CHECK_NEAR(added_ms(), 5 + 2 + 2.67, 0.1);
}

/* What came with one that was very late was late, too, and says nothing of the others. */
static void a_stall_is_no_measure_of_most(void)
{
	begin();
	come_evenly(30);
	double before = sim.depth.mean;
	for (unsigned late = 150; late > 10; late -= 10)
		come(late);
	CHECK((sim.depth.mean - before) * 1e3 < 2.5);
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
	TEST(a_gap_is_the_machines_or_ours),
	TEST(one_stall_is_an_accident),
	TEST(many_are_waited_for),
	TEST(but_not_for_ever),
	TEST(a_stall_is_no_measure_of_most),
	TEST(what_it_knows_survives_a_rest),
	TEST(what_is_wanted_by_hand_holds),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
