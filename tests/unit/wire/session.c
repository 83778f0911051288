/* Beginning, ending and spoiling of sessions, seen from both sides. */
#include <errno.h>

#include "fixture.h"
#include "wire/lgmp6.h"

#define FRAME_BYTES (1280 * 200)
#define REGION      (16 * MIB)

static enum wire_state check(struct fixture *f)
{
	return wire_consumer_check(f->consumer, f->now, NULL);
}

static void no_magic_is_absent(void)
{
	struct fixture f;
	const struct wire_session *session;
	fixture_memory(&f, REGION);
	f.consumer = fixture_consumer(&f);
	CHECK_EQ(wire_consumer_check(f.consumer, f.now, &session), WIRE_ABSENT);
	CHECK_EQ(session->state, WIRE_ABSENT);
	CHECK(session->why != NULL);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME), WIRE_E_LOST);
	fixture_finish(&f);
}

static void a_still_heartbeat_is_stale(void)
{
	struct fixture f;
	fixture_memory(&f, REGION);
	fixture_produce(&f, FRAME_BYTES);
	f.consumer = fixture_consumer(&f);
	for (int i = 0; i < 100; i++, f.now += 50 * NS_PER_MS)
		CHECK_EQ(check(&f), WIRE_STALE);
	CHECK_EQ(fixture_tick(&f, NULL), 0);
	CHECK_EQ(check(&f), WIRE_LIVE);
	fixture_finish(&f);
}

static void who_the_guest_is(void)
{
	struct fixture f;
	const struct wire_session *session;
	fixture_pair(&f, REGION, FRAME_BYTES);
	CHECK_EQ(wire_consumer_check(f.consumer, f.now, &session), WIRE_LIVE);
	CHECK_EQ(session->lgmp_version, 6);
	CHECK_EQ(session->kvmfr_version, 20);
	CHECK(session->why == NULL);
	const struct wire_guest *guest = &session->guest;
	CHECK_STR(guest->host_version, test_guest.host_version);
	CHECK_EQ(guest->features, test_guest.features);
	CHECK(guest->has_vm && guest->has_os);
	CHECK(memcmp(guest->uuid, test_guest.uuid, 16) == 0);
	CHECK_STR(guest->capture, test_guest.capture);
	CHECK_EQ(guest->cpus, 8);
	CHECK_EQ(guest->cores, 4);
	CHECK_EQ(guest->sockets, 1);
	CHECK_STR(guest->model, test_guest.model);
	CHECK_EQ(guest->os, WIRE_OS_LINUX);
	CHECK_STR(guest->os_name, test_guest.os_name);
	fixture_finish(&f);
}

static void other_versions_are_named(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_poke(&f, AT_VERSION, 7);
	CHECK_EQ(check(&f), WIRE_LGMP_VERSION);
	fixture_finish(&f);

	fixture_memory(&f, REGION);
	fixture_produce(&f, FRAME_BYTES);
	f.consumer = fixture_consumer(&f);
	fixture_poke(&f, AT_UDATA + 8, 19);
	CHECK_EQ(check(&f), WIRE_STALE);
	CHECK_EQ(fixture_tick(&f, NULL), 0);
	const struct wire_session *session;
	CHECK_EQ(wire_consumer_check(f.consumer, f.now, &session), WIRE_KVMFR_VERSION);
	CHECK_EQ(session->kvmfr_version, 19);
	fixture_poke(&f, AT_UDATA + 8, 20);
	CHECK_EQ(check(&f), WIRE_LIVE);
	fixture_finish(&f);
}

static void udata_that_leaves_the_region_is_refused(void)
{
	static const uint32_t sizes[] = { 0, 47, 0xffffffff, 0x7fffffff };
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct fixture f;
		fixture_memory(&f, REGION);
		fixture_produce(&f, FRAME_BYTES);
		f.consumer = fixture_consumer(&f);
		check(&f);
		fixture_poke(&f, AT_UDATA_SIZE, sizes[i]);
		CHECK_EQ(fixture_tick(&f, NULL), 0);
		CHECK_EQ(check(&f), WIRE_KVMFR_VERSION);
		fixture_finish(&f);
	}
}

static void one_second_without_a_beat_is_the_end(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	f.now += 990 * NS_PER_MS;
	CHECK_EQ(check(&f), WIRE_LIVE);
	f.now += 20 * NS_PER_MS;
	CHECK_EQ(check(&f), WIRE_STALE);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME), WIRE_E_LOST);
	fixture_finish(&f);
}

/* A guest that was paused goes on where it was; the place we had then must not block the queue. */
static void after_a_pause_no_ghost_is_left(void)
{
	struct fixture f;
	struct wire_audience audience;
	struct wire_frame frame;
	struct wire_hold old, hold;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &old), 0);
	f.now += 1100 * NS_PER_MS;
	CHECK_EQ(check(&f), WIRE_STALE);
	CHECK(!wire_hold_valid(f.consumer, &old));
	f.now += 5000 * NS_PER_MS;
	CHECK_EQ(fixture_tick(&f, NULL), 0);
	CHECK_EQ(check(&f), WIRE_LIVE);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(fixture_tick(&f, &audience), 0);
	CHECK_EQ(audience.frame, 1);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
	wire_consumer_release(f.consumer, &old); /* of the life before: nothing happens */
	CHECK(wire_hold_valid(f.consumer, &hold));
	CHECK(!wire_producer_ready(f.producer));
	wire_consumer_release(f.consumer, &hold);
	CHECK(wire_producer_ready(f.producer));
	fixture_finish(&f);
}

static void a_restart_is_a_new_session(void)
{
	struct fixture f;
	struct wire_frame frame;
	struct wire_hold hold;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
	uint32_t before = fixture_peek(&f, AT_SESSION), version = frame.format_version;
	CHECK_EQ(wire_producer_restart(f.producer, 0, NULL), 0);
	uint32_t after = fixture_peek(&f, AT_SESSION);
	CHECK(after != 0 && after != before);
	CHECK(!wire_hold_valid(f.consumer, &hold));
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), WIRE_E_LOST);
	CHECK_EQ(check(&f), WIRE_STALE);
	CHECK_EQ(fixture_tick(&f, NULL), 0);
	CHECK_EQ(check(&f), WIRE_LIVE);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME), 0);
	fixture_publish(&f, 2, NULL);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
	CHECK(frame.serial > 1); /* counters go on: nobody can mistake it for a repeat */
	CHECK(frame.format_version != version);
	fixture_finish(&f);
}

static void restart_cuts_slots_anew(void)
{
	struct fixture f;
	fixture_pair(&f, 32 * MIB, FRAME_BYTES);
	CHECK_EQ(wire_producer_slots(f.producer), 4);
	CHECK_EQ(wire_producer_restart(f.producer, 12 * MIB, NULL), 0);
	CHECK_EQ(wire_producer_slots(f.producer), 2);
	CHECK(wire_producer_slot_bytes(f.producer) >= 12 * MIB);
	fixture_finish(&f);
}

static void session_ids_never_repeat_what_lies_there(void)
{
	struct fixture f;
	fixture_memory(&f, REGION);
	fixture_produce(&f, FRAME_BYTES);
	for (int i = 0; i < 200; i++) {
		uint32_t before = fixture_peek(&f, AT_SESSION);
		CHECK_EQ(wire_producer_restart(f.producer, 0, NULL), 0);
		CHECK(fixture_peek(&f, AT_SESSION) != before);
		CHECK(fixture_peek(&f, AT_SESSION) != 0);
	}
	fixture_finish(&f);
}

static void destroying_takes_the_magic_away(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	wire_producer_destroy(f.producer);
	f.producer = NULL;
	CHECK_EQ(fixture_peek(&f, AT_MAGIC), 0);
	CHECK_EQ(check(&f), WIRE_ABSENT);
	fixture_finish(&f);
}

static void destroying_leaves_a_strangers_session_alone(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_poke(&f, AT_SESSION, fixture_peek(&f, AT_SESSION) + 1);
	wire_producer_destroy(f.producer);
	f.producer = NULL;
	CHECK_EQ(fixture_peek(&f, AT_MAGIC), LGMP6_MAGIC);
	fixture_finish(&f);
}

static void wiped_memory_is_noticed_by_both(void)
{
	struct fixture f;
	struct wire_slot slot;
	struct wire_frame frame;
	struct wire_hold hold;
	fixture_pair(&f, REGION, FRAME_BYTES);
	memset(f.memory, 0, f.size);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), WIRE_E_LOST);
	CHECK_EQ(check(&f), WIRE_ABSENT);
	CHECK_EQ(fixture_tick(&f, NULL), WIRE_E_LOST);
	/* sticks until the restart, whatever is in the memory */
	CHECK_EQ(wire_producer_acquire(f.producer, &slot), WIRE_E_LOST);
	CHECK_EQ(wire_producer_flush(f.producer), WIRE_E_LOST);
	CHECK_EQ(wire_producer_pointer_flush(f.producer), WIRE_E_LOST);
	CHECK(!wire_producer_ready(f.producer));
	CHECK_EQ(wire_producer_restart(f.producer, 0, NULL), 0);
	CHECK_EQ(check(&f), WIRE_STALE);
	fixture_join(&f, f.consumer);
	CHECK(fixture_publish(&f, 5, NULL));
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
	CHECK_EQ(f.memory[hold.offset], 5);
	fixture_finish(&f);
}

/* Each word that must not change, and each that can only have certain values. */
static void impossible_words_end_the_producers_session(void)
{
	static const struct {
		uint32_t at, value;
	} table[] = {
		{ AT_MAGIC, 1 },
		{ AT_VERSION, 5 },
		{ AT_FRAME_QUEUE + Q_ID, 9 },
		{ AT_FRAME_QUEUE + Q_LENGTH, 21 },
		{ AT_FRAME_QUEUE + Q_RING, 0 },
		{ AT_FRAME_QUEUE + Q_MAX_TIME, 5 },
		{ AT_FRAME_QUEUE + Q_COUNT, 3 },
		{ AT_FRAME_QUEUE + Q_COUNT, 0xffffffff },
		{ AT_FRAME_QUEUE + Q_START, 3 },
		{ AT_FRAME_QUEUE + Q_START, 0 },
		{ AT_FRAME_QUEUE + Q_MAIL_FREE, 11 },
		{ AT_POINTER_QUEUE + Q_ID, 2 },
		{ AT_POINTER_QUEUE + Q_COUNT, 21 },
		{ AT_POINTER_QUEUE + Q_MAIL_FREE, 0x80000000 },
		{ AT_FRAME_QUEUE + Q_LOCK, 1 },
		{ AT_POINTER_QUEUE + Q_LOCK, 2 },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct fixture f;
		struct cursor cursor = { .visible = true };
		struct wire_frame frame;
		struct wire_hold hold;
		fixture_pair(&f, REGION, FRAME_BYTES);
		/* one delivered, one pending, so that start and count mean something */
		fixture_publish(&f, 1, NULL);
		CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
		wire_consumer_release(f.consumer, &hold);
		fixture_publish(&f, 2, NULL);
		CHECK_EQ(wire_producer_pointer(f.producer, &cursor), 0);
		fixture_poke(&f, table[i].at, table[i].value);
		int ret = fixture_tick(&f, NULL);
		if (ret != WIRE_E_LOST)
			test_fail("row %zu: %d", i, ret);
		CHECK_EQ(wire_producer_restart(f.producer, 0, NULL), 0);
		CHECK_EQ(fixture_tick(&f, NULL), 0);
		fixture_finish(&f);
	}
}

static void a_stuck_lock_costs_twenty_milliseconds(void)
{
	struct fixture f;
	struct wire_frame frame = fixture_frame(320, 200);
	struct wire_slot slot;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_poke(&f, AT_FRAME_QUEUE + Q_LOCK, 1);
	uint64_t begin = clock_ns();
	CHECK_EQ(wire_producer_acquire(f.producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(f.producer, &slot, &frame, NULL), WIRE_E_LOST);
	uint64_t took = clock_ns() - begin;
	CHECK(took >= 20 * NS_PER_MS);
	CHECK(took < 2 * NS_PER_S);
	for (int tries = 0; took >= 20 * NS_PER_MS && tries < 10; tries++) {
		begin = clock_ns();
		CHECK_EQ(fixture_tick(&f, NULL), WIRE_E_LOST); /* known already: at once */
		took = clock_ns() - begin;
	}
	CHECK(took < 20 * NS_PER_MS);
	fixture_finish(&f);
}

/* Whoever wants to subscribe, or to write, needs it: a still picture is no excuse. */
static void a_lock_is_found_stuck_while_nothing_moves(void)
{
	static const uint32_t locks[] = {
		AT_FRAME_QUEUE + Q_LOCK,
		AT_POINTER_QUEUE + Q_LOCK,
		AT_FRAME_QUEUE + Q_MAIL_LOCK,
		AT_POINTER_QUEUE + Q_MAIL_LOCK,
	};
	for (size_t i = 0; i < ARRAY_LEN(locks); i++) {
		struct fixture f;
		fixture_memory(&f, REGION);
		fixture_produce(&f, FRAME_BYTES);
		CHECK_EQ(fixture_tick(&f, NULL), 0);
		fixture_poke(&f, locks[i], 1);
		CHECK_EQ(fixture_tick(&f, NULL), WIRE_E_LOST);
		fixture_finish(&f);
	}
}

static void a_consumer_before_a_stuck_lock_is_lost_until_it_opens(void)
{
	struct fixture f;
	struct wire_frame frame;
	struct wire_hold hold;
	fixture_pair(&f, REGION, FRAME_BYTES);
	wire_consumer_unsubscribe(f.consumer, WIRE_QUEUE_FRAME);
	fixture_poke(&f, AT_FRAME_QUEUE + Q_LOCK, 1);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME), WIRE_E_LOST);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), WIRE_E_LOST);
	for (int i = 0; i < 5; i++) {
		f.now += 10 * NS_PER_MS;
		fixture_poke(&f, 16, i + 1); /* the heart beats on */
		CHECK_EQ(check(&f), WIRE_STALE);
	}
	fixture_poke(&f, AT_FRAME_QUEUE + Q_LOCK, 0);
	CHECK_EQ(check(&f), WIRE_STALE);
	CHECK_EQ(check(&f), WIRE_STALE);
	CHECK_EQ(fixture_tick(&f, NULL), 0);
	CHECK_EQ(check(&f), WIRE_LIVE);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME), 0);
	fixture_finish(&f);
}

static void nothing_is_stored_into_a_session_that_is_not_live(void)
{
	static const struct {
		uint32_t at, value;
	} endings[] = { { AT_MAGIC, 0 }, { AT_SESSION, 77 } };
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		struct fixture f;
		struct wire_frame frame;
		struct wire_hold hold;
		struct cursor cursor;
		uint32_t serial;
		fixture_pair(&f, REGION, FRAME_BYTES);
		fixture_publish(&f, 1, NULL);
		CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
		fixture_poke(&f, endings[i].at, endings[i].value);
		uint8_t *before = malloc(f.size);
		memcpy(before, f.memory, f.size);
		for (int checked = 0; checked < 2; checked++) {
			wire_consumer_release(f.consumer, &hold);
			CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), WIRE_E_LOST);
			CHECK_EQ(wire_consumer_pointer(f.consumer, &cursor), WIRE_E_LOST);
			CHECK_EQ(wire_consumer_set_cursor(f.consumer, 1, 1, &serial), WIRE_E_LOST);
			CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_FRAME),
				 WIRE_E_LOST);
			wire_consumer_unsubscribe(f.consumer, WIRE_QUEUE_FRAME);
			CHECK(check(&f) != WIRE_LIVE);
		}
		wire_consumer_destroy(f.consumer);
		f.consumer = NULL;
		CHECK(memcmp(before, f.memory, f.size) == 0);
		free(before);
		fixture_finish(&f);
	}
}

static void regions_too_small_are_refused_with_words(void)
{
	struct fixture f;
	struct err err = { 0 };
	fixture_memory(&f, 4 * MIB);
	struct wire_producer_params params = { .base = f.memory, .guest = &test_guest };
	for (params.size = 0; params.size <= 3 * MIB; params.size += MIB / 2) {
		CHECK_EQ(wire_producer_create(&f.producer, &params, &err), -ENOSPC);
		CHECK_CONTAINS(err.text, "4194304");
	}
	params.size = 4 * MIB;
	CHECK_EQ(wire_producer_create(&f.producer, &params, &err), 0);
	CHECK_EQ(wire_consumer_create(&f.consumer, f.memory, 5759, &err), -EINVAL);
	CHECK_EQ(wire_consumer_create(&f.consumer, f.memory + 8, 1 << 20, &err), -EINVAL);
	fixture_finish(&f);
}

static void the_magic_is_written_last(void)
{
	struct fixture f;
	fixture_memory(&f, REGION);
	memset(f.memory, 0xa5, 8192); /* what another life left */
	fixture_produce(&f, FRAME_BYTES);
	CHECK_EQ(fixture_peek(&f, AT_QUEUE_COUNT), 2);
	CHECK_EQ(fixture_peek(&f, AT_FRAME_QUEUE + Q_ON), 0);
	CHECK_EQ(fixture_peek(&f, AT_FRAME_QUEUE + Q_BAD), 0);
	CHECK_EQ(fixture_peek(&f, AT_FRAME_QUEUE + Q_LOCK), 0);
	CHECK_EQ(fixture_peek(&f, AT_FRAME_QUEUE + Q_MAIL_LOCK), 0);
	for (uint32_t i = 0; i < 32; i++)
		CHECK_EQ(fixture_peek(&f, AT_POINTER_QUEUE + Q_CLIENTS + 4 * i), 0);
	CHECK_EQ(fixture_tick(&f, NULL), 0);
	fixture_finish(&f);
}

static const struct test_case cases[] = {
	TEST(no_magic_is_absent),
	TEST(a_still_heartbeat_is_stale),
	TEST(who_the_guest_is),
	TEST(other_versions_are_named),
	TEST(udata_that_leaves_the_region_is_refused),
	TEST(one_second_without_a_beat_is_the_end),
	TEST(after_a_pause_no_ghost_is_left),
	TEST(a_restart_is_a_new_session),
	TEST(restart_cuts_slots_anew),
	TEST(session_ids_never_repeat_what_lies_there),
	TEST(destroying_takes_the_magic_away),
	TEST(destroying_leaves_a_strangers_session_alone),
	TEST(wiped_memory_is_noticed_by_both),
	TEST(impossible_words_end_the_producers_session),
	TEST(a_stuck_lock_costs_twenty_milliseconds),
	TEST(a_lock_is_found_stuck_while_nothing_moves),
	TEST(a_consumer_before_a_stuck_lock_is_lost_until_it_opens),
	TEST(nothing_is_stored_into_a_session_that_is_not_live),
	TEST(regions_too_small_are_refused_with_words),
	TEST(the_magic_is_written_last),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
