/* Between two Oriels: woken instead of polling, holds that last, damage over skipped frames, stamps
 * that add up. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

static struct guest guest;
static struct watcher watcher;

static void begin_as(bool early)
{
	guest_extend(&guest, false);
	guest_start(&guest, "Oriel test");
	CHECK(wire_producer_extended(guest.producer));
	watcher_open(&watcher, &guest, early);
	watcher_until(&watcher, &watcher.attached, 1);
}

static void begin(void)
{
	begin_as(false);
}

static void finish(void)
{
	watcher_close(&watcher);
	guest_finish(&guest);
}

static void one_frame(void)
{
	guest_frame(&guest, NULL);
	watcher_until(&watcher, &watcher.frames, watcher.frames + 1);
	CHECK_EQ(watcher.number, guest.number);
	CHECK_EQ(watcher.wrong, 0);
}

static struct oriel_frame *keep(void)
{
	struct oriel_frame *frame = watcher.frame;
	watcher.frame = NULL;
	return frame;
}

static uint64_t area_since(const struct oriel_frame *frame, uint64_t since)
{
	struct oriel_rect rects[64];
	uint64_t area = 0;
	size_t count = oriel_frame_damage(frame, since, rects, ARRAY_LEN(rects));
	for (size_t i = 0; i < count; i++)
		area += (uint64_t)rects[i].width * rects[i].height;
	return area;
}

/* ---- waking ---- */

static void frames_arrive(void)
{
	begin();
	for (unsigned i = 1; i <= 50; i++) {
		one_frame();
		CHECK_EQ(watcher.serial, i);
		CHECK(watcher.held);
	}
	CHECK_EQ(watcher_stats(&watcher).frames, 50);
	CHECK_EQ(watcher_stats(&watcher).repeats, 0);
	finish();
}

static void each_frame_wakes_once(void)
{
	begin();
	one_frame();
	watcher_for(&watcher, 200 * NS_PER_MS);
	struct oriel_stats before = watcher_stats(&watcher);
	uint64_t start = clock_ns();
	for (unsigned i = 0; i < 100; i++) {
		one_frame();
		clock_sleep(2 * NS_PER_MS);
	}
	struct oriel_stats after = watcher_stats(&watcher);
	uint64_t woken = after.wakeups - before.wakeups, looks = after.looks - before.looks;
	uint64_t beats = beats_since(start);
	printf("# 100 frames: %u wake-ups, %u looks\n", (unsigned)woken, (unsigned)looks);
	CHECK(woken >= 90);
	CHECK(woken <= 110 + beats);
	CHECK(looks <= 2 * woken + 2);
	finish();
}

static void post_quickly(void)
{
	guest_publish(&guest, NULL);
	wire_slot_fill(guest.producer, &guest.slot, UINT32_MAX);
	guest_ring(&guest, WIRE_FILLED);
}

/* Was one that was posted after `since` delivered within so long? */
static bool delivered(uint64_t since, uint64_t ns)
{
	struct oriel_stamps stamps = { 0 };
	uint64_t end = clock_ns() + ns;
	while (stamps.posted_ns < since && clock_ns() < end) {
		watcher_for(&watcher, 20 * NS_PER_US);
		if (watcher.frame)
			oriel_frame_stamps(watcher.frame, &stamps);
	}
	return stamps.posted_ns >= since;
}

/* Posted at the very moments at which the library looks, arms and falls asleep: each is found by
 * the second look or rings. What neither did would wait for a beat. */
static void no_frame_is_slept_through(void)
{
	uint64_t random = 1;
	unsigned late = 0;
	begin();
	watcher.hold = true;
	for (unsigned i = 0; i < 2000; i++) {
		post_quickly();
		random = random * 6364136223846793005ull + 1442695040888963407ull;
		for (uint64_t wait = clock_ns() + (random >> 33) % 20000; clock_ns() < wait;)
			;
		struct stopwatch watch = stopwatch_start();
		post_quickly();
		late += !delivered(watch.begin, 200 * NS_PER_MS) &&
			stopwatch_ns(&watch) >= 100 * NS_PER_MS;
		if (late > 3)
			break;
	}
	CHECK(late <= 1);
	finish();
}

static void a_still_picture_wakes_three_times_a_second(void)
{
	struct pollfd news = { .events = POLLIN };
	begin();
	one_frame();
	news.fd = oriel_fd(watcher.oriel);
	watcher_for(&watcher, 500 * NS_PER_MS);
	/* Answers about the clock, 20 at most, may come late on a busy machine. */
	uint64_t woken = UINT64_MAX, beats = 0;
	for (int tries = 0; tries < 5 && woken > beats; tries++) {
		struct oriel_stats before = watcher_stats(&watcher);
		uint64_t start = clock_ns();
		CHECK_EQ(poll(&news, 1, 2000), 0);
		woken = watcher_stats(&watcher).wakeups - before.wakeups;
		beats = beats_since(start);
	}
	CHECK(woken <= beats);
	CHECK(woken >= 3);
	finish();
}

static void nobody_rings_who_does_not_sleep_on_it(void)
{
	begin();
	one_frame();
	oriel_watch(watcher.oriel, false);
	watcher_for(&watcher, 200 * NS_PER_MS);
	uint64_t rung = atomic_load(&guest.rung), start = clock_ns();
	struct oriel_stats before = watcher_stats(&watcher);
	for (unsigned i = 0; i < 20; i++) {
		guest_frame(&guest, NULL);
		guest_point(&guest, (int32_t)i, 0);
		watcher_for(&watcher, 5 * NS_PER_MS);
	}
	CHECK_EQ(atomic_load(&guest.rung), rung);
	CHECK_EQ(watcher.frames, 1);
	CHECK(watcher_stats(&watcher).wakeups - before.wakeups <= 2 + beats_since(start));
	oriel_watch(watcher.oriel, true);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(watcher.number, guest.number);
	one_frame();
	finish();
}

/* It sleeps on the guest's word. */
static void what_the_program_wants_ends_the_sleep(void)
{
	begin();
	one_frame();
	uint64_t start = clock_ns();
	for (unsigned i = 0; i < 200; i++) {
		unsigned seen = watcher.frames;
		if (i % 2)
			watcher_for(&watcher, NS_PER_MS);
		oriel_refresh(watcher.oriel);
		watcher_until(&watcher, &watcher.frames, seen + 1);
	}
	CHECK(clock_ns() - start < 10 * NS_PER_S); /* else one beat for each */
	CHECK_EQ(watcher_stats(&watcher).wake, ORIEL_WAKE_FUTEX);
	finish();
}

/* Moves are followed, but the program is not bothered. */
static void who_wants_shapes_hears_of_no_moves(void)
{
	struct cursor hidden = { .has_position = true, .x = 101, .y = 101 };
	begin();
	oriel_moves(watcher.oriel, false);
	one_frame();
	guest_point(&guest, 1, 1);
	watcher_until(&watcher, &watcher.cursors, 1);
	struct pollfd news = { .fd = oriel_fd(watcher.oriel), .events = POLLIN };
	for (int32_t i = 2; i < 100; i++) {
		guest_point(&guest, i, i);
		CHECK_EQ(poll(&news, 1, 1), 0);
	}
	oriel_moves(watcher.oriel, true);
	watcher_until(&watcher, &watcher.cursors, 2);
	CHECK_EQ(watcher.cursor.x, 99);
	guest_point(&guest, 100, 100);
	watcher_until(&watcher, &watcher.cursors, 3);
	oriel_moves(watcher.oriel, false);
	wire_producer_pointer(guest.producer, &hidden);
	guest_ring(&guest, WIRE_POINTER);
	watcher_until(&watcher, &watcher.cursors, 4);
	CHECK(!watcher.cursor.visible);
	CHECK_EQ(watcher.cursor.x, 101);
	finish();
}

static void the_pointer_wakes(void)
{
	begin();
	one_frame();
	watcher_for(&watcher, 100 * NS_PER_MS);
	struct oriel_stats before = watcher_stats(&watcher);
	for (int32_t i = 1; i <= 500; i++) {
		unsigned seen = watcher.cursors;
		guest_point(&guest, i, -i);
		watcher_until(&watcher, &watcher.cursors, seen + 1);
		CHECK_EQ(watcher.cursor.x, i);
	}
	struct oriel_stats after = watcher_stats(&watcher);
	CHECK_EQ(watcher.frames, 1);
	CHECK(after.wakeups - before.wakeups <= 600);
	finish();
}

static void a_flood_of_pointers_loses_the_last_one_never(void)
{
	begin();
	for (int32_t i = 1; i <= 20000; i++)
		guest_point(&guest, i, i);
	WATCH_UNTIL(&watcher, watcher.cursor.x == 20000);
	one_frame();
	finish();
}

/* A guest that rings without anything new wastes its own time, not ours. */
static void endless_ringing_meets_a_deaf_ear(void)
{
	begin();
	one_frame();
	struct oriel_stats before = watcher_stats(&watcher);
	uint64_t end = clock_ns() + NS_PER_S, rung = atomic_load(&guest.rung);
	while (clock_ns() < end) {
		guest_ring(&guest, WIRE_FILLED);
		guest_ring(&guest, WIRE_POINTER);
	}
	struct oriel_stats after = watcher_stats(&watcher);
	rung = atomic_load(&guest.rung) - rung;
	printf("# rung %u times, %u wake-ups\n", (unsigned)rung,
	       (unsigned)(after.wakeups - before.wakeups));
	CHECK(after.wakeups - before.wakeups < 64 * 250 + 1000);
	one_frame();
	finish();
}

static void wishes_knock(void)
{
	begin();
	one_frame();
	watcher_for(&watcher, 200 * NS_PER_MS);
	unsigned knocks = atomic_load(&guest.knocks);
	CHECK_EQ(oriel_set_cursor(watcher.oriel, 12, 34), 0);
	WATCH_UNTIL(&watcher, atomic_load(&guest.cursor_count) > 0);
	CHECK_EQ(atomic_load(&guest.cursor_x), 12);
	CHECK_EQ(atomic_load(&guest.cursor_y), 34);
	WATCH_UNTIL(&watcher, atomic_load(&guest.knocks) > knocks);
	knocks = atomic_load(&guest.knocks);
	oriel_watch(watcher.oriel, false);
	WATCH_UNTIL(&watcher, atomic_load(&guest.knocks) > knocks);
	finish();
}

static struct wire_want wanted(void)
{
	struct wire_want wants[4] = { { 0 } };
	return wire_producer_wants(guest.producer, wants, ARRAY_LEN(wants))
		       ? wants[0]
		       : (struct wire_want){ 0 };
}

static void what_is_wanted_reaches_the_guest(void)
{
	begin();
	oriel_want(watcher.oriel, 2560, 1440, 180, 144000);
	WATCH_UNTIL(&watcher, wanted().width == 2560);
	CHECK_EQ(wanted().height, 1440);
	CHECK_EQ(wanted().scale, 180);
	CHECK_EQ(wanted().refresh, 144000);
	guest_stop(&guest, true);
	guest_start(&guest, "Oriel test");
	WATCH_UNTIL(&watcher, wanted().width == 2560);
	finish();
}

static void a_guest_elsewhere_is_looked_at(void)
{
	guest_extend(&guest, true);
	guest_start(&guest, "Oriel test");
	watcher_open(&watcher, &guest, false);
	watcher_until(&watcher, &watcher.attached, 1);
	for (unsigned i = 0; i < 10; i++)
		one_frame();
	CHECK_EQ(atomic_load(&guest.rung), 0);
	finish();
}

/* ---- frames ---- */

/* A program that shows frame 1 gets neither 2 nor 3 when it can show another, but 4. */
static void while_busy_the_newest_waits(void)
{
	begin();
	watcher.hold = true;
	one_frame();
	oriel_busy(watcher.oriel, true);
	for (unsigned i = 0; i < 3; i++) {
		guest_frame(&guest, NULL);
		watcher_for(&watcher, 20 * NS_PER_MS);
	}
	watcher_settles(&watcher);
	CHECK_EQ(watcher.frames, 1);
	CHECK(oriel_frame_held(watcher.frame));
	guest_point(&guest, 3, 4);
	watcher_until(&watcher, &watcher.cursors, 1);
	oriel_busy(watcher.oriel, false);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(watcher.number, 4);
	CHECK_EQ(watcher.wrong, 0);
	one_frame(); /* as ever */
	finish();
}

static void early_frames_are_read_along(void)
{
	begin_as(true);
	watcher.hold = true;
	guest_publish(&guest, NULL);
	watcher_until(&watcher, &watcher.frames, 1);
	CHECK(oriel_frame_rows(watcher.frame, 1, 1000) == NULL);
	CHECK_EQ(errno, ETIMEDOUT);
	guest_fill(&guest, 100);
	CHECK(oriel_frame_rows(watcher.frame, 100, 0) != NULL);
	guest_fill(&guest, 200);
	CHECK(oriel_frame_rows(watcher.frame, 200, 0) != NULL);
	struct oriel_stamps stamps;
	oriel_frame_stamps(watcher.frame, &stamps);
	CHECK(stamps.filled_ns >= stamps.posted_ns);
	CHECK(stamps.seen_ns <= stamps.filled_ns + stamps.bound_ns);
	finish();
}

static void unfilled_frames_are_waited_for_asleep(void)
{
	begin();
	one_frame();
	guest_publish(&guest, NULL);
	guest_fill(&guest, 100);
	guest_point(&guest, 1, 1); /* woken for something else: it is not there yet */
	watcher_until(&watcher, &watcher.cursors, 1);
	struct oriel_stats before = watcher_stats(&watcher);
	uint64_t start = clock_ns();
	watcher_for(&watcher, 300 * NS_PER_MS);
	CHECK(watcher_stats(&watcher).wakeups - before.wakeups <= 2 + beats_since(start));
	CHECK_EQ(watcher.frames, 1);
	guest_fill(&guest, 200);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(watcher.wrong, 0);
	CHECK_EQ(watcher.number, 2);
	finish();
}

/* Who wakes up late finds the next frame announced already, and shows the one that is there. */
static void what_is_filled_is_shown_while_the_next_one_comes(void)
{
	begin();
	watcher.hold = true;
	one_frame();
	guest_publish(&guest, NULL);
	pattern_draw(&guest.image, guest.slot.pixels, 0, guest.image.data_height, guest.number,
		     guest.number);
	wire_slot_fill(guest.producer, &guest.slot, UINT64_MAX);
	guest_publish(&guest, NULL);
	guest_ring(&guest, WIRE_FILLED);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(watcher.number, 2);
	guest_fill(&guest, guest.image.data_height);
	watcher_until(&watcher, &watcher.frames, 3);
	CHECK_EQ(watcher.number, 3);
	CHECK_EQ(watcher.wrong, 0);
	finish();
}

/* The program shows 1 and has not come for 2. */
static void what_nobody_came_for_stays_until_the_next_is_filled(void)
{
	begin();
	watcher.hold = true;
	one_frame();
	guest_frame(&guest, NULL);
	watcher_sees(&watcher, 2);
	guest_publish(&guest, NULL);
	guest_point(&guest, 1, 1);
	clock_sleep(20 * NS_PER_MS);
	watcher_until(&watcher, &watcher.cursors, 1);
	CHECK_EQ(watcher.frames, 2);
	CHECK_EQ(watcher.number, 2);
	guest_fill(&guest, guest.image.data_height);
	watcher_until(&watcher, &watcher.frames, 3);
	CHECK_EQ(watcher.number, 3);
	finish();
}

static void abandoned_frames_are_not_shown(void)
{
	static const struct rect small = { 10, 10, 8, 8 };
	begin();
	one_frame();
	guest_publish(&guest, &small);
	guest_point(&guest, 1, 1);
	watcher_until(&watcher, &watcher.cursors, 1);
	guest_abandon(&guest);
	watcher_for(&watcher, 100 * NS_PER_MS);
	CHECK_EQ(watcher.frames, 1);
	CHECK_EQ(watcher_stats(&watcher).rejected, 0);
	watcher.hold = true;
	guest_frame(&guest, &small);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(area_since(watcher.frame, 1), 320 * 200);
	finish();
}

static void skipped_frames_keep_damage_exact(void)
{
	static const struct rect rects[] = {
		{ 0, 0, 8, 8 },   { 20, 20, 8, 8 }, { 40, 40, 8, 8 },
		{ 60, 60, 8, 8 }, { 80, 80, 8, 8 },
	};
	begin();
	one_frame();
	watcher.hold = true;
	for (size_t i = 0; i < ARRAY_LEN(rects); i++)
		guest_frame(&guest, &rects[i]); /* nobody dispatches meanwhile */
	clock_sleep(50 * NS_PER_MS);
	WATCH_UNTIL(&watcher, watcher.number == 6);
	CHECK_EQ(watcher.wrong, 0);
	CHECK_EQ(area_since(watcher.frame, 1), 5 * 64);
	CHECK_EQ(area_since(watcher.frame, watcher.serial), 0);
	finish();
}

static void refresh_brings_it_again_while_it_is_held(void)
{
	static const struct rect small = { 10, 10, 8, 8 };
	begin();
	watcher.hold = true;
	one_frame();
	oriel_refresh(watcher.oriel);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(watcher.number, 1);
	CHECK(watcher.serial > 1);
	CHECK_EQ(area_since(watcher.frame, 1), 320 * 200);
	uint64_t shown = watcher.serial;
	guest_frame(&guest, &small);
	watcher_until(&watcher, &watcher.frames, 3);
	CHECK_EQ(area_since(watcher.frame, shown), 64);
	finish();
}

static void an_unread_frame_gives_way_to_a_newer_one(void)
{
	begin();
	watcher.hold = true;
	one_frame();
	for (unsigned i = 0; i < 5; i++) {
		guest_frame(&guest, NULL);
		watcher_sees(&watcher, i + 2);
	}
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(watcher.number, 6);
	CHECK_EQ(watcher.wrong, 0);
	CHECK(watcher.held);
	CHECK_EQ(watcher_stats(&watcher).skipped, 4);
	finish();
}

/* An unread frame stays where nothing newer is there, whatever else wakes us. */
static void an_unread_frame_waits(void)
{
	begin();
	watcher.hold = true;
	one_frame();
	guest_frame(&guest, NULL);
	watcher_sees(&watcher, 2);
	for (int32_t i = 0; i < 10; i++) {
		guest_point(&guest, i, i);
		clock_sleep(5 * NS_PER_MS);
	}
	clock_sleep(600 * NS_PER_MS);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(watcher.number, 2);
	CHECK(watcher.held);
	CHECK_EQ(watcher_stats(&watcher).skipped, 0);
	finish();
}

static void two_holds_last(void)
{
	struct oriel_frame *first, *second;
	begin();
	watcher.hold = true;
	one_frame();
	first = keep();
	one_frame();
	second = keep();
	watcher_for(&watcher, 1200 * NS_PER_MS);
	CHECK(oriel_frame_held(first));
	CHECK(oriel_frame_held(second));
	CHECK(oriel_frame_lasting(second));
	/* There is room for a third, which is not taken while two are out. */
	guest_frame(&guest, NULL);
	watcher_for(&watcher, 5 * NS_PER_MS);
	CHECK_EQ(watcher.frames, 2);
	struct stopwatch watch = stopwatch_start();
	for (unsigned i = 3; i < 8; i++) {
		oriel_frame_unref(first); /* wakes the library: no need to wait for a beat */
		watcher_until(&watcher, &watcher.frames, i);
		CHECK_EQ(watcher.number, i);
		CHECK_EQ(watcher.wrong, 0);
		first = second;
		second = keep();
		guest_frame(&guest, NULL);
		clock_sleep(5 * NS_PER_MS);
	}
	CHECK(stopwatch_ns(&watch) < NS_PER_S);
	oriel_frame_unref(first);
	oriel_frame_unref(second);
	finish();
}

/* Who waits for the display to tell when it was seen need not keep the buffer so long. */
static void pixels_go_back_before_the_frame(void)
{
	struct oriel_frame *kept[4];
	struct oriel_stamps stamps;
	begin();
	watcher.hold = true;
	for (unsigned i = 0; i < ARRAY_LEN(kept); i++) {
		one_frame();
		kept[i] = keep();
		CHECK(oriel_frame_held(kept[i]));
		oriel_frame_give_back(kept[i]);
		oriel_frame_give_back(kept[i]);
		CHECK(!oriel_frame_held(kept[i]));
	}
	CHECK_EQ(watcher.frames, ARRAY_LEN(kept));
	for (unsigned i = 0; i < ARRAY_LEN(kept); i++) {
		uint64_t now = clock_ns();
		oriel_frame_presented(kept[i], now);
		oriel_frame_stamps(kept[i], &stamps);
		CHECK_EQ(stamps.presented_ns, now);
		oriel_frame_unref(kept[i]);
	}
	finish();
}

/* Whoever holds everything there is loses the oldest; the guest goes on. */
static void greedy_holders_lose_the_oldest(void)
{
	struct watcher other;
	struct oriel_frame *held[2];
	begin();
	watcher_open(&other, &guest, false);
	watcher_until(&other, &other.attached, 1);
	watcher.hold = true;
	other.hold = true;
	for (unsigned i = 0; i < 2; i++) {
		one_frame();
		held[i] = keep();
	}
	for (unsigned i = 0; i < 6; i++) {
		guest_frame(&guest, NULL); /* fails unless a slot can be had */
		watcher_for(&other, 30 * NS_PER_MS);
		struct oriel_frame *mine = other.frame;
		other.frame = NULL;
		if (i % 2)
			oriel_frame_unref(mine);
		else if (mine) {
			watcher_for(&other, NS_PER_MS);
			oriel_frame_unref(mine);
		}
	}
	oriel_frame_unref(held[0]);
	oriel_frame_unref(held[1]);
	watcher_until(&watcher, &watcher.frames, 3);
	CHECK_EQ(watcher.number, guest.number);
	CHECK_EQ(watcher.wrong, 0);
	watcher_close(&other);
	finish();
}

/* ---- stamps ---- */

static void stamps_are_in_order_and_add_up(void)
{
	begin();
	watcher.hold = true;
	for (unsigned i = 0; i < 20; i++) {
		struct oriel_stamps stamps;
		uint64_t before = clock_ns();
		one_frame();
		oriel_frame_submitted(watcher.frame, clock_ns());
		oriel_frame_presented(watcher.frame, clock_ns());
		oriel_frame_presented(watcher.frame, clock_ns() + NS_PER_S);
		oriel_frame_stamps(watcher.frame, &stamps);
		CHECK(stamps.posted_ns + stamps.bound_ns >= before);
		CHECK(stamps.filled_ns >= stamps.posted_ns);
		CHECK(stamps.seen_ns + stamps.bound_ns >= stamps.filled_ns);
		CHECK(stamps.submitted_ns >= stamps.seen_ns);
		CHECK(stamps.presented_ns >= stamps.submitted_ns);
		CHECK(stamps.presented_ns <= clock_ns());
	}
	finish();
}

static void stages_add_up_to_the_total(void)
{
	struct oriel_stats stats;
	begin();
	watcher.hold = true;
	for (unsigned i = 0; i < 11; i++) {
		struct wire_frame frame = { .image = guest.image, .damage_all = true };
		struct wire_slot slot;
		while (wire_producer_acquire(guest.producer, &slot) == WIRE_E_BUSY)
			watcher_for(&watcher, NS_PER_MS);
		frame.stamps.captured = clock_ns();
		frame.stamps.posted = frame.stamps.captured + 3000;
		clock_sleep(5000);
		wire_producer_publish(guest.producer, &slot, &frame, NULL);
		wire_slot_fill(guest.producer, &slot, UINT32_MAX);
		guest_ring(&guest, WIRE_FILLED);
		watcher_until(&watcher, &watcher.frames, i + 1);
		oriel_frame_submitted(watcher.frame, clock_ns());
		oriel_frame_presented(watcher.frame, clock_ns());
		/* One frame's stages add up exactly. */
		if (i == 0) {
			uint64_t sum = 0;
			stats = watcher_stats(&watcher);
			for (unsigned stage = 0; stage < ORIEL_STAGE_TOTAL; stage++)
				sum += stats.stage_ns[stage][0];
			CHECK_EQ(sum, stats.stage_ns[ORIEL_STAGE_TOTAL][0]);
		}
	}
	stats = watcher_stats(&watcher);
	CHECK_EQ(stats.stage_ns[ORIEL_STAGE_POST][0], 3000);
	CHECK(stats.stage_ns[ORIEL_STAGE_TOTAL][0] > 3000);
	CHECK(stats.stage_ns[ORIEL_STAGE_TOTAL][0] < NS_PER_S);
	finish();
}

/* ---- who goes, who stops ---- */

static void a_guest_that_freezes_is_missed_within_two_seconds(void)
{
	begin();
	one_frame();
	atomic_store(&guest.stop, true);
	pthread_join(guest.pulse, NULL);
	struct stopwatch watch = stopwatch_start();
	watcher_until(&watcher, &watcher.detached, 1);
	CHECK_EQ(watcher.reason, ORIEL_DETACH_LOST);
	CHECK(stopwatch_ns(&watch) < 5 * NS_PER_S / 2);
	atomic_store(&guest.stop, false);
	CHECK_EQ(thread_start(&guest.pulse, "pulse", pulse, &guest), 0);
	watcher_until(&watcher, &watcher.attached, 2);
	watcher_until(&watcher, &watcher.frames, 2); /* its newest again */
	CHECK_EQ(watcher.number, 1);
	one_frame();
	finish();
}

static void a_guest_that_leaves_says_so(void)
{
	begin();
	watcher.hold = true;
	one_frame();
	guest_stop(&guest, true);
	watcher_until(&watcher, &watcher.detached, 1);
	CHECK(!oriel_frame_held(watcher.frame));
	CHECK(oriel_frame_rows(watcher.frame, 0, 0) != NULL);
	guest_start(&guest, "Oriel test");
	watcher_until(&watcher, &watcher.attached, 2);
	one_frame();
	CHECK(oriel_frame_held(watcher.frame));
	finish();
}

/* The other side may also be a plain one next time, and an Oriel again after that. */
static void kinds_of_guests_take_turns(void)
{
	begin();
	one_frame();
	for (unsigned i = 0; i < 4; i++) {
		guest_stop(&guest, true);
		guest.extend = i % 2;
		guest_start(&guest, guest.extend ? "Oriel test" : "B7");
		watcher_until(&watcher, &watcher.attached, i + 2);
		one_frame();
		one_frame();
	}
	finish();
}

static void three_watch_and_one_hides(void)
{
	struct watcher others[2];
	begin();
	for (size_t i = 0; i < 2; i++) {
		watcher_open(&others[i], &guest, i);
		watcher_until(&others[i], &others[i].attached, 1);
	}
	for (unsigned n = 0; n < 30; n++) {
		if (n == 10)
			oriel_watch(others[1].oriel, false);
		guest_frame(&guest, NULL);
		watcher_for(&watcher, 2 * NS_PER_MS);
		watcher_for(&others[0], NS_PER_MS);
		watcher_for(&others[1], NS_PER_MS);
	}
	oriel_watch(others[1].oriel, true);
	for (size_t i = 0; i < 2; i++) {
		WATCH_UNTIL(&others[i], others[i].number == guest.number);
		CHECK_EQ(others[i].wrong, 0);
		watcher_close(&others[i]);
	}
	WATCH_UNTIL(&watcher, watcher.number == guest.number);
	one_frame();
	finish();
}

/* ---- a viewer that is stopped ---- */

/* A process of its own; says how many frames it has seen, and the last one's number. */
struct report {
	_Atomic uint32_t frames, number, wrong, attached, resubscribed;
	atomic_bool end;
};

static void be_a_viewer(struct report *report)
{
	struct guest idle = { .shm = guest.shm };
	struct watcher self;
	watcher_open(&self, &idle, false);
	self.hold = true;
	while (!atomic_load(&report->end)) {
		watcher_for(&self, 2 * NS_PER_MS);
		atomic_store(&report->attached, self.attached);
		atomic_store(&report->number, (uint32_t)self.number);
		atomic_store(&report->wrong, self.frames ? (uint32_t)self.wrong : 0);
		atomic_store(&report->resubscribed, (uint32_t)watcher_stats(&self).resubscribed);
		atomic_store(&report->frames, self.frames);
	}
	watcher_close(&self);
	_exit(0);
}

static void a_stopped_viewer_slows_nobody_and_comes_back(void)
{
	struct watcher other;
	struct shm *memory;
	CHECK_EQ(shm_create_memfd(&memory, "report", MIB, NULL), 0);
	struct report *report = memory->base;
	guest_extend(&guest, false);
	pid_t viewer = fork();
	if (viewer == 0) {
		alarm(30);
		be_a_viewer(report);
	}
	guest_start(&guest, "Oriel test");
	watcher_open(&watcher, &guest, false);
	watcher_until(&watcher, &watcher.attached, 1);
	watcher_open(&other, &guest, false);
	watcher_until(&other, &other.attached, 1);
	other.hold = true;
	for (int i = 0; i < 500 && atomic_load(&report->frames) < 3; i++) {
		guest_frame(&guest, NULL);
		watcher_for(&watcher, 10 * NS_PER_MS);
	}
	CHECK(atomic_load(&report->frames) >= 3);
	kill(viewer, SIGSTOP);
	uint64_t stopped = clock_ns();
	while (clock_ns() - stopped < 4 * NS_PER_S) {
		unsigned seen = watcher.frames;
		struct stopwatch watch = stopwatch_start();
		guest_frame(&guest, NULL);
		watcher_until(&watcher, &watcher.frames, seen + 1);
		CHECK_EQ(watcher.wrong, 0);
		CHECK(stopwatch_ns(&watch) < NS_PER_S);
		watcher_for(&other, 10 * NS_PER_MS);
		CHECK(other.frames == 0 || other.wrong == 0);
	}
	uint32_t before = atomic_load(&report->frames);
	kill(viewer, SIGCONT);
	for (int i = 0; i < 500 && atomic_load(&report->frames) < before + 3; i++) {
		guest_frame(&guest, NULL);
		watcher_for(&watcher, 10 * NS_PER_MS);
	}
	CHECK(atomic_load(&report->frames) >= before + 3);
	WATCH_UNTIL(&watcher, atomic_load(&report->number) == guest.number);
	CHECK_EQ(atomic_load(&report->wrong), 0);
	CHECK_EQ(atomic_load(&report->attached), 1);
	CHECK(atomic_load(&report->resubscribed) > 0);
	WATCH_UNTIL(&other, other.number == guest.number);
	CHECK_EQ(watcher_stats(&other).resubscribed, 0);
	watcher_close(&other);
	atomic_store(&report->end, true);
	waitpid(viewer, NULL, 0);
	shm_close(memory);
	finish();
}

static const struct test_case cases[] = {
	TEST(frames_arrive),
	TEST(each_frame_wakes_once),
	TEST(no_frame_is_slept_through),
	TEST(a_still_picture_wakes_three_times_a_second),
	TEST(nobody_rings_who_does_not_sleep_on_it),
	TEST(the_pointer_wakes),
	TEST(who_wants_shapes_hears_of_no_moves),
	TEST(what_the_program_wants_ends_the_sleep),
	TEST(a_flood_of_pointers_loses_the_last_one_never),
	TEST(endless_ringing_meets_a_deaf_ear),
	TEST(wishes_knock),
	TEST(what_is_wanted_reaches_the_guest),
	TEST(a_guest_elsewhere_is_looked_at),
	TEST(while_busy_the_newest_waits),
	TEST(early_frames_are_read_along),
	TEST(unfilled_frames_are_waited_for_asleep),
	TEST(what_is_filled_is_shown_while_the_next_one_comes),
	TEST(what_nobody_came_for_stays_until_the_next_is_filled),
	TEST(abandoned_frames_are_not_shown),
	TEST(skipped_frames_keep_damage_exact),
	TEST(refresh_brings_it_again_while_it_is_held),
	TEST(an_unread_frame_gives_way_to_a_newer_one),
	TEST(an_unread_frame_waits),
	TEST(two_holds_last),
	TEST(pixels_go_back_before_the_frame),
	TEST(greedy_holders_lose_the_oldest),
	TEST(stamps_are_in_order_and_add_up),
	TEST(stages_add_up_to_the_total),
	TEST(a_guest_that_freezes_is_missed_within_two_seconds),
	TEST(a_guest_that_leaves_says_so),
	TEST(kinds_of_guests_take_turns),
	TEST(three_watch_and_one_hides),
	TEST(a_stopped_viewer_slows_nobody_and_comes_back),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
