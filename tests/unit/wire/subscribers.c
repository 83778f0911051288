/* Places at a queue: taken, lost, reaped, left. */
#include "fixture.h"

#define FRAME_BYTES (1280 * 200)
#define REGION      (16 * MIB)

static struct wire_frame frame;
static struct wire_hold hold;

static uint32_t on(struct fixture *f)
{
	return fixture_peek(f, AT_FRAME_QUEUE + Q_ON);
}

static uint32_t bad(struct fixture *f)
{
	return fixture_peek(f, AT_FRAME_QUEUE + Q_BAD);
}

static void unsubscribing_frees_the_place(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	CHECK_EQ(on(&f), 1);
	CHECK(fixture_peek(&f, AT_FRAME_QUEUE + Q_CLIENTS) != 0);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME), 0); /* already */
	CHECK_EQ(on(&f), 1);
	wire_consumer_unsubscribe(f.consumer, WIRE_QUEUE_FRAME);
	CHECK_EQ(on(&f), 0);
	CHECK_EQ(fixture_peek(&f, AT_FRAME_QUEUE + Q_CLIENTS), 0);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), WIRE_E_TIMEOUT);
	fixture_finish(&f);
}

static void a_late_subscriber_is_dropped_and_comes_back(void)
{
	struct fixture f;
	struct wire_audience audience;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
	fixture_ticks(&f, 990);
	CHECK_EQ(bad(&f), 0);
	CHECK(wire_hold_valid(f.consumer, &hold));
	fixture_ticks(&f, 30);
	CHECK_EQ(bad(&f), 1);
	CHECK_EQ(on(&f), 1);
	CHECK_EQ(fixture_peek(&f, fixture_peek(&f, AT_FRAME_QUEUE + Q_RING) + 12), 0);
	CHECK(!wire_hold_valid(f.consumer, &hold));
	CHECK(wire_producer_ready(f.producer));
	CHECK_EQ(fixture_tick(&f, &audience), 0);
	CHECK_EQ(audience.frame, 0); /* who is dropped is nobody's reason to capture */

	struct wire_hold late = hold;
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), WIRE_E_TIMEOUT);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(on(&f), 3);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
	wire_consumer_release(f.consumer, &late); /* void: must not free anything */
	CHECK(!wire_producer_ready(f.producer));
	wire_consumer_release(f.consumer, &hold);
	CHECK(wire_producer_ready(f.producer));
	fixture_finish(&f);
}

static void the_dead_make_room_after_another_second(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	struct wire_consumer *second = fixture_consumer(&f);
	fixture_publish(&f, 1, NULL); /* the first never answers */
	fixture_ticks(&f, 1020);
	CHECK_EQ(bad(&f), 1);
	fixture_join(&f, second);
	CHECK_EQ(on(&f), 3); /* its term is not over */
	wire_consumer_unsubscribe(second, WIRE_QUEUE_FRAME);
	fixture_ticks(&f, 1020);
	CHECK_EQ(wire_consumer_check(second, f.now, NULL), WIRE_LIVE);
	CHECK_EQ(wire_consumer_subscribe(second, WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(on(&f), 1);
	CHECK_EQ(bad(&f), 0);
	/* the first finds its place taken by somebody else */
	CHECK_EQ(wire_consumer_check(f.consumer, f.now, NULL), WIRE_LIVE);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), WIRE_E_TIMEOUT);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(on(&f), 3);
	wire_consumer_destroy(second);
	fixture_finish(&f);
}

static void the_thirty_third_is_refused(void)
{
	struct fixture f;
	struct wire_consumer *crowd[33];
	fixture_memory(&f, REGION);
	fixture_produce(&f, FRAME_BYTES);
	for (size_t i = 0; i < ARRAY_LEN(crowd); i++) {
		crowd[i] = fixture_consumer(&f);
		wire_consumer_check(crowd[i], f.now, NULL);
	}
	CHECK_EQ(fixture_tick(&f, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(crowd); i++) {
		CHECK_EQ(wire_consumer_check(crowd[i], f.now, NULL), WIRE_LIVE);
		CHECK_EQ(wire_consumer_subscribe(crowd[i], WIRE_QUEUE_FRAME),
			 i < 32 ? 0 : WIRE_E_FULL);
	}
	CHECK_EQ(on(&f), 0xffffffff);
	CHECK(fixture_publish(&f, 3, NULL));
	for (size_t i = 0; i < 32; i++) {
		CHECK(!wire_producer_ready(f.producer));
		CHECK_EQ(wire_consumer_frame(crowd[i], &frame, &hold), 0);
		wire_consumer_release(crowd[i], &hold);
	}
	CHECK(wire_producer_ready(f.producer));
	wire_consumer_unsubscribe(crowd[17], WIRE_QUEUE_FRAME);
	CHECK_EQ(wire_consumer_subscribe(crowd[32], WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(on(&f), 0xffffffff);
	for (size_t i = 0; i < ARRAY_LEN(crowd); i++)
		wire_consumer_destroy(crowd[i]);
	CHECK_EQ(on(&f), 0);
	fixture_finish(&f);
}

static void a_suspended_guest_blames_nobody(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
	f.now += 60 * NS_PER_S; /* both were asleep */
	CHECK_EQ(fixture_tick(&f, NULL), 0);
	CHECK_EQ(bad(&f), 0);
	fixture_ticks(&f, 700);
	CHECK_EQ(bad(&f), 0);
	wire_consumer_release(f.consumer, &hold);
	CHECK(wire_producer_ready(f.producer));
	fixture_finish(&f);
}

/* A guest so busy that each pulse is late still gets rid of the dead. */
static void a_slow_guest_reaps_all_the_same(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	for (int i = 0; i < 6; i++) {
		f.now += 400 * NS_PER_MS;
		CHECK_EQ(wire_producer_pulse(f.producer, f.now, NULL), 0);
	}
	CHECK_EQ(bad(&f), 1);
	CHECK(wire_producer_ready(f.producer));
	fixture_finish(&f);
}

static void leftovers_of_a_predecessor_do_not_count_against_us(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL); /* undelivered, with our bit set */
	wire_consumer_unsubscribe(f.consumer, WIRE_QUEUE_FRAME);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(on(&f), 1); /* the same bit */
	fixture_ticks(&f, 2000);
	CHECK_EQ(bad(&f), 0);
	CHECK(wire_producer_ready(f.producer));
	fixture_finish(&f);
}

static void a_spoilt_deadline_does_not_last_for_ever(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	fixture_poke(&f, AT_FRAME_QUEUE + 436, 0x7fffffff);
	fixture_ticks(&f, 1040);
	CHECK_EQ(bad(&f), 1);
	fixture_finish(&f);
}

static void two_holds_and_no_third(void)
{
	struct fixture f;
	struct wire_hold holds[2];
	fixture_pair(&f, REGION, FRAME_BYTES);
	struct wire_consumer *second = fixture_consumer(&f);
	fixture_publish(&f, 1, NULL);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &holds[0]), 0);
	fixture_join(&f, second); /* a newcomer is why a second message can exist */
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &holds[1]), 0);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), WIRE_E_BUSY);
	wire_consumer_release(f.consumer, &holds[1]); /* out of order */
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), WIRE_E_EMPTY);
	wire_consumer_release(f.consumer, &holds[0]);
	CHECK_EQ(wire_consumer_frame(second, &frame, &hold), 0);
	wire_consumer_release(second, &hold);
	CHECK_EQ(fixture_tick(&f, NULL), 0);
	CHECK(wire_producer_ready(f.producer));
	wire_consumer_destroy(second);
	fixture_finish(&f);
}

static void a_missing_queue_is_retried(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	wire_consumer_unsubscribe(f.consumer, WIRE_QUEUE_POINTER);
	fixture_poke(&f, AT_QUEUE_COUNT, 1);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_POINTER), WIRE_E_EMPTY);
	fixture_poke(&f, AT_QUEUE_COUNT, 0xffffffff); /* only five are there to be looked at */
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_POINTER), 0);
	fixture_finish(&f);
}

static void impossible_rings_are_refused(void)
{
	static const struct {
		uint32_t word, value;
	} table[] = {
		{ Q_LENGTH, 0 },      { Q_LENGTH, 1 },     { Q_LENGTH, 0xffffffff },
		{ Q_RING, 16 * MIB }, { Q_RING, 5961 },    { Q_RING, 0xfffffff0 },
		{ Q_POSITION, 3 },    { Q_POSITION, ~0u }, { Q_LENGTH, 0x10000001 },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct fixture f;
		fixture_pair(&f, REGION, FRAME_BYTES);
		wire_consumer_unsubscribe(f.consumer, WIRE_QUEUE_FRAME);
		fixture_poke(&f, AT_FRAME_QUEUE + table[i].word, table[i].value);
		CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME), WIRE_E_LOST);
		CHECK_EQ(wire_consumer_check(f.consumer, f.now, NULL), WIRE_STALE);
		fixture_finish(&f);
	}
}

static void bad_frames_are_given_back(void)
{
	static const struct {
		uint32_t at, value;
	} table[] = {
		{ 8, 0 },           { 8, 7 },           { 20, 319 },        { 24, 0 },
		{ 24, 0xffffffff }, { 28, 0 },          { 28, 0x10000 },    { 36, 4 },
		{ 44, 1279 },       { 44, 0xffffffff }, { 48, 0xfffffffc }, { 48, 4091 },
		{ 48, 16 * MIB },   { 48, 0 },          { 52, 65 },         { 52, 0xffffffff },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct fixture f;
		fixture_pair(&f, REGION, FRAME_BYTES);
		CHECK(fixture_publish(&f, 1, NULL));
		uint32_t ring = fixture_peek(&f, AT_FRAME_QUEUE + Q_RING);
		uint32_t payload = fixture_peek(&f, ring + 8);
		fixture_poke(&f, payload + table[i].at, table[i].value);
		int ret = wire_consumer_frame(f.consumer, &frame, &hold);
		if (ret != WIRE_E_BAD)
			test_fail("row %zu: %d", i, ret);
		CHECK(wire_producer_ready(f.producer));
		CHECK(fixture_publish(&f, 2, NULL));
		CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
		fixture_finish(&f);
	}
}

static void bad_descriptors_are_given_back(void)
{
	static const uint32_t offsets[] = { 0xffffffff, 16 * MIB - 4, 16 * MIB, 5, 0xfffffffc };
	for (size_t i = 0; i < ARRAY_LEN(offsets); i++) {
		struct fixture f;
		fixture_pair(&f, REGION, FRAME_BYTES);
		CHECK(fixture_publish(&f, 1, NULL));
		uint32_t ring = fixture_peek(&f, AT_FRAME_QUEUE + Q_RING);
		fixture_poke(&f, ring + 8, offsets[i]);
		CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), WIRE_E_BAD);
		CHECK(wire_producer_ready(f.producer));
		fixture_finish(&f);
	}
}

static const struct test_case cases[] = {
	TEST(unsubscribing_frees_the_place),
	TEST(a_late_subscriber_is_dropped_and_comes_back),
	TEST(the_dead_make_room_after_another_second),
	TEST(the_thirty_third_is_refused),
	TEST(a_suspended_guest_blames_nobody),
	TEST(a_slow_guest_reaps_all_the_same),
	TEST(leftovers_of_a_predecessor_do_not_count_against_us),
	TEST(a_spoilt_deadline_does_not_last_for_ever),
	TEST(two_holds_and_no_third),
	TEST(a_missing_queue_is_retried),
	TEST(impossible_rings_are_refused),
	TEST(bad_frames_are_given_back),
	TEST(bad_descriptors_are_given_back),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
