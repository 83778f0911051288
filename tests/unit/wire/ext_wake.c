/* Bells, knocks, wants and clocks; and blocks: claimed, reaped, handed over to the next session. */
#include "base/thread.h"
#include "oriels.h"

static struct oriels o;
static struct wire_ring rings[WIRE_RINGS_MAX];

static void publish(uint8_t value)
{
	fixture_publish(&o.f, value, NULL);
}

static unsigned ring(enum wire_event event)
{
	return wire_producer_rings(o.f.producer, event, rings);
}

static struct wire_audience tick(void)
{
	struct wire_audience audience;
	CHECK_EQ(fixture_tick(&o.f, &audience), 0);
	return audience;
}

static _Atomic uint32_t *arm(struct wire_consumer *consumer, bool wanted)
{
	uint32_t seen = 0;
	bool wakes;
	_Atomic uint32_t *word = wire_consumer_arm(consumer, &seen, &wakes);
	CHECK_EQ(wakes, wanted);
	if (word)
		CHECK_EQ(atomic_load(word), seen);
	return word;
}

/* ---- bells ---- */

static void who_sleeps_is_rung_once_and_who_does_not_never(void)
{
	oriels_begin(&o);
	wire_consumer_wake_by(o.f.consumer, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED);
	ring(WIRE_POSTED); /* a claim counts as armed: once for nothing */
	publish(1);
	CHECK_EQ(ring(WIRE_POSTED), 0);
	_Atomic uint32_t *bell = arm(o.f.consumer, true);
	CHECK(bell != NULL);
	CHECK_EQ(ring(WIRE_POSTED), 1);
	CHECK_EQ(rings[0].kind, WIRE_WAKE_FUTEX);
	CHECK(rings[0].bell == bell);
	CHECK_EQ(ring(WIRE_POSTED), 0);
	arm(o.f.consumer, true);
	CHECK_EQ(ring(WIRE_POSTED), 1);
	oriels_end(&o);
}

static void only_for_the_events_it_asked_for(void)
{
	oriels_begin(&o);
	wire_consumer_wake_by(o.f.consumer, WIRE_WAKE_FUTEX, 0, 0, WIRE_FILLED | WIRE_POINTER);
	CHECK_EQ(ring(WIRE_POSTED), 0);
	CHECK_EQ(ring(WIRE_FILLED), 1);
	arm(o.f.consumer, true);
	CHECK_EQ(ring(WIRE_POINTER), 1);
	wire_consumer_wake_by(o.f.consumer, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED);
	arm(o.f.consumer, true);
	CHECK_EQ(ring(WIRE_FILLED), 0);
	CHECK_EQ(ring(WIRE_POSTED), 1);
	oriels_end(&o);
}

static void across_kernels_there_is_a_doorbell_or_nothing(void)
{
	const struct wire_session *session;
	oriels_begin(&o);
	struct wire_consumer *far = oriels_join(&o, oriels_elsewhere);
	wire_consumer_check(far, o.f.now, &session);
	CHECK(!session->futex);
	CHECK(session->doorbell);
	CHECK(wire_consumer_knock(far) == NULL);
	wire_consumer_wake_by(far, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED);
	arm(far, false);
	CHECK_EQ(ring(WIRE_POSTED), 0);
	wire_consumer_wake_by(far, WIRE_WAKE_DOORBELL, 7, 2, WIRE_POSTED);
	CHECK(arm(far, true) == NULL); /* sleeps on its eventfd */
	CHECK_EQ(ring(WIRE_POSTED), 1);
	CHECK_EQ(rings[0].kind, WIRE_WAKE_DOORBELL);
	CHECK_EQ(rings[0].peer, 7);
	CHECK_EQ(rings[0].vector, 2);
	wire_consumer_destroy(far);
	oriels_end(&o);
}

/* Else a consumer would sleep on a bell that nobody rings. */
static void who_cannot_ring_is_not_waited_for(void)
{
	const struct wire_session *session;
	memset(&o, 0, sizeof(o));
	fixture_memory(&o.f, ORIELS_SIZE);
	struct wire_producer_params params = oriels_params(&o);
	params.doorbell = false;
	CHECK_EQ(wire_producer_create(&o.f.producer, &params, NULL), 0);
	CHECK_EQ(wire_producer_pulse(o.f.producer, o.f.now, NULL), 0);
	o.f.consumer = oriels_join(&o, oriels_elsewhere);
	wire_consumer_check(o.f.consumer, o.f.now, &session);
	CHECK(!session->doorbell);
	wire_consumer_wake_by(o.f.consumer, WIRE_WAKE_DOORBELL, 7, 2, WIRE_POSTED);
	arm(o.f.consumer, false);
	CHECK_EQ(ring(WIRE_POSTED), 0);
	oriels_end(&o);
}

static void a_kernel_nobody_knows_is_no_kernel(void)
{
	static const uint8_t unknown[16];
	const struct wire_session *session;
	memset(&o, 0, sizeof(o));
	fixture_memory(&o.f, ORIELS_SIZE);
	struct wire_producer_params params = oriels_params(&o);
	memset(params.boot_id, 0, sizeof(params.boot_id));
	params.has_peer = true;
	params.peer = 3;
	CHECK_EQ(wire_producer_create(&o.f.producer, &params, NULL), 0);
	o.f.consumer = oriels_join(&o, unknown);
	wire_consumer_check(o.f.consumer, o.f.now, &session);
	CHECK(!session->futex);
	CHECK(session->has_peer);
	CHECK_EQ(session->peer, 3);
	oriels_end(&o);
}

static void knocks_are_seen_in_a_word(void)
{
	oriels_begin(&o);
	_Atomic uint32_t *word = wire_producer_knock_word(o.f.producer);
	CHECK(wire_consumer_knock(o.f.consumer) == word);
	struct wire_consumer *far = oriels_join(&o, oriels_elsewhere);
	uint32_t before = atomic_load(word);
	CHECK(wire_consumer_knock(far) == NULL);
	CHECK_EQ(atomic_load(word), before + 1);
	wire_consumer_destroy(far);
	oriels_end(&o);
}

/* ---- who wants what ---- */

static void wants_are_counted_and_told(void)
{
	struct wire_want want = { 800, 600, 120, 60000 }, got[4];
	oriels_begin(&o);
	struct wire_audience audience = tick();
	CHECK_EQ(audience.frame, 1);
	CHECK_EQ(audience.pointer, 1);
	CHECK_EQ(audience.oriels, 1);
	CHECK(!audience.frame_newcomer);
	CHECK(wire_producer_ready(o.f.producer));
	wire_consumer_want(o.f.consumer, &want);
	CHECK_EQ(wire_producer_wants(o.f.producer, got, 4), 1);
	CHECK_EQ(got[0].width, 800);
	CHECK_EQ(got[0].height, 600);
	CHECK_EQ(got[0].scale, 120);
	CHECK_EQ(got[0].refresh, 60000);
	wire_consumer_unsubscribe(o.f.consumer, WIRE_QUEUE_FRAME);
	audience = tick();
	CHECK_EQ(audience.frame, 0);
	CHECK_EQ(audience.pointer, 1);
	CHECK_EQ(wire_producer_wants(o.f.producer, got, 4), 0);
	wire_consumer_unsubscribe(o.f.consumer, WIRE_QUEUE_POINTER);
	CHECK_EQ(tick().oriels, 0);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold), 0);
	CHECK_EQ(wire_consumer_subscribe(o.f.consumer, WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(wire_producer_wants(o.f.producer, got, 4), 1);
	CHECK_EQ(got[0].width, 800); /* told again in the new block */
	oriels_end(&o);
}

static void thirty_two_claims_and_not_one_more(void)
{
	struct wire_consumer *crowd[32];
	oriels_begin(&o);
	for (unsigned i = 0; i < 31; i++)
		crowd[i] = oriels_join(&o, oriels_kernel);
	crowd[31] = fixture_consumer(&o.f);
	wire_consumer_extend(crowd[31], oriels_kernel);
	wire_consumer_check(crowd[31], o.f.now, NULL);
	fixture_tick(&o.f, NULL);
	CHECK_EQ(wire_consumer_check(crowd[31], o.f.now, NULL), WIRE_LIVE);
	CHECK_EQ(wire_consumer_subscribe(crowd[31], WIRE_QUEUE_FRAME), WIRE_E_FULL);
	CHECK_EQ(tick().oriels, 32);
	wire_consumer_destroy(crowd[0]);
	CHECK_EQ(wire_consumer_subscribe(crowd[31], WIRE_QUEUE_FRAME), 0);
	for (unsigned i = 1; i < 32; i++)
		wire_consumer_destroy(crowd[i]);
	oriels_end(&o);
}

/* ---- reaping ---- */

static void a_dead_consumer_is_reaped_after_three_seconds_of_ours(void)
{
	oriels_begin(&o);
	publish(1);
	struct wire_hold hold = oriels_take(&o, o.f.consumer, 1, NULL);
	fixture_ticks(&o.f, 2900);
	CHECK(atomic_load(&oriels_block(&o, 0)->hold) != 0);
	fixture_ticks(&o.f, 300);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold), 0);
	/* It was only stopped: everything it had is lost, and a new claim is all it takes. */
	struct wire_frame frame;
	struct wire_hold next;
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &next), WIRE_E_TIMEOUT);
	CHECK_EQ(wire_consumer_pointer(o.f.consumer, &(struct cursor){ 0 }), WIRE_E_TIMEOUT);
	wire_consumer_release(o.f.consumer, &hold);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold), 0);
	CHECK_EQ(wire_consumer_subscribe(o.f.consumer, WIRE_QUEUE_FRAME), 0);
	next = oriels_take(&o, o.f.consumer, 1, NULL);
	oriels_end(&o);
}

static void whoever_took_the_place_is_not_disturbed(void)
{
	uint32_t seen;
	bool wakes;
	oriels_begin(&o);
	wire_consumer_wake_by(o.f.consumer, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED);
	publish(1);
	struct wire_hold old = oriels_take(&o, o.f.consumer, 1, NULL);
	fixture_ticks(&o.f, 3200);
	struct wire_consumer *other = oriels_join(&o, oriels_kernel);
	wire_consumer_wake_by(other, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED);
	struct wire_hold held = oriels_take(&o, other, 1, NULL);
	uint64_t hold = atomic_load(&oriels_block(&o, 0)->hold);
	uint64_t armed = atomic_load(&oriels_block(&o, 0)->armed);
	wire_consumer_release(o.f.consumer, &old);
	wire_consumer_beat(o.f.consumer);
	wire_consumer_arm(o.f.consumer, &seen, &wakes);
	CHECK(!wakes);
	wire_consumer_unsubscribe(o.f.consumer, WIRE_QUEUE_FRAME);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold), hold);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->armed), armed);
	CHECK(wire_hold_valid(other, &held));
	wire_consumer_destroy(other);
	oriels_end(&o);
}

static void a_beating_consumer_stays(void)
{
	oriels_begin(&o);
	for (unsigned i = 0; i < 20; i++) {
		fixture_ticks(&o.f, 500);
		CHECK_EQ(wire_consumer_check(o.f.consumer, o.f.now, NULL), WIRE_LIVE);
	}
	CHECK_EQ(tick().oriels, 1);
	oriels_end(&o);
}

static void a_suspended_producer_blames_nobody(void)
{
	oriels_begin(&o);
	for (unsigned i = 0; i < 10; i++) {
		o.f.now += 100 * NS_PER_S;
		CHECK_EQ(wire_producer_pulse(o.f.producer, o.f.now, NULL), 0);
	}
	CHECK(atomic_load(&oriels_block(&o, 0)->hold) != 0);
	oriels_end(&o);
}

/* ---- sessions ---- */

static struct wire_consumer *leaver;
static struct wire_hold leaver_hold;
static _Atomic uint64_t leaver_left;

/* Notices that the session is gone, lives on for a while, then lets go. */
static void *leave_slowly(void *data)
{
	(void)data;
	uint64_t begin = clock_ns();
	while (clock_ns() - begin < 250 * NS_PER_MS) {
		wire_consumer_check(leaver, clock_ns(), NULL);
		clock_sleep(10 * NS_PER_MS);
	}
	atomic_store(&leaver_left, clock_ns());
	wire_consumer_release(leaver, &leaver_hold);
	return NULL;
}

/* How long after he left. */
static uint64_t restart_beside_a_slow_one(void)
{
	pthread_t thread;
	oriels_begin(&o);
	wire_consumer_wake_by(o.f.consumer, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED);
	publish(1);
	leaver = o.f.consumer;
	leaver_hold = oriels_take(&o, leaver, 1, NULL);
	CHECK_EQ(thread_start(&thread, "leaver", leave_slowly, NULL), 0);
	clock_sleep(20 * NS_PER_MS);
	CHECK_EQ(wire_producer_restart(o.f.producer, 0, NULL), 0);
	uint64_t restarted = clock_ns();
	pthread_join(thread, NULL);
	CHECK(o.ring_count >= 2);
	CHECK_EQ(o.rings[0].kind, WIRE_WAKE_FUTEX);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold), 0);
	CHECK(!wire_hold_valid(leaver, &leaver_hold));
	fixture_join(&o.f, o.f.consumer);
	publish(2);
	oriels_take(&o, o.f.consumer, 2, NULL);
	oriels_end(&o);
	return restarted - leaver_left; /* if it did not wait, an age */
}

/* On a busy machine the best of five: there who lives may look dead. */
static void a_restart_waits_for_who_lives_and_rings_all(void)
{
	uint64_t after = restart_beside_a_slow_one();
	for (int more = 0; more < 4 && after >= 350 * NS_PER_MS; more++)
		after = restart_beside_a_slow_one();
	CHECK(after < 350 * NS_PER_MS);
}

static uint64_t restart_beside_the_dead(void)
{
	oriels_begin(&o);
	publish(1);
	struct wire_hold hold = oriels_take(&o, o.f.consumer, 1, NULL);
	uint64_t begin = clock_ns();
	CHECK_EQ(wire_producer_restart(o.f.producer, 0, NULL), 0);
	uint64_t took = clock_ns() - begin;
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold), 0);
	wire_consumer_release(o.f.consumer, &hold);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold), 0);
	oriels_end(&o);
	return took;
}

/* On a busy machine the best of five. */
static void a_dead_holder_costs_a_restart_little(void)
{
	uint64_t took = restart_beside_the_dead();
	for (int more = 0; more < 4 && took >= 500 * NS_PER_MS; more++)
		took = restart_beside_the_dead();
	CHECK(took < 500 * NS_PER_MS);
}

static void the_next_producer_finds_the_area_of_a_killed_one(void)
{
	oriels_begin(&o);
	wire_consumer_wake_by(o.f.consumer, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED);
	publish(1);
	struct wire_hold hold = oriels_take(&o, o.f.consumer, 1, NULL);
	struct wire_producer *killed = o.f.producer; /* it does nothing any more */
	uint32_t bells = o.ring_count;
	oriels_produce(&o);
	CHECK(o.ring_count > bells);
	CHECK(!wire_hold_valid(o.f.consumer, &hold));
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &(struct wire_frame){ 0 }, &hold), WIRE_E_LOST);
	fixture_join(&o.f, o.f.consumer);
	publish(9);
	oriels_take(&o, o.f.consumer, 9, NULL);
	wire_producer_destroy(killed); /* sees that the memory is another's */
	CHECK_EQ(wire_consumer_check(o.f.consumer, o.f.now, NULL), WIRE_LIVE);
	oriels_end(&o);
}

static void after_a_plain_producer_the_area_is_built_anew(void)
{
	oriels_begin(&o);
	wire_producer_destroy(o.f.producer);
	struct wire_producer_params params = oriels_params(&o);
	params.no_extension = true;
	CHECK_EQ(wire_producer_create(&o.f.producer, &params, NULL), 0);
	CHECK(!wire_producer_extended(o.f.producer));
	memset(oriels_head(&o), 0xEE, EXT_AREA_BYTES); /* pixels, perhaps */
	const struct wire_session *session;
	fixture_join(&o.f, o.f.consumer);
	wire_consumer_check(o.f.consumer, o.f.now, &session);
	CHECK(!session->extended);
	wire_producer_destroy(o.f.producer);
	oriels_produce(&o);
	CHECK_EQ(atomic_load(&oriels_block(&o, 31)->hold), 0);
	fixture_join(&o.f, o.f.consumer);
	wire_consumer_check(o.f.consumer, o.f.now, &session);
	CHECK(session->extended);
	publish(3);
	oriels_take(&o, o.f.consumer, 3, NULL);
	oriels_end(&o);
}

static void the_end_is_rung_too(void)
{
	oriels_begin(&o);
	wire_consumer_wake_by(o.f.consumer, WIRE_WAKE_DOORBELL, 4, 1, WIRE_POSTED);
	unsigned before = o.ring_count;
	wire_producer_destroy(o.f.producer);
	o.f.producer = NULL;
	CHECK_EQ(o.ring_count, before + 1);
	CHECK_EQ(o.rings[before].peer, 4);
	CHECK_EQ(wire_consumer_check(o.f.consumer, o.f.now, NULL), WIRE_ABSENT);
	oriels_end(&o);
}

/* ---- the announcement ---- */

static void changed_words_make_a_plain_session(uint32_t at, uint32_t value)
{
	const struct wire_session *session;
	memset(&o, 0, sizeof(o));
	fixture_memory(&o.f, ORIELS_SIZE);
	oriels_produce(&o);
	uint8_t *blob = o.f.memory + AT_UDATA;
	uint32_t size = fixture_peek(&o.f, AT_UDATA_SIZE);
	memcpy(blob + size - sizeof(struct ext_record) + at, &value, 4);
	o.f.consumer = fixture_consumer(&o.f);
	wire_consumer_extend(o.f.consumer, oriels_kernel);
	fixture_join(&o.f, o.f.consumer);
	wire_consumer_check(o.f.consumer, o.f.now, &session);
	CHECK(!session->extended);
	publish(1);
	struct wire_frame frame;
	struct wire_hold hold;
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), 0);
	CHECK(!hold.extended);
	oriels_end(&o);
}

static void an_impossible_announcement_is_none(void)
{
	uint32_t area = ORIELS_SIZE - EXT_AREA_BYTES;
	changed_words_make_a_plain_session(0, 0x12345678); /* magic */
	changed_words_make_a_plain_session(4, 2);          /* major */
	changed_words_make_a_plain_session(8, 0);
	changed_words_make_a_plain_session(8, area + 4);
	changed_words_make_a_plain_session(8, area + 4096);
	changed_words_make_a_plain_session(8, UINT32_MAX - 63);
	changed_words_make_a_plain_session(12, EXT_AREA_BYTES + 1);
	changed_words_make_a_plain_session(12, 64);
	changed_words_make_a_plain_session(16, WIRE_EXT_HOLDS);
}

static void small_regions_have_none(void)
{
	static const struct {
		uint64_t mib, frame;
		bool extended;
		uint32_t slots;
	} table[] = {
		{ 16, 320 * 200 * 4, false, 4 },  { 32, 320 * 200 * 4, true, 4 },
		{ 32, 1920 * 1080 * 4, true, 3 }, { 32, 2560 * 1440 * 4, false, 2 },
		{ 64, 1920 * 1080 * 4, true, 4 },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		memset(&o, 0, sizeof(o));
		fixture_memory(&o.f, table[i].mib * MIB);
		struct wire_producer_params params = oriels_params(&o);
		params.frame_bytes = table[i].frame;
		CHECK_EQ(wire_producer_create(&o.f.producer, &params, NULL), 0);
		CHECK_EQ(wire_producer_extended(o.f.producer), table[i].extended);
		CHECK_EQ(wire_producer_slots(o.f.producer), table[i].slots);
		oriels_end(&o);
	}
}

/* ---- clocks ---- */

static _Atomic bool stop;

static void *pulse(void *data)
{
	(void)data;
	for (; !atomic_load(&stop); clock_sleep(NS_PER_MS))
		wire_producer_pulse(o.f.producer, clock_ns(), NULL);
	return NULL;
}

static void clocks_are_compared(void)
{
	struct wire_clock clock;
	bool asked;
	pthread_t thread;

	oriels_begin(&o);
	CHECK_EQ(wire_consumer_clock(o.f.consumer, &clock, &asked), 0);
	CHECK_EQ(clock.bound_ns, 0);
	struct wire_consumer *far = oriels_join(&o, oriels_elsewhere);
	CHECK_EQ(wire_consumer_clock(far, &clock, &asked), WIRE_E_EMPTY);
	CHECK(asked);
	atomic_store(&stop, false);
	CHECK_EQ(thread_start(&thread, "pulse", pulse, NULL), 0);
	uint64_t end = clock_ns() + 20 * NS_PER_S;
	do {
		clock_sleep(100 * NS_PER_US);
		wire_consumer_clock(far, &clock, &asked);
	} while (clock.bound_ns > NS_PER_MS && clock_ns() < end);
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	printf("# offset %" PRId64 " ns, bound %" PRIu64 " ns\n", clock.offset_ns, clock.bound_ns);
	CHECK(clock.bound_ns <= NS_PER_MS);
	uint64_t wrong = (uint64_t)(clock.offset_ns < 0 ? -clock.offset_ns : clock.offset_ns);
	CHECK(wrong <= clock.bound_ns); /* it is one and the same clock */
	wire_consumer_destroy(far);
	oriels_end(&o);
}

static const struct test_case cases[] = {
	TEST(who_sleeps_is_rung_once_and_who_does_not_never),
	TEST(only_for_the_events_it_asked_for),
	TEST(across_kernels_there_is_a_doorbell_or_nothing),
	TEST(who_cannot_ring_is_not_waited_for),
	TEST(a_kernel_nobody_knows_is_no_kernel),
	TEST(knocks_are_seen_in_a_word),
	TEST(wants_are_counted_and_told),
	TEST(thirty_two_claims_and_not_one_more),
	TEST(a_dead_consumer_is_reaped_after_three_seconds_of_ours),
	TEST(whoever_took_the_place_is_not_disturbed),
	TEST(a_beating_consumer_stays),
	TEST(a_suspended_producer_blames_nobody),
	TEST(a_restart_waits_for_who_lives_and_rings_all),
	TEST(a_dead_holder_costs_a_restart_little),
	TEST(the_next_producer_finds_the_area_of_a_killed_one),
	TEST(after_a_plain_producer_the_area_is_built_anew),
	TEST(the_end_is_rung_too),
	TEST(an_impossible_announcement_is_none),
	TEST(small_regions_have_none),
	TEST(clocks_are_compared),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
