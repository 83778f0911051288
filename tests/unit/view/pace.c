/* When the GPU's presenter draws, beside a display that is made up: refreshes every 16.6 ms, and
 * what is to be seen in one must be handed over some time before. */
#include "test.h"

#include "base/clock.h"
#include "base/mem.h"
#include "view/gpu/pace.h"

#define PERIOD (16666667ull)
#define START  (100 * NS_PER_S)

static uint64_t refresh_after(uint64_t now)
{
	return now + PERIOD - (now - START) % PERIOD;
}

static uint64_t noise(uint64_t below)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (state >> 33) % below;
}

static void known_beat(struct pace *pace, bool late)
{
	pace_init(pace, late);
	pace_shown(pace, START, PERIOD, START + NS_PER_MS);
}

/* ---- cases ---- */

static void at_once_without_feedback(void)
{
	struct pace pace;

	pace_init(&pace, true);
	CHECK_EQ(pace_plan(&pace, START), START);
	pace_draw(&pace, false, START);
	CHECK_EQ(pace_plan(&pace, START + 1), START + 1);
	pace_shown(&pace, START, 0, START + NS_PER_MS); /* of which rate, nobody says */
	CHECK_EQ(pace_plan(&pace, START + NS_PER_MS), START + NS_PER_MS);
}

static void at_once_after_a_pause(void)
{
	struct pace pace;

	known_beat(&pace, true);
	CHECK_EQ(pace_plan(&pace, START + NS_PER_S), START + NS_PER_S);
}

static void foreign_clocks_count_for_nothing(void)
{
	struct pace pace;

	pace_init(&pace, true);
	pace_shown(&pace, 7 * NS_PER_S, PERIOD, START);
	CHECK_EQ(pace.beat_ns, 0);
	pace_shown(&pace, START * 2, PERIOD, START);
	CHECK_EQ(pace.beat_ns, 0);
	pace_shown(&pace, START, 3, START); /* no display is that fast */
	CHECK_EQ(pace.period_ns, 0);
}

static void one_drawing_per_refresh(void)
{
	struct pace pace;

	for (int late = 0; late <= 1; late++) {
		known_beat(&pace, late);
		uint64_t now = START + 2 * NS_PER_MS;
		CHECK(pace_plan(&pace, now) <= now);
		pace_draw(&pace, false, now);
		CHECK_EQ(pace.aim_ns, START + PERIOD);
		uint64_t next = pace_plan(&pace, now);
		CHECK_EQ(next, START + PERIOD); /* at first, a whole period before */
		pace_draw(&pace, true, next + 1);
		CHECK_EQ(pace.aim_ns, START + 2 * PERIOD);
	}
}

/* Who comes late for a refresh is drawn at once: it may still be in time. */
static void never_later_than_at_once(void)
{
	struct pace pace;

	known_beat(&pace, true);
	pace.lead_ns = PERIOD / 2;
	uint64_t now = START + PERIOD * 3 / 4;
	CHECK(pace_plan(&pace, now) <= now);
	CHECK_EQ(pace_plan(&pace, START + PERIOD / 4), START + PERIOD - PERIOD / 2);
}

static void another_display_begins_anew(void)
{
	struct pace pace;

	known_beat(&pace, true);
	pace.lead_ns = PERIOD / 4;
	pace.settled = true;
	pace_shown(&pace, START + PERIOD / 2, PERIOD / 2, START + PERIOD / 2);
	CHECK_EQ(pace.lead_ns, PERIOD / 2);
	CHECK(!pace.settled);
}

/* ---- a guest of 240 Hz on a display of 60 ---- */

struct outcome {
	double age_ms;   /* of what is seen, when it is seen */
	unsigned missed; /* drawings that were a refresh late */
	unsigned drawn;
};

/* Frames come every 4.2 ms; drawing takes `cost`, and is in time until `latch` before a refresh. */
static struct outcome simulate(bool late, uint64_t cost, uint64_t latch, unsigned refreshes)
{
	struct outcome out = { 0 };
	struct pace pace;
	uint64_t now = START + NS_PER_MS, frame = 0;

	known_beat(&pace, late);
	for (unsigned i = 0; i < refreshes; i++) {
		uint64_t when = pace_plan(&pace, now);
		now = max_u64(when, now) + noise(NS_PER_MS); /* the main loop's clock */
		pace_draw(&pace, when > START, now);
		frame = now - now % (PERIOD / 4); /* the newest */
		uint64_t aim = pace.aim_ns, done = now + cost + noise(NS_PER_MS / 2);
		uint64_t seen = refresh_after(max_u64(done + latch, aim - PERIOD));
		if (i >= refreshes / 2) {
			out.age_ms += (double)(seen - frame) / 1e6;
			out.missed += seen > aim + PERIOD / 2;
			out.drawn++;
		}
		now = max_u64(seen, done);
		pace_shown(&pace, seen, PERIOD, now);
	}
	out.age_ms /= out.drawn;
	return out;
}

static void later_is_fresher(void)
{
	static const struct {
		uint64_t cost, latch;
	} displays[] = {
		{ NS_PER_MS / 2, 0 },
		{ NS_PER_MS / 2, 7 * NS_PER_MS },
		{ 5 * NS_PER_MS, 2 * NS_PER_MS },
	};

	for (size_t i = 0; i < ARRAY_LEN(displays); i++) {
		struct outcome late = simulate(true, displays[i].cost, displays[i].latch, 4000);
		struct outcome soon = simulate(false, displays[i].cost, displays[i].latch, 4000);
		double least = (double)(displays[i].cost + displays[i].latch) / 1e6;
		printf("# drawing %.1f ms, %.1f ms before: seen %.1f ms after it came, at once %.1f;"
		       " %u of %u too late\n",
		       (double)displays[i].cost / 1e6, (double)displays[i].latch / 1e6, late.age_ms,
		       soon.age_ms, late.missed, late.drawn);
		CHECK(late.age_ms < least + 6); /* 2 for frames, 4 for noise and steps */
		CHECK(late.age_ms < soon.age_ms);
		CHECK(late.missed * 100 < late.drawn);
	}
}

/* A display that promises refreshes and keeps none: no worse than one period ahead. */
static void wild_display(void)
{
	struct pace pace;
	uint64_t now = START + NS_PER_MS;

	known_beat(&pace, true);
	for (unsigned i = 0; i < 10000; i++) {
		uint64_t when = pace_plan(&pace, now);
		CHECK(when <= now + 2 * PERIOD);
		now = max_u64(when, now) + noise(NS_PER_MS);
		pace_draw(&pace, when > START, now);
		now += noise(3 * PERIOD);
		pace_shown(&pace, now, PERIOD, now);
		CHECK(pace.lead_ns >= NS_PER_MS && pace.lead_ns <= PERIOD);
	}
}

static const struct test_case cases[] = {
	TEST(at_once_without_feedback),
	TEST(at_once_after_a_pause),
	TEST(foreign_clocks_count_for_nothing),
	TEST(one_drawing_per_refresh),
	TEST(never_later_than_at_once),
	TEST(another_display_begins_anew),
	TEST(later_is_fresher),
	TEST(wild_display),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
