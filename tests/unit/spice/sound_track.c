/* The guest's sound on its way, in a time that is only counted: a machine that makes packets, a
 * sound server that pulls, and clocks that differ. */
#include <math.h>
#include <pthread.h>

#include "base/clock.h"
#include "spice/sound_track.h"
#include "test.h"

#define RATE    48000u
#define PACKET  480u
#define QUANTUM 128u
#define PI      3.14159265358979

static struct {
	struct sound_track track;
	double now;                /* seconds */
	double packet_at, pull_at; /* the next ones */
	double server_ppm;
	uint32_t made, phase_frames;
	double owed; /* fraction of a frame that the resampler keeps */
	uint32_t latency, quantum;
	uint32_t random;
	/* Found in what was pulled, while it was watched. */
	bool watched;
	int16_t before[2];
	int32_t bend; /* the largest second difference: a click is one */
	double fill_sum;
	uint32_t fills;
} sim;

static uint32_t dice(uint32_t sides)
{
	sim.random = sim.random * 1664525u + 1013904223u;
	return (sim.random >> 8) % sides;
}

static void begin(double ppm)
{
	sound_track_finish(&sim.track);
	memset(&sim, 0, sizeof(sim));
	CHECK_EQ(sound_track_init(&sim.track, &(struct sound_format){ RATE, 1 }), 0);
	sim.server_ppm = ppm;
	sim.latency = SOUND_AUTO;
	sim.quantum = QUANTUM;
	sim.pull_at = 0.0021;
}

/* 440 Hz. */
static void push_packet(double when)
{
	int16_t samples[PACKET];

	for (uint32_t i = 0; i < PACKET; i++)
		samples[i] = (int16_t)(10000 * sin(2 * PI * 440 * sim.made++ / RATE));
	sound_track_push(&sim.track, samples, PACKET, (uint64_t)((when + 1) * 1e9), sim.latency);
}

static void watch(const int16_t *out, uint32_t frames)
{
	for (uint32_t i = 0; i < frames; i++) {
		int32_t bend = abs(out[i] - 2 * sim.before[1] + sim.before[0]);

		if (sim.watched && bend > sim.bend)
			sim.bend = bend;
		sim.before[0] = sim.before[1];
		sim.before[1] = out[i];
	}
}

static void pull(void)
{
	int16_t out[8192];
	double wanted = sim.owed + sim.quantum * sim.track.pace.rate;
	uint32_t frames = (uint32_t)wanted;

	sim.owed = wanted - frames;
	sim.fill_sum += sound_ring_fill(&sim.track.ring);
	sim.fills++;
	sound_track_pull(&sim.track, out, frames, (uint64_t)((sim.pull_at + 1) * 1e9));
	watch(out, frames);
}

/* The machine makes a packet each 10 ms of its clock; each takes up to `jitter` s to come, in
 * order. */
static void run_for(double seconds, double jitter)
{
	double end = sim.now + seconds,
	       packet = PACKET / (double)RATE / (1 + sim.server_ppm * 1e-6);
	double delay = jitter * dice(1000) / 1000, last = 0;

	while (sim.now < end) {
		double comes = fmax(fmax(sim.packet_at + delay, last), sim.now);

		if (comes <= sim.pull_at) {
			push_packet(sim.now = last = comes);
			sim.packet_at += packet;
			delay = jitter * dice(1000) / 1000;
		} else {
			sim.now = sim.pull_at;
			pull();
			sim.pull_at += sim.quantum / (double)RATE;
		}
	}
}

/* Nothing comes, and then all of it at once. */
static void stall_for(double seconds)
{
	for (double end = sim.now + seconds; sim.pull_at < end;
	     sim.pull_at += sim.quantum / (double)RATE)
		pull();
	sim.now += seconds;
}

static double mean_ms(void)
{
	double mean = sim.fill_sum / sim.fills * 1000 / RATE;

	sim.fill_sum = 0;
	sim.fills = 0;
	return mean;
}

static double target_ms(void)
{
	return sim.track.target * 1000.0 / RATE;
}

#define CHECK_NEAR(got, want, by)                                                                  \
	do {                                                                                       \
		double got_ = (got), want_ = (want);                                               \
		if (fabs(got_ - want_) > (by))                                                     \
			test_fail("%s is %g, wanted %g", #got, got_, want_);                       \
	} while (0)

/* In ms. */
static double waited(unsigned percentile)
{
	struct sound_figures figures;

	sound_track_figures(&sim.track, &figures);
	return figures.wait_us[percentile] / 1e3;
}

/* ---- cases ---- */

static void it_keeps_little_ready(void)
{
	begin(0);
	run_for(5, 0);
	mean_ms();
	run_for(60, 0);
	CHECK_EQ(sim.track.starved, 0);
	CHECK_EQ(sim.track.overrun, 0);
	double mean = mean_ms();
	printf("# %.1f ms found by a pull, %.1f ms in the mean\n", mean,
	       mean - 500.0 * QUANTUM / RATE);
	CHECK(mean - 500.0 * QUANTUM / RATE <= 15);
	CHECK_NEAR(mean, target_ms(), 0.5);
	/* A packet's first sample waits for all that was there before it came. */
	CHECK_NEAR(waited(0), mean - 500.0 * PACKET / RATE, 0.5);
}

static void clocks_may_differ(void)
{
	static const double ppms[] = { 200, -200, 1000, -1000 };

	for (size_t i = 0; i < ARRAY_LEN(ppms); i++) {
		begin(ppms[i]);
		run_for(60, 0);
		CHECK_EQ(sim.track.starved, 0);
		CHECK_NEAR((sim.track.pace.rate - 1) * 1e6, ppms[i], 150);
		mean_ms();
		run_for(60, 0);
		CHECK_NEAR(mean_ms(), target_ms(), 0.5);
		CHECK_EQ(sim.track.starved, 0);
		CHECK_EQ(sim.track.splices, 0);
	}
}

/* 15 ms are added, so what is 5 ms late comes 10 ms before it is due. */
static void what_comes_10_ms_before_it_is_due_makes_no_gap(void)
{
	for (int ppm = -200; ppm <= 200; ppm += 100) {
		begin(ppm);
		run_for(5, 0.005);
		waited(0);
		run_for(300, 0.005);
		double p50 = waited(0);
		if (!ppm)
			printf("# p50 %.1f ms\n", p50);
		CHECK(p50 > 5 && p50 <= 15);
		CHECK_EQ(sim.track.starved, 0);
		CHECK_EQ(sim.track.splices, 0);
	}
}

/* By turns for a while, in steps, as a saw, and one in many. */
static double script(unsigned kind, unsigned i)
{
	switch (kind) {
	case 0:
		return i / 700 % 2 ? 0.005 : 0;
	case 1:
		return i % 2 ? 0.005 : 0;
	case 2:
		return i % 50 / 10000.0;
	case 3:
		return (50 - i % 50) / 10000.0;
	default:
		return i % 1000 == 999 ? 0.005 : 0;
	}
}

static void nor_does_it_by_any_script(void)
{
	for (unsigned kind = 0; kind < 5; kind++) {
		begin(100);
		double made = 0;

		for (unsigned i = 0; i < 12000; i++, made += 0.01) {
			double comes = made + script(kind, i);
			for (; sim.pull_at < comes; sim.pull_at += sim.quantum / (double)RATE)
				pull();
			push_packet(comes);
			if (i == 500)
				waited(0);
		}
		double p50 = waited(0);
		printf("# %u: p50 %.1f ms\n", kind, p50);
		CHECK_EQ(sim.track.starved, 0);
		CHECK(p50 > 5 && p50 <= 15);
	}
}

/* Up to 60 ms late: gaps teach it what that is worth, and then there are few. */
static void it_learns_from_gaps(void)
{
	begin(100);
	run_for(60, 0.060);
	uint32_t gaps = sim.track.starved;
	run_for(300, 0.060);
	printf("# %u gaps, then %u; %.1f ms\n", gaps, sim.track.starved - gaps, target_ms());
	CHECK(gaps > 0 && gaps <= 40);
	CHECK(sim.track.starved - gaps <= 3);
	CHECK(target_ms() < 80);
	CHECK(sim.track.depth.missed <= 1); /* so much moves the mean, too */
}

/* QEMU's timer: each packet 10.2 ms after the one before, and two at once when one more is due. */
static void qemus_own_beat_makes_no_gap(void)
{
	double at = 0;

	begin(0);
	for (unsigned i = 0; sim.now < 120; i++) {
		at += 0.0102;
		for (; sim.pull_at < at; sim.pull_at += sim.quantum / (double)RATE)
			pull();
		sim.now = at;
		push_packet(at);
		if (i % 51 == 50)
			push_packet(at);
		if (i == 1000)
			mean_ms();
	}
	double mean = mean_ms() - 500.0 * QUANTUM / RATE;
	printf("# %.1f ms in the mean, %.1f ms wanted\n", mean, target_ms());
	CHECK_EQ(sim.track.starved, 0);
	CHECK(mean <= 15);
}

static void a_wanted_latency_holds_10_ms(void)
{
	begin(-200);
	sim.latency = 25;
	run_for(300, 0.010);
	CHECK_EQ(sim.track.starved, 0);
	CHECK_EQ(sim.track.target, 25 * RATE / 1000);
}

static void large_pulls_are_kept_ready_for(void)
{
	begin(200);
	sim.quantum = 1024;
	run_for(120, 0.004);
	CHECK(sim.track.starved <= 1); /* before it knew of them */
	CHECK(target_ms() > 1024 * 1000.0 / RATE);
}

static void a_burst_after_a_stall_does_not_stay(void)
{
	begin(100);
	run_for(30, 0.002);
	sim.watched = true;
	stall_for(0.150);
	CHECK_EQ(sim.track.starved, 1);
	run_for(2, 0.002);
	mean_ms();
	run_for(10, 0.002);
	CHECK_NEAR(mean_ms(), target_ms(), 3.5);
	CHECK_EQ(sim.track.starved, 1);
	CHECK_EQ(sim.track.depth.late, 1);
	CHECK_EQ(sim.track.depth.missed, 0);
	/* The tone itself bends by 33; where it stands still and dies away, by all its slope. */
	CHECK(sim.bend < 700);
}

/* More comes than is used up, without a gap before. */
static void what_piles_up_is_passed_over(void)
{
	begin(0);
	run_for(10, 0);
	sim.watched = true;
	for (unsigned i = 0; i < 20; i++)
		push_packet(sim.now);
	run_for(1, 0);
	mean_ms();
	run_for(5, 0);
	CHECK_NEAR(mean_ms(), target_ms(), 1);
	CHECK_EQ(sim.track.splices, 1);
	CHECK_EQ(sim.track.starved, 0);
	CHECK(sim.bend < 250);
}

/* Much comes at once, then nothing for a while: what is cut is what is still too much by then. */
static void what_is_used_up_anyway_is_not_missed(void)
{
	for (unsigned phase = 0; phase < 12; phase++) {
		begin(0);
		run_for(10 + phase * 0.022, 0);
		for (unsigned i = 0; i < 40; i++)
			push_packet(sim.now);
		sim.packet_at += 0.1;
		run_for(5, 0);
		CHECK_EQ(sim.track.starved, 0);
	}
}

static void a_little_too_much_is_played_away(void)
{
	begin(0);
	run_for(10, 0);
	push_packet(sim.now);
	push_packet(sim.now);
	run_for(20, 0);
	mean_ms();
	run_for(5, 0);
	CHECK_NEAR(mean_ms(), target_ms(), 1.5);
	CHECK_EQ(sim.track.splices, 0);
	CHECK_EQ(sim.track.starved, 0);
}

/* As when the sound server was gone. */
static void what_nobody_heard_is_not_played(void)
{
	begin(0);
	run_for(5, 0);
	for (unsigned i = 0; i < 200; i++)
		push_packet(sim.now);
	CHECK(sim.track.overrun > 0);
	CHECK_EQ(sound_ring_fill(&sim.track.ring), sim.track.ring.frames);
	sim.track.playing = false;
	run_for(20, 0);
	mean_ms();
	run_for(5, 0);
	CHECK_NEAR(mean_ms(), target_ms(), 1.5);
}

static void nonsense_is_no_format(void)
{
	static const struct sound_format formats[] = {
		{ 0, 2 }, { 48000, 0 }, { 48000, 9 }, { UINT32_MAX, 2 }, { 7999, 1 }
	};
	struct sound_track track;

	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		CHECK_EQ(sound_track_init(&track, &formats[i]), -22);
}

static void a_gap_whose_samples_were_there_is_ours(void)
{
	begin(0);
	run_for(5, 0);
	sim.track.starved++; /* as if */
	run_for(1, 0);
	CHECK_EQ(sim.track.depth.missed, 1);
	CHECK_EQ(sim.track.depth.late, 0);
}

/* As when a machine stops and begins anew while what it had is still being played. */
static void a_beginning_with_little_promises_little(void)
{
	begin(0);
	run_for(5, 0);
	sound_track_rest(&sim.track);
	for (unsigned i = 0; i < 2; i++, sim.pull_at += sim.quantum / (double)RATE)
		pull();
	push_packet(sim.now = sim.pull_at);
	stall_for(0.021);
	sim.packet_at = sim.now;
	run_for(1, 0);
	CHECK_EQ(sim.track.starved, 1);
	CHECK_EQ(sim.track.depth.late, 1);
	CHECK_EQ(sim.track.depth.missed, 0);
}

static const struct test_case cases[] = {
	TEST(it_keeps_little_ready),
	TEST(clocks_may_differ),
	TEST(what_comes_10_ms_before_it_is_due_makes_no_gap),
	TEST(nor_does_it_by_any_script),
	TEST(it_learns_from_gaps),
	TEST(qemus_own_beat_makes_no_gap),
	TEST(a_wanted_latency_holds_10_ms),
	TEST(large_pulls_are_kept_ready_for),
	TEST(a_burst_after_a_stall_does_not_stay),
	TEST(what_piles_up_is_passed_over),
	TEST(what_is_used_up_anyway_is_not_missed),
	TEST(a_little_too_much_is_played_away),
	TEST(what_nobody_heard_is_not_played),
	TEST(nonsense_is_no_format),
	TEST(a_beginning_with_little_promises_little),
	TEST(a_gap_whose_samples_were_there_is_ours),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));

	sound_track_finish(&sim.track);
	return status;
}
