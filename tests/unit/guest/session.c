#include "stage.h"

#include "base/mem.h"

#define MIB (1u << 20)

static uint64_t frames(struct stage *stage)
{
	return atomic_load(&stage->session.pipeline.stats.frames);
}

/* Waits until `condition` holds. */
#define EVENTUALLY(condition)                                                                      \
	do {                                                                                       \
		uint64_t end_ = clock_ns() + SOON_NS;                                              \
		while (!(condition)) {                                                             \
			CHECK(clock_ns() < end_ && #condition);                                    \
			clock_sleep(NS_PER_MS);                                                    \
		}                                                                                  \
	} while (0)

static uint32_t random_below(uint32_t *state, uint32_t limit)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % limit;
}

static struct rect random_rect(uint32_t *state, uint32_t width, uint32_t height)
{
	uint32_t x = random_below(state, width), y = random_below(state, height);
	return (struct rect){ x, y, 1 + random_below(state, width - x),
			      1 + random_below(state, height - y) };
}

/* Each slot is filled from its own history: a forgotten rectangle shows as a wrong pixel. */
static void every_slot_remembers_what_it_missed(void)
{
	struct stage *stage = stage_new(321, 97, 16 * MIB);
	struct viewer viewer;
	uint32_t state = 7, seen = 0;
	viewer_open(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	for (int i = 0; i < 120; i++) {
		for (uint32_t n = 1 + random_below(&state, 4); n; n--) {
			struct rect rect = random_rect(&state, 321, 97);
			if (i % 3) /* small ones leave most of a slot to its history */
				rect.width = rect.height = 1;
			screen_draw(&stage->screen, rect, random_below(&state, 1u << 24));
		}
		viewer_catch_up(&viewer, stage);
		seen |= 1u << (viewer.hold.offset / MIB % 32);
	}
	CHECK(__builtin_popcount(seen) >= 2); /* in turns: nobody keeps one */
	viewer_close(&viewer);
	stage_end(stage);
}

static void damage_is_told_exactly(void)
{
	struct stage *stage = stage_new(320, 200, 16 * MIB);
	struct viewer viewer;
	viewer_open(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	CHECK(viewer.frame.damage_all);
	screen_draw(&stage->screen, (struct rect){ 10, 20, 30, 40 }, 0x123456);
	viewer_catch_up(&viewer, stage);
	CHECK(!viewer.frame.damage_all);
	CHECK_EQ(viewer.frame.damage.count, 1);
	CHECK_EQ(viewer.frame.damage.rects[0].x, 10);
	CHECK_EQ(viewer.frame.damage.rects[0].width, 30);
	CHECK_EQ(viewer.frame.damage.rects[0].height, 40);
	viewer_close(&viewer);
	stage_end(stage);
}

static void a_busy_consumer_sees_the_last_change(void)
{
	struct stage *stage = stage_new(320, 200, 16 * MIB);
	struct viewer viewer;
	viewer_open(&viewer, stage);
	viewer_catch_up(&viewer, stage); /* and keeps holding that frame */
	uint64_t before = frames(stage);
	for (uint32_t i = 0; i < 50; i++) {
		screen_draw(&stage->screen, (struct rect){ i, i, 5, 5 }, i);
		clock_sleep(NS_PER_MS);
	}
	uint64_t published = frames(stage) - before;
	CHECK(published <= 1); /* nothing queued up behind the one that is held */
	viewer_catch_up(&viewer, stage);
	CHECK(frames(stage) - before <= 3);
	viewer_close(&viewer);
	stage_end(stage);
}

static void a_newcomer_sees_the_last_frame_at_once(void)
{
	struct stage *stage = stage_new(320, 200, 16 * MIB);
	struct viewer first, second;
	viewer_open(&first, stage);
	viewer_catch_up(&first, stage);
	viewer_release(&first);
	uint64_t before = frames(stage);
	viewer_open(&second, stage);
	viewer_live(&second);
	CHECK(viewer_next(&second, SOON_NS));
	CHECK_EQ(viewer_wrong_pixels(&second, stage), 0);
	CHECK_EQ(frames(stage), before); /* repeated, not captured again */
	viewer_close(&first);
	viewer_close(&second);
	stage_end(stage);
}

static void nothing_runs_while_nobody_looks(void)
{
	struct stage *stage = stage_new(320, 200, 16 * MIB);
	struct viewer viewer;
	viewer_open(&viewer, stage);
	viewer_live(&viewer);
	CHECK_EQ(stage->screen.watches, 0);
	viewer_catch_up(&viewer, stage);
	CHECK(stage->screen.watched);
	viewer_close(&viewer);
	EVENTUALLY(!stage->screen.watched);
	clock_sleep(20 * NS_PER_MS);
	int waits = stage->screen.waits;
	screen_draw(&stage->screen, (struct rect){ 0, 0, 9, 9 }, 0xffffff);
	clock_sleep(150 * NS_PER_MS);
	CHECK_EQ(stage->screen.waits, waits);
	CHECK_EQ(stage->screen.pointer_waits, 0);
	viewer_open(&viewer, stage); /* and wakes up again, with the change it slept through */
	viewer_catch_up(&viewer, stage);
	viewer_close(&viewer);
	stage_end(stage);
}

static void nothing_runs_while_the_picture_is_still(void)
{
	struct stage *stage = stage_new(320, 200, 16 * MIB);
	struct viewer viewer;
	viewer_open(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	viewer_release(&viewer);
	clock_sleep(50 * NS_PER_MS);
	uint64_t before = frames(stage), looks = stage->session.pipeline.stats.looks;
	int waits = stage->screen.waits;
	clock_sleep(200 * NS_PER_MS);
	CHECK_EQ(frames(stage), before);
	CHECK_EQ(stage->session.pipeline.stats.looks, looks);
	CHECK(stage->screen.waits - waits <= 1);
	viewer_close(&viewer);
	stage_end(stage);
}

static void a_failed_fill_still_ends_and_is_mended(void)
{
	struct stage *stage = stage_new(320, 200, 16 * MIB);
	struct viewer viewer;
	viewer_open(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	viewer_release(&viewer);
	pthread_mutex_lock(&stage->screen.lock);
	stage->screen.fail = 2;
	pthread_mutex_unlock(&stage->screen.lock);
	screen_draw(&stage->screen, (struct rect){ 1, 2, 3, 4 }, 0xabcdef);
	EVENTUALLY(atomic_load(&stage->session.pipeline.stats.failed) > 0);
	CHECK(viewer_next(&viewer, SOON_NS)); /* it waits for the write pointer's end */
	viewer_catch_up(&viewer, stage);
	CHECK(viewer.frame.damage_all);
	CHECK_EQ(stage->session.pipeline.stats.failed, 2);
	viewer_close(&viewer);
	stage_end(stage);
}

static void the_rate_can_be_limited(void)
{
	struct stage *stage = stage_limited(320, 200, 16 * MIB, 20);
	struct viewer viewer;
	viewer_open(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	uint64_t begin = clock_ns(), before = frames(stage);
	for (uint32_t i = 0; i < 100; i++) {
		screen_draw(&stage->screen, (struct rect){ i, i, 5, 5 }, i + 1);
		viewer_next(&viewer, 4 * NS_PER_MS);
	}
	viewer_catch_up(&viewer, stage); /* the last change is shown all the same */
	uint64_t periods = (clock_ns() - begin) / (NS_PER_S / 20);
	CHECK(frames(stage) - before <= periods + 2);
	CHECK(frames(stage) - before >= 2);
	viewer_close(&viewer);
	stage_end(stage);
}

/* ---- trouble ---- */

static _Atomic uint32_t *word(struct stage *stage, size_t offset)
{
	return (_Atomic uint32_t *)((char *)stage->memory->base + offset);
}

static void wiped_memory_gets_a_new_session(void)
{
	struct stage *stage = stage_new(320, 200, 16 * MIB);
	struct viewer viewer;
	viewer_open(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	uint32_t session = viewer.session;
	for (size_t at = 0; at < 5760; at += 4)
		atomic_store(word(stage, at), 0);
	EVENTUALLY(viewer_check(&viewer) && viewer.session != session);
	viewer_catch_up(&viewer, stage);
	screen_draw(&stage->screen, (struct rect){ 1, 2, 3, 4 }, 0xabcdef);
	viewer_catch_up(&viewer, stage);
	viewer_close(&viewer);
	stage_end(stage);
}

static void a_stuck_lock_gets_a_new_session(void)
{
	static const size_t lock_of_queue[] = { 32 + 408, 32 + 1144 + 408 };
	for (unsigned i = 0; i < ARRAY_LEN(lock_of_queue); i++) {
		struct stage *stage = stage_new(320, 200, 16 * MIB);
		struct viewer viewer;
		viewer_open(&viewer, stage);
		viewer_catch_up(&viewer, stage);
		uint32_t session = viewer.session;
		viewer_release(&viewer);
		atomic_store(word(stage, lock_of_queue[i]), 1);
		if (i == 0) /* frames need the frame queue's lock, the pulse looks into both */
			screen_draw(&stage->screen, (struct rect){ 1, 2, 3, 4 }, 0xabcdef);
		else
			wire_consumer_subscribe(viewer.wire, WIRE_QUEUE_POINTER);
		EVENTUALLY(viewer_check(&viewer) && viewer.session != session);
		viewer_catch_up(&viewer, stage);
		viewer_close(&viewer);
		stage_end(stage);
	}
}

static void a_lost_screen_is_found_again(void)
{
	struct stage *stage = stage_new(320, 200, 16 * MIB);
	struct viewer viewer;
	viewer_open(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	stage->screen.gone = true;
	screen_touch(&stage->screen);
	EVENTUALLY(!viewer_check(&viewer));
	EVENTUALLY(stage->screen.creates >= 3); /* one at first, then tries */
	CHECK_EQ(atomic_load(word(stage, 0)), 0);
	stage->screen.gone = false;
	viewer_live(&viewer);
	viewer_catch_up(&viewer, stage);
	viewer_close(&viewer);
	stage_end(stage);
}

static void a_larger_screen_gets_fewer_slots(void)
{
	/* 16 MiB take four slots of 640x480 and at most three of 1024x1024. */
	struct stage *stage = stage_new(640, 480, 16 * MIB);
	struct viewer viewer;
	viewer_open(&viewer, stage);
	viewer_catch_up(&viewer, stage);
	CHECK_EQ(wire_producer_slots(stage->session.producer), 4);
	screen_resize(&stage->screen, 1024, 1024);
	screen_draw(&stage->screen, (struct rect){ 1000, 1000, 24, 24 }, 0xabcdef);
	viewer_catch_up(&viewer, stage);
	CHECK_EQ(viewer.frame.image.width, 1024);
	CHECK_EQ(viewer.frame.flags & WIRE_FRAME_TRUNCATED, 0);
	screen_resize(&stage->screen, 640, 480);
	viewer_catch_up(&viewer, stage);
	CHECK_EQ(wire_producer_slots(stage->session.producer), 4);
	viewer_close(&viewer);
	stage_end(stage);
}

static void a_screen_beyond_the_memory_is_cut(void)
{
	struct stage *stage = stage_new(2048, 1024, 16 * MIB);
	struct viewer viewer;
	viewer_open(&viewer, stage);
	CHECK(viewer_next(&viewer, SOON_NS));
	CHECK(viewer.frame.flags & WIRE_FRAME_TRUNCATED);
	CHECK_EQ(viewer.frame.image.height, 1024);
	CHECK(viewer.frame.image.data_height < 1024);
	viewer_close(&viewer);
	stage_end(stage);
}

static void a_wish_moves_the_pointer(void)
{
	struct stage *stage = stage_new(320, 200, 16 * MIB);
	struct viewer viewer;
	uint32_t serial;
	viewer_open(&viewer, stage);
	viewer_live(&viewer);
	EVENTUALLY(viewer_check(&viewer) &&
		   wire_consumer_subscribe(viewer.wire, WIRE_QUEUE_POINTER) == 0);
	CHECK_EQ(wire_consumer_set_cursor(viewer.wire, 77, 33, &serial), 0);
	EVENTUALLY(stage->screen.warped == ((int64_t)33 << 32 | 77));
	EVENTUALLY(wire_consumer_acked(viewer.wire, serial));
	viewer_close(&viewer);
	stage_end(stage);
}

static void the_patterns_pointer_arrives(void)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	screen_init(&stage->screen, 1, 1);
	stage_begin(stage, &capture_pattern, "320x200:still:cursor", 16 * MIB);
	struct viewer viewer;
	struct cursor cursor;
	viewer_open(&viewer, stage);
	bool shape = false;
	int moves = 0;
	uint64_t end = clock_ns() + SOON_NS;
	while ((!shape || moves < 10) && clock_ns() < end) {
		if (!viewer_check(&viewer) ||
		    wire_consumer_subscribe(viewer.wire, WIRE_QUEUE_POINTER) ||
		    wire_consumer_pointer(viewer.wire, &cursor))
			continue;
		shape |= cursor.has_shape;
		moves += cursor.has_position;
	}
	CHECK(shape && moves >= 10);
	CHECK_EQ(frames(stage), 0); /* nobody asked for frames */
	viewer_close(&viewer);
	stage_end(stage);
}

static const struct test_case cases[] = {
	TEST(every_slot_remembers_what_it_missed),    TEST(damage_is_told_exactly),
	TEST(a_busy_consumer_sees_the_last_change),   TEST(a_newcomer_sees_the_last_frame_at_once),
	TEST(nothing_runs_while_nobody_looks),        TEST(nothing_runs_while_the_picture_is_still),
	TEST(a_failed_fill_still_ends_and_is_mended), TEST(the_rate_can_be_limited),
	TEST(wiped_memory_gets_a_new_session),        TEST(a_stuck_lock_gets_a_new_session),
	TEST(a_lost_screen_is_found_again),           TEST(a_larger_screen_gets_fewer_slots),
	TEST(a_screen_beyond_the_memory_is_cut),      TEST(a_wish_moves_the_pointer),
	TEST(the_patterns_pointer_arrives),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
