/* The pacer against a clock of its own: how late frames are seen, and what that costs. */
#include "lib/pacer.h"
#include "base/clock.h"
#include "test.h"

#define NAP_COST_NS 5000 /* what a nap costs on an ordinary machine */
#define POSTS_MAX   20000

struct run {
	uint64_t now, end;
	unsigned looks;
	unsigned seen;
	uint64_t late[POSTS_MAX];
};

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (random_state >> 33) % limit;
}

/* Time passes; posts happen at times[0 .. count); each look sees what was posted before it. */
static void simulate(struct run *run, struct pacer *pacer, const uint64_t *times, unsigned count)
{
	unsigned next = 0;
	while (run->now < run->end) {
		run->now = pacer_next(pacer, run->now);
		run->looks++;
		bool fresh = false;
		for (; next < count && times[next] <= run->now; next++) {
			run->late[run->seen++] = run->now - times[next];
			fresh = true;
		}
		if (fresh)
			pacer_frame(pacer, run->now);
	}
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static uint64_t percentile(struct run *run, unsigned percent)
{
	qsort(run->late, run->seen, sizeof(run->late[0]), by_value);
	return run->late[(run->seen - 1) * percent / 100];
}

/* Hundredths of a percent of a core. */
static uint64_t cost(const struct run *run, uint64_t duration)
{
	return run->looks * NAP_COST_NS * 10000ull / duration;
}

static struct run run;
static uint64_t times[POSTS_MAX];

/* Posts with gaps from `from` to `to` for ten seconds, seen by a pacer that starts with them. */
static void posts_between(uint64_t from, uint64_t to)
{
	struct pacer pacer;
	unsigned count = 0;
	uint64_t t = NS_PER_S;
	memset(&run, 0, sizeof(run));
	run.now = t;
	run.end = t + 10 * NS_PER_S;
	random_state = 1;
	while (t < run.end && count < POSTS_MAX)
		times[count++] = t += from + (to > from ? random_below(to - from) : 0);
	pacer_reset(&pacer, run.now);
	simulate(&run, &pacer, times, count);
	printf("# gaps %.2f-%.2f ms: late p50 %.0f us, p99 %.0f us, %u looks/s, cost %.2f %%\n",
	       (double)from / 1e6, (double)to / 1e6, (double)percentile(&run, 50) / 1e3,
	       (double)percentile(&run, 99) / 1e3, run.looks / 10,
	       (double)cost(&run, 10 * NS_PER_S) / 100);
}

static void a_steady_60_hz_is_met(void)
{
	posts_between(16666667, 16666667);
	CHECK(percentile(&run, 50) <= 60 * NS_PER_US);
	CHECK(percentile(&run, 99) <= 400 * NS_PER_US);
	CHECK(cost(&run, 10 * NS_PER_S) <= 200);
}

static void other_rates_are_met(void)
{
	static const uint64_t rates[] = { 24, 30, 75, 120, 144, 240, 500, 1000 };
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		posts_between(NS_PER_S / rates[i], NS_PER_S / rates[i]);
		CHECK(percentile(&run, 50) <= 60 * NS_PER_US);
		CHECK(cost(&run, 10 * NS_PER_S) <= (rates[i] <= 240 ? 200 : 1000));
	}
}

static void jitter_is_forgiven(void)
{
	posts_between(16466667, 16866667);
	CHECK(percentile(&run, 50) <= 60 * NS_PER_US);
	CHECK(cost(&run, 10 * NS_PER_S) <= 200);
}

static void skipped_frames_keep_the_rhythm(void)
{
	struct pacer pacer;
	unsigned count = 0;
	memset(&run, 0, sizeof(run));
	run.now = NS_PER_S;
	run.end = 11 * NS_PER_S;
	random_state = 1;
	for (uint64_t t = run.now; t < run.end; t += 16666667)
		if (random_below(10) < 7)
			times[count++] = t;
	pacer_reset(&pacer, run.now);
	simulate(&run, &pacer, times, count);
	CHECK(percentile(&run, 50) <= 60 * NS_PER_US);
	CHECK(cost(&run, 10 * NS_PER_S) <= 200);
}

static void irregular_changes_are_seen_soon(void)
{
	posts_between(16 * NS_PER_MS, 50 * NS_PER_MS);
	CHECK(percentile(&run, 50) <= 200 * NS_PER_US);
	CHECK(percentile(&run, 99) <= NS_PER_MS);
	CHECK(cost(&run, 10 * NS_PER_S) <= 200);
}

/* How late it is seen after so many in rhythm. */
static uint64_t out_of_rhythm_after(unsigned count)
{
	struct pacer pacer;
	memset(&run, 0, sizeof(run));
	run.now = NS_PER_S;
	for (unsigned i = 0; i < count; i++)
		times[i] = run.now + i * 16666667ull;
	times[count] = times[count - 1] + 7 * NS_PER_MS + 1;
	run.end = times[count] + NS_PER_S / 10;
	pacer_reset(&pacer, run.now);
	simulate(&run, &pacer, times, count + 1);
	CHECK_EQ(run.seen, count + 1);
	return run.late[count];
}

static void a_frame_out_of_rhythm_is_seen_soon(void)
{
	CHECK(out_of_rhythm_after(12) <= NS_PER_MS);
	CHECK(out_of_rhythm_after(100) <= 4 * NS_PER_MS);
}

static void a_long_rhythm_needs_few_looks(void)
{
	posts_between(16666667, 16666667);
	CHECK(run.looks < 10 * run.seen);
}

static void a_still_picture_is_cheap(void)
{
	struct pacer pacer;
	memset(&run, 0, sizeof(run));
	run.now = NS_PER_S;
	pacer_reset(&pacer, run.now);
	run.end = run.now + 2 * NS_PER_S;
	simulate(&run, &pacer, times, 0);
	run.looks = 0;
	run.end += 10 * NS_PER_S;
	simulate(&run, &pacer, times, 0);
	printf("# still: %u looks/s, cost %.2f %%\n", run.looks / 10,
	       (double)cost(&run, 10 * NS_PER_S) / 100);
	CHECK(cost(&run, 10 * NS_PER_S) <= 60);
}

static void a_moving_pointer_is_looked_at_often(void)
{
	struct pacer pacer;
	uint64_t now = 100 * NS_PER_S;
	pacer_reset(&pacer, NS_PER_S);
	CHECK_EQ(pacer_next(&pacer, now) - now, 4 * NS_PER_MS);
	pacer_motion(&pacer, now);
	CHECK_EQ(pacer_next(&pacer, now) - now, NS_PER_MS);
	now += 300 * NS_PER_MS;
	CHECK_EQ(pacer_next(&pacer, now) - now, 4 * NS_PER_MS);
}

static void the_next_look_is_always_later(void)
{
	struct pacer pacer;
	uint64_t now = NS_PER_S;
	random_state = 7;
	pacer_reset(&pacer, now);
	for (int i = 0; i < 100000; i++) {
		uint64_t next = pacer_next(&pacer, now);
		CHECK(next > now && next <= now + 4 * NS_PER_MS);
		now += random_below(random_below(20) ? 20 * NS_PER_MS : 3 * NS_PER_S);
		if (random_below(3))
			pacer_frame(&pacer, now);
	}
}

static void a_long_pause_ends_the_rhythm(void)
{
	struct pacer pacer;
	pacer_reset(&pacer, NS_PER_S);
	for (uint64_t i = 1; i < 10; i++)
		pacer_frame(&pacer, NS_PER_S + i * 10 * NS_PER_MS);
	CHECK_EQ(pacer.period_ns, 10 * NS_PER_MS);
	pacer_frame(&pacer, 10 * NS_PER_S);
	CHECK_EQ(pacer.period_ns, 0);
}

static const struct test_case cases[] = {
	TEST(a_steady_60_hz_is_met),
	TEST(other_rates_are_met),
	TEST(jitter_is_forgiven),
	TEST(skipped_frames_keep_the_rhythm),
	TEST(irregular_changes_are_seen_soon),
	TEST(a_frame_out_of_rhythm_is_seen_soon),
	TEST(a_long_rhythm_needs_few_looks),
	TEST(a_still_picture_is_cheap),
	TEST(a_moving_pointer_is_looked_at_often),
	TEST(the_next_look_is_always_later),
	TEST(a_long_pause_ends_the_rhythm),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
