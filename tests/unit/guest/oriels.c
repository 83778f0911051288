/* oriel-guest among other Oriels. */
#include "stage.h"
#include "wakes.h"

/* The least that has room for the extension. */
#define REGION (32u << 20)

#define EVENTUALLY(condition)                                                                      \
	do {                                                                                       \
		uint64_t end_ = clock_ns() + SOON_NS;                                              \
		while (!(condition)) {                                                             \
			CHECK(clock_ns() < end_ && #condition);                                    \
			clock_sleep(NS_PER_MS / 4);                                                \
		}                                                                                  \
	} while (0)

static void knock(struct viewer *viewer)
{
	_Atomic uint32_t *word = wire_consumer_knock(viewer->wire);
	CHECK(word != NULL);
	CHECK_EQ(wake_ring(word), 0);
}

static struct viewer *watch_as_oriel(struct viewer *viewer, struct stage *stage)
{
	viewer_open_oriel(viewer, stage);
	viewer_live(viewer);
	CHECK(viewer->extended);
	wire_consumer_wake_by(viewer->wire, WIRE_WAKE_FUTEX, 0, 0, WIRE_FILLED | WIRE_POINTER);
	CHECK_EQ(wire_consumer_subscribe(viewer->wire, WIRE_QUEUE_FRAME), 0);
	knock(viewer);
	return viewer;
}

static void draw(struct stage *stage, uint32_t number)
{
	struct rect rect = { number * 7 % 300, number * 5 % 180, 9, 9 };
	screen_draw(&stage->screen, rect, number * 0x010305);
}

static uint64_t rung(struct stage *stage)
{
	return atomic_load(&stage->session.ringer.rung);
}

static uint64_t looks(struct stage *stage)
{
	return atomic_load(&stage->session.pipeline.stats.looks);
}

static void both_kinds_look_at_once(void)
{
	struct stage *stage = stage_new(320, 200, REGION);
	struct viewer oriel, plain;
	watch_as_oriel(&oriel, stage);
	viewer_open(&plain, stage);
	for (uint32_t i = 0; i < 40; i++) {
		draw(stage, i);
		viewer_catch_up(i % 2 ? &oriel : &plain, stage);
		viewer_catch_up(i % 2 ? &plain : &oriel, stage);
	}
	CHECK(oriel.extended && !plain.extended);
	CHECK_EQ(stage->session.pulse.oriels, 1);
	/* On a busy machine the plain one may have held a frame for too long, and was dropped. */
	viewer_release(&plain);
	EVENTUALLY(viewer_check(&plain) &&
		   wire_consumer_subscribe(plain.wire, WIRE_QUEUE_FRAME) == 0 &&
		   stage->session.pulse.frame_watchers == 2);
	viewer_close(&plain);
	viewer_close(&oriel);
	EVENTUALLY(!stage->screen.watched);
	stage_end(stage);
}

static void a_plain_producer_has_no_extension(void)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	struct viewer viewer;
	screen_init(&stage->screen, 320, 200);
	snprintf(stage->arg, sizeof(stage->arg), "%p", (void *)&stage->screen);
	stage->no_extension = true;
	stage_begin(stage, &capture_screen, stage->arg, REGION);
	viewer_open_oriel(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	CHECK(!viewer.extended);
	viewer_close(&viewer);
	stage_end(stage);
}

/* The stages of a frame's way come one after the other, the first when the change was seen. */
static void stamps_add_up(void)
{
	struct stage *stage = stage_new(320, 200, REGION);
	struct viewer viewer;
	struct wire_stamps stamps = { 0 };
	watch_as_oriel(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	uint64_t before = clock_ns();
	draw(stage, 1);
	viewer_catch_up(&viewer, stage);
	EVENTUALLY(wire_hold_stamps(viewer.wire, &viewer.hold, &stamps) && stamps.filled);
	CHECK(before <= stamps.captured);
	CHECK(stamps.captured <= stamps.posted && stamps.posted <= stamps.filled);
	CHECK(stamps.filled <= clock_ns());
	viewer_close(&viewer);
	stage_end(stage);
}

/* ---- being woken ---- */

/* Arms and looks once more, as one must: the word to sleep on. */
static struct wake_word lie_down(struct viewer *viewer)
{
	struct wake_word word = { 0 };
	bool wakes = false;
	word.word = wire_consumer_arm(viewer->wire, &word.seen, &wakes);
	CHECK(word.word && wakes);
	CHECK_EQ(wire_consumer_frame(viewer->wire, &viewer->frame, &viewer->hold), WIRE_E_EMPTY);
	return word;
}

static void a_sleeper_is_rung_when_the_pixels_are_there(void)
{
	struct stage *stage = stage_new(320, 200, REGION);
	struct viewer viewer;
	watch_as_oriel(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	for (uint32_t i = 1; i <= 50; i++) {
		viewer_release(&viewer);
		viewer_check(&viewer);
		struct wake_word word = lie_down(&viewer);
		uint64_t before = rung(stage);
		draw(stage, i);
		CHECK_EQ(wake_wait(&word, 1, WAKE_WAIT_MAX_NS), 0);
		CHECK_EQ(wire_consumer_frame(viewer.wire, &viewer.frame, &viewer.hold), 0);
		viewer.holding = true;
		CHECK_EQ(wire_hold_filled(viewer.wire, &viewer.hold), viewer.hold.size);
		CHECK_EQ(viewer_wrong_pixels(&viewer, stage), 0);
		EVENTUALLY(rung(stage) == before + 1);
	}
	viewer_close(&viewer);
	stage_end(stage);
}

static void who_is_awake_is_not_rung(void)
{
	struct stage *stage = stage_new(320, 200, REGION);
	struct viewer viewer;
	watch_as_oriel(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	uint64_t before = rung(stage);
	for (uint32_t i = 0; i < 30; i++) {
		draw(stage, i);
		viewer_catch_up(&viewer, stage);
	}
	CHECK(rung(stage) - before <= 1); /* for what it armed when it came */
	viewer_close(&viewer);
	stage_end(stage);
}

static void the_pointer_wakes_too(void)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	struct viewer viewer;
	struct cursor cursor;
	struct wake_word word = { 0 };
	bool wakes;
	screen_init(&stage->screen, 1, 1);
	stage_begin(stage, &capture_pattern, "320x200:still:cursor", REGION);
	viewer_open_oriel(&viewer, stage);
	viewer_live(&viewer);
	wire_consumer_wake_by(viewer.wire, WIRE_WAKE_FUTEX, 0, 0, WIRE_POINTER);
	CHECK_EQ(wire_consumer_subscribe(viewer.wire, WIRE_QUEUE_POINTER), 0);
	knock(&viewer);
	uint64_t end = clock_ns() + SOON_NS;
	for (int moves = 0, woken = 0; moves < 20 || woken < 10;) {
		CHECK(clock_ns() < end);
		viewer_check(&viewer);
		word.word = wire_consumer_arm(viewer.wire, &word.seen, &wakes);
		CHECK(word.word && wakes);
		if (wire_consumer_pointer(viewer.wire, &cursor) == 0)
			moves++;
		else
			woken += wake_wait(&word, 1, WAKE_WAIT_MAX_NS) == 0;
	}
	CHECK_EQ(atomic_load(&stage->session.pipeline.stats.frames), 0);
	viewer_close(&viewer);
	stage_end(stage);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Found by a look, a request is answered after 25 ms on average. */
static void a_knock_is_answered_at_once(void)
{
	struct stage *stage = stage_new(320, 200, REGION);
	struct viewer viewer;
	uint64_t took[7];
	uint32_t serial;
	watch_as_oriel(&viewer, stage);
	for (uint32_t i = 0; i < ARRAY_LEN(took); i++) {
		clock_sleep(130 * NS_PER_MS); /* nothing may look closely any more */
		viewer_check(&viewer);
		uint64_t begin = clock_ns();
		CHECK_EQ(wire_consumer_set_cursor(viewer.wire, (int32_t)i, 3, &serial), 0);
		knock(&viewer);
		EVENTUALLY(stage->screen.warped == ((int64_t)3 << 32 | i));
		took[i] = clock_ns() - begin;
	}
	qsort(took, ARRAY_LEN(took), sizeof(took[0]), compare);
	printf("# knock to warp: median %" PRIu64 " us\n", (uint64_t)(took[3] / NS_PER_US));
	CHECK(took[3] < 10 * NS_PER_MS);
	viewer_close(&viewer);
	stage_end(stage);
}

/* ---- at rest ---- */

static void look_in(void *data)
{
	struct viewer *viewers = data;
	for (unsigned i = 0; i < 3; i++)
		CHECK(viewer_check(&viewers[i]));
}

static void a_still_picture_costs_20_wakes_a_second(void)
{
	struct stage *stage = stage_new(320, 200, REGION);
	struct viewer viewers[3];
	for (unsigned i = 0; i < 3; i++) {
		watch_as_oriel(&viewers[i], stage);
		viewer_catch_up(&viewers[i], stage);
		viewer_release(&viewers[i]);
	}
	uint64_t wakes = wakes_per_second("oriel-", 2 * NS_PER_S, look_in, viewers);
	for (unsigned i = 0; i < 3; i++)
		viewer_close(&viewers[i]);
	stage_end(stage);
	printf("# %" PRIu64 " wake-ups/s\n", wakes);
	CHECK(wakes > 0 && wakes <= 20);
}

static void who_wants_only_the_pointer_gets_no_frames(void)
{
	struct stage *stage = stage_new(320, 200, REGION);
	struct viewer viewer;
	viewer_open_oriel(&viewer, stage);
	viewer_live(&viewer);
	CHECK_EQ(wire_consumer_subscribe(viewer.wire, WIRE_QUEUE_POINTER), 0);
	knock(&viewer);
	EVENTUALLY(stage->screen.pointer_waits > 0);
	CHECK_EQ(stage->session.pulse.oriels, 1);
	CHECK(!stage->screen.watched);
	CHECK_EQ(wire_consumer_subscribe(viewer.wire, WIRE_QUEUE_FRAME), 0);
	knock(&viewer);
	viewer_catch_up(&viewer, stage);
	wire_consumer_unsubscribe(viewer.wire, WIRE_QUEUE_FRAME);
	knock(&viewer);
	EVENTUALLY(!stage->screen.watched);
	viewer.holding = false;
	viewer_close(&viewer);
	stage_end(stage);
}

/* ---- trouble ---- */

/* Takes two frames, and is never seen again. */
static void stop_with_two_frames(struct viewer *viewer, struct stage *stage,
				 struct wire_hold *first)
{
	watch_as_oriel(viewer, stage);
	viewer_catch_up(viewer, stage);
	*first = viewer->hold;
	viewer->holding = false;
	draw(stage, 1);
	viewer_catch_up(viewer, stage);
}

static void a_stopped_consumer_delays_nobody(void)
{
	struct stage *stage = stage_new(320, 200, REGION);
	struct viewer stopped, other;
	struct wire_hold first;
	stop_with_two_frames(&stopped, stage, &first);
	watch_as_oriel(&other, stage);
	viewer_catch_up(&other, stage);
	uint64_t before = looks(stage);
	for (uint32_t i = 0; i < 60; i++) {
		draw(stage, i);
		viewer_catch_up(&other, stage);
	}
	CHECK(looks(stage) - before < 60);
	/* It comes back, and its frames are still its own or known to be lost. */
	viewer_check(&stopped);
	wire_consumer_release(stopped.wire, &first);
	viewer_release(&stopped);
	draw(stage, 99);
	viewer_catch_up(&stopped, stage);
	viewer_close(&stopped);
	viewer_close(&other);
	stage_end(stage);
}

/* All slots held by who does not move: after 20 ms one is taken, and the last change is shown. */
static void a_full_house_starves_nobody(void)
{
	struct stage *stage = stage_new(320, 200, REGION);
	struct viewer stopped[2], other;
	struct wire_hold first[2];
	for (unsigned i = 0; i < 2; i++) {
		stop_with_two_frames(&stopped[i], stage, &first[i]);
		draw(stage, 50 + i);
	}
	watch_as_oriel(&other, stage);
	for (uint32_t i = 0; i < 20; i++) {
		draw(stage, i);
		viewer_catch_up(&other, stage);
	}
	unsigned valid = 0;
	for (unsigned i = 0; i < 2; i++)
		valid += wire_hold_valid(stopped[i].wire, &first[i]) +
			 wire_hold_valid(stopped[i].wire, &stopped[i].hold);
	CHECK(valid <= 3);
	printf("# %" PRIu64 " looks, %d waits\n", looks(stage), stage->screen.waits);
	CHECK(looks(stage) > 0);
	CHECK(stage->screen.waits < 1000); /* it naps, instead of spinning */
	for (unsigned i = 0; i < 2; i++) {
		wire_consumer_release(stopped[i].wire, &first[i]);
		viewer_close(&stopped[i]);
	}
	viewer_close(&other);
	stage_end(stage);
}

static void an_abandoned_frame_is_never_shown(void)
{
	struct stage *stage = stage_new(320, 200, REGION);
	struct viewer viewer;
	watch_as_oriel(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	for (int i = 0; i < 10; i++) {
		pthread_mutex_lock(&stage->screen.lock);
		stage->screen.fail = 1;
		pthread_mutex_unlock(&stage->screen.lock);
		draw(stage, (uint32_t)i);
		CHECK(viewer_next(&viewer, SOON_NS)); /* the first that is complete is right */
		CHECK_EQ(viewer_wrong_pixels(&viewer, stage), 0);
		CHECK_EQ(atomic_load(&stage->session.pipeline.stats.failed), i + 1);
	}
	viewer_close(&viewer);
	stage_end(stage);
}

static void a_new_size_begins_a_new_session(void)
{
	struct stage *stage = stage_new(640, 480, REGION);
	struct viewer viewer;
	watch_as_oriel(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	uint32_t session = viewer.session;
	struct wire_hold old = viewer.hold;
	/* Four of these do not fit. */
	screen_resize(&stage->screen, 1600, 1200);
	EVENTUALLY(!viewer_check(&viewer));
	CHECK(!wire_hold_valid(viewer.wire, &old));
	wire_consumer_release(viewer.wire, &old);
	viewer_catch_up(&viewer, stage);
	CHECK(viewer.session != session && viewer.extended);
	CHECK_EQ(viewer.frame.image.width, 1600);
	draw(stage, 5);
	viewer_catch_up(&viewer, stage);
	viewer_close(&viewer);
	stage_end(stage);
}

static void *end_session(void *data)
{
	struct stage *stage = data;
	session_stop(&stage->session);
	return NULL;
}

static void a_sleeper_is_told_of_the_end(void)
{
	struct stage *stage = stage_new(320, 200, REGION);
	struct viewer viewer;
	pthread_t thread;
	watch_as_oriel(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	viewer_release(&viewer);
	viewer_check(&viewer);
	struct wake_word word = lie_down(&viewer);
	pthread_create(&thread, NULL, end_session, stage);
	CHECK_EQ(wake_wait(&word, 1, WAKE_WAIT_MAX_NS), 0);
	EVENTUALLY(!viewer_check(&viewer)); /* on a slow machine a beat may ring first */
	pthread_join(thread, NULL);
	viewer_close(&viewer);
	stage_end(stage);
}

static const struct test_case cases[] = {
	TEST(both_kinds_look_at_once),
	TEST(a_plain_producer_has_no_extension),
	TEST(stamps_add_up),
	TEST(a_sleeper_is_rung_when_the_pixels_are_there),
	TEST(who_is_awake_is_not_rung),
	TEST(the_pointer_wakes_too),
	TEST(a_knock_is_answered_at_once),
	TEST(a_still_picture_costs_20_wakes_a_second),
	TEST(who_wants_only_the_pointer_gets_no_frames),
	TEST(a_stopped_consumer_delays_nobody),
	TEST(a_full_house_starves_nobody),
	TEST(an_abandoned_frame_is_never_shown),
	TEST(a_new_size_begins_a_new_session),
	TEST(a_sleeper_is_told_of_the_end),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
