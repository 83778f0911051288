/* Frames from a real producer: the newest, its damage, its hold. */
#include <errno.h>

#include "rig.h"
#include "wire/producer_impl.h"

static struct guest guest;
static struct watcher watcher;

static void begin_as(const char *version, bool early)
{
	guest_start(&guest, version);
	watcher_open(&watcher, &guest, early);
	watcher_until(&watcher, &watcher.attached, 1);
}

static void begin(void)
{
	begin_as("Oriel test", false);
}

static void finish(void)
{
	watcher_close(&watcher);
	guest_finish(&guest);
}

static void first_frame(void)
{
	guest_frame(&guest, NULL);
	watcher_until(&watcher, &watcher.frames, watcher.frames + 1);
}

static void frames_arrive_pixel_by_pixel(void)
{
	unsigned held = 0;

	begin();
	for (unsigned i = 1; i <= 20; i++) {
		first_frame();
		CHECK_EQ(watcher.number, i);
		CHECK_EQ(watcher.wrong, 0);
		CHECK_EQ(watcher.serial, i);
		held += watcher.held;
	}
	CHECK(held > 0); /* not each: on a busy machine 8 ms may pass before we look */
	CHECK_EQ(watcher.format.pixel, ORIEL_PIXEL_BGRA);
	CHECK_EQ(watcher.format.width, 320);
	CHECK_EQ(watcher.format.data_height, 200);
	CHECK_EQ(watcher.format.pitch % 256, 0);
	CHECK_EQ(watcher.format.screen_width, 320);
	CHECK_EQ(watcher_stats(&watcher).frames, 20);
	CHECK_EQ(watcher_stats(&watcher).delivered, 20);
	CHECK_EQ(watcher_stats(&watcher).bytes_copied, 0);
	finish();
}

static void a_plain_producers_frames_arrive_too(void)
{
	begin_as("B7", false);
	first_frame();
	CHECK_EQ(watcher.wrong, 0);
	CHECK_STR(watcher.version, "B7");
	finish();
}

static void a_slow_reader_gets_the_newest(void)
{
	begin();
	first_frame();
	for (int i = 0; i < 10; i++) {
		guest_publish(&guest, NULL);
		guest_fill(&guest, guest.image.data_height);
		guest_idle(&guest, 20 * NS_PER_MS);
	}
	guest_flush(&guest);
	watcher_settles(&watcher);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(watcher.number, 11);
	CHECK_EQ(watcher.wrong, 0);
	watcher_for(&watcher, 100 * NS_PER_MS);
	CHECK_EQ(watcher.frames, 2);
	CHECK(watcher_stats(&watcher).skipped > 0);
	finish();
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

static void damage_unites_over_skipped_frames(void)
{
	static const struct rect a = { 10, 10, 8, 8 }, b = { 200, 100, 16, 4 };
	struct oriel_rect one;
	begin();
	watcher.hold = true;
	first_frame();
	CHECK_EQ(area_since(watcher.frame, 0), 320 * 200);
	oriel_frame_unref(watcher.frame);
	watcher.frame = NULL;
	guest_frame(&guest, &a);
	watcher_settles(&watcher);
	guest_frame(&guest, &b);
	watcher_settles(&watcher);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(watcher.number, 3);
	CHECK_EQ(area_since(watcher.frame, 1), 64 + 64);
	CHECK_EQ(area_since(watcher.frame, 2), 64);
	CHECK_EQ(area_since(watcher.frame, watcher.serial), 0);
	CHECK_EQ(area_since(watcher.frame, 0), 320 * 200);
	CHECK_EQ(oriel_frame_damage(watcher.frame, 1, &one, 1), 1);
	CHECK_EQ(one.x, 10);
	CHECK_EQ(one.width, 206);
	CHECK_EQ(oriel_frame_damage(watcher.frame, 1, NULL, 0), 2);
	finish();
}

/* A plain producer posts two deep, and we may miss the first: its damage is lost with it. */
static void a_missed_frame_is_full_damage(void)
{
	static const struct rect small = { 10, 10, 8, 8 };
	begin();
	watcher.hold = true;
	first_frame();
	oriel_frame_unref(watcher.frame);
	watcher.frame = NULL;
	guest_frame(&guest, &small);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(area_since(watcher.frame, 1), 64);
	oriel_frame_unref(watcher.frame);
	watcher.frame = NULL;
	guest.producer->frames.posted.serial++;
	guest_frame(&guest, &small);
	watcher_until(&watcher, &watcher.frames, 3);
	CHECK_EQ(area_since(watcher.frame, 2), 320 * 200);
	finish();
}

static void nothing_new_is_not_readable(void)
{
	begin();
	first_frame();
	struct pollfd wait = { .fd = oriel_fd(watcher.oriel), .events = POLLIN };
	watcher_for(&watcher, 20 * NS_PER_MS);
	CHECK_EQ(poll(&wait, 1, 200), 0);
	CHECK_EQ(oriel_dispatch(watcher.oriel), 0);
	CHECK_EQ(watcher.frames, 1);
	finish();
}

static void a_repeat_is_no_news(void)
{
	struct watcher second;
	begin();
	first_frame();
	/* A newcomer makes the producer post the same picture for everybody. */
	watcher_open(&second, &guest, false);
	watcher_until(&second, &second.frames, 1);
	CHECK_EQ(second.number, 1);
	WATCH_UNTIL(&watcher, watcher_stats(&watcher).repeats > 0);
	watcher_for(&watcher, 50 * NS_PER_MS);
	CHECK_EQ(watcher.frames, 1);
	watcher_close(&second);
	finish();
}

static void refresh_brings_it_again(void)
{
	begin();
	watcher.hold = true;
	first_frame();
	oriel_frame_unref(watcher.frame);
	watcher.frame = NULL;
	oriel_refresh(watcher.oriel);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(watcher.number, 1);
	CHECK(watcher.serial > 1);
	CHECK_EQ(area_since(watcher.frame, 1), 320 * 200);
	finish();
}

static void refresh_while_one_waits_unread(void)
{
	static const struct rect small = { 0, 0, 8, 8 };
	begin();
	first_frame();
	watcher.hold = true;
	guest_frame(&guest, &small);
	watcher_settles(&watcher);
	oriel_refresh(watcher.oriel);
	watcher_settles(&watcher);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(area_since(watcher.frame, 1), 320 * 200);
	finish();
}

/* A frame that is held: who comes for it late finds it loose. Since when, at most: the receiver
 * dates it by when it began to look, which it may have done before there was one. */
static uint64_t hold_one(void)
{
	uint64_t start = 0;
	memset(&watcher, 0, sizeof(watcher));
	for (int tries = 0; tries < 5 && !watcher.held; tries++) {
		if (tries)
			finish();
		start = clock_ns();
		begin();
		watcher.hold = true;
		first_frame();
	}
	CHECK(watcher.held);
	return start;
}

static void an_overdue_hold_is_taken_back(void)
{
	uint64_t start = hold_one();
	watcher_for(&watcher, 200 * NS_PER_MS);
	bool held = oriel_frame_held(watcher.frame);
	uint64_t passed = clock_ns() - start;
	if (!held)
		printf("# no longer held after %u ms\n", (unsigned)(passed / NS_PER_MS));
	CHECK(held || passed > 500 * NS_PER_MS); /* so long it may be */
	CHECK(!oriel_frame_lasting(watcher.frame));
	for (unsigned i = 0; oriel_frame_held(watcher.frame) && i < 100; i++)
		watcher_for(&watcher, 50 * NS_PER_MS);
	CHECK(!oriel_frame_held(watcher.frame));
	first_frame(); /* we were not dropped for it */
	CHECK_EQ(watcher.number, guest.number);
	CHECK_EQ(watcher_stats(&watcher).resubscribed, 0);
	finish();
}

static void *drop(void *data)
{
	oriel_frame_unref(data);
	return NULL;
}

static void any_thread_may_drop_a_frame(void)
{
	begin();
	watcher.hold = true;
	for (unsigned i = 1; i <= 50; i++) {
		pthread_t threads[4];
		first_frame();
		CHECK_EQ(watcher.number, i);
		for (size_t t = 0; t < ARRAY_LEN(threads); t++)
			pthread_create(&threads[t], NULL, drop, oriel_frame_ref(watcher.frame));
		oriel_frame_unref(watcher.frame);
		watcher.frame = NULL;
		for (size_t t = 0; t < ARRAY_LEN(threads); t++)
			pthread_join(threads[t], NULL);
	}
	finish();
}

static void frames_outlive_the_object(void)
{
	struct oriel_stats before;
	begin();
	watcher.hold = true;
	first_frame();
	struct oriel_frame *frame = oriel_frame_ref(watcher.frame);
	before = watcher_stats(&watcher);
	CHECK_EQ(before.delivered, 1);
	watcher_close(&watcher);
	guest_finish(&guest);
	CHECK(!oriel_frame_held(frame));
	const uint32_t *pixels = oriel_frame_rows(frame, UINT32_MAX, 0);
	CHECK(pixels != NULL);
	uint32_t sum = 0;
	for (size_t i = 0; i < 320 * 200; i++)
		sum += pixels[i];
	CHECK(sum != 0);
	CHECK_EQ(oriel_frame_serial(frame), 1);
	CHECK_EQ(oriel_frame_format(frame)->width, 320);
	oriel_frame_presented(frame, clock_ns());
	oriel_frame_unref(frame);
}

/* The same of an early one. */
static void hold_early(void)
{
	memset(&watcher, 0, sizeof(watcher));
	for (int tries = 0; tries < 5 && !watcher.held; tries++) {
		if (tries)
			finish();
		begin_as("Oriel test", true);
		watcher.hold = true;
		guest_publish(&guest, NULL);
		watcher_until(&watcher, &watcher.frames, 1);
	}
	CHECK(watcher.held);
}

static void early_frames_come_before_their_rows(void)
{
	hold_early();
	CHECK(oriel_frame_rows(watcher.frame, 0, 0) != NULL);
	CHECK(oriel_frame_rows(watcher.frame, 1, 1000) == NULL);
	CHECK_EQ(errno, ETIMEDOUT);
	guest_fill(&guest, 100);
	CHECK(oriel_frame_rows(watcher.frame, 100, 0) != NULL);
	CHECK(oriel_frame_rows(watcher.frame, 101, 0) == NULL);
	guest_fill(&guest, 200);
	CHECK(oriel_frame_rows(watcher.frame, 10000, 1000) != NULL);
	finish();
}

static void rows_of_a_vanished_guest_are_stale(void)
{
	hold_early();
	guest_stop(&guest, true);
	CHECK(oriel_frame_rows(watcher.frame, 1, 1000000) == NULL);
	CHECK_EQ(errno, ESTALE);
	finish();
}

static void late_frames_wait_for_their_rows(void)
{
	begin();
	guest_publish(&guest, NULL);
	guest_fill(&guest, 199);
	watcher_for(&watcher, 30 * NS_PER_MS);
	CHECK_EQ(watcher.frames, 0);
	guest_fill(&guest, 200);
	watcher_until(&watcher, &watcher.frames, 1);
	CHECK_EQ(watcher.wrong, 0);
	finish();
}

static void a_frame_never_filled_is_given_up(void)
{
	begin();
	guest_publish(&guest, NULL);
	WATCH_UNTIL(&watcher, watcher_stats(&watcher).rejected == 1);
	CHECK_EQ(watcher.frames, 0);
	first_frame();
	CHECK_EQ(watcher.number, 2);
	finish();
}

static void memory_and_place_can_be_handed_on(void)
{
	off_t offset = 0;
	size_t size = 0;
	begin();
	watcher.hold = true;
	first_frame();
	CHECK(oriel_frame_shm(watcher.frame, &offset, &size) >= 0);
	CHECK_EQ(offset % 4096, 0);
	CHECK_EQ(size, 16 * MIB);
	CHECK_EQ((uintptr_t)offset, guest.slot.offset);
	finish();
}

static void latencies_are_accounted_once(void)
{
	begin();
	watcher.hold = true;
	first_frame();
	uint64_t seen = oriel_frame_seen_ns(watcher.frame);
	CHECK(seen > 0 && seen <= clock_ns());
	CHECK_EQ(watcher_stats(&watcher).latency_ns[0], 0);
	oriel_frame_presented(watcher.frame, seen + 5000);
	oriel_frame_presented(watcher.frame, seen + 9000);
	CHECK_EQ(watcher_stats(&watcher).latency_ns[0], 5000);
	CHECK_EQ(watcher_stats(&watcher).latency_ns[2], 5000);
	finish();
}

static void formats_may_change(void)
{
	begin();
	first_frame();
	guest_resize(&guest, 640, 100);
	watcher.hold = true;
	first_frame();
	CHECK_EQ(watcher.format.width, 640);
	CHECK_EQ(watcher.wrong, 0);
	CHECK_EQ(area_since(watcher.frame, 1), 640 * 100);
	finish();
}

/* More references than places: nobody else waits for us, and we go on when some are dropped. */
static void many_references_are_survived(void)
{
	struct oriel_frame *kept[8] = { NULL };
	struct watcher other;
	begin();
	watcher_open(&other, &guest, false);
	watcher_until(&other, &other.attached, 1);
	watcher.hold = true;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		first_frame();
		kept[i] = watcher.frame;
		watcher.frame = NULL;
		watcher_for(&watcher, 600 * NS_PER_MS); /* the hold is over, the reference is not */
		watcher_for(&other, 20 * NS_PER_MS);
	}
	for (unsigned i = 0; i < 20; i++) {
		guest_frame(&guest, NULL);
		watcher_for(&watcher, 10 * NS_PER_MS);
		watcher_for(&other, 10 * NS_PER_MS);
	}
	CHECK_EQ(watcher.number, 8);
	WATCH_UNTIL(&other, other.number == guest.number);
	CHECK_EQ(watcher_stats(&watcher).resubscribed, 0);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		oriel_frame_unref(kept[i]);
	watcher_until(&watcher, &watcher.frames, 9);
	CHECK_EQ(watcher.number, guest.number);
	watcher_close(&other);
	finish();
}

static const struct test_case cases[] = {
	TEST(frames_arrive_pixel_by_pixel),
	TEST(a_plain_producers_frames_arrive_too),
	TEST(a_slow_reader_gets_the_newest),
	TEST(damage_unites_over_skipped_frames),
	TEST(a_missed_frame_is_full_damage),
	TEST(nothing_new_is_not_readable),
	TEST(a_repeat_is_no_news),
	TEST(refresh_brings_it_again),
	TEST(refresh_while_one_waits_unread),
	TEST(an_overdue_hold_is_taken_back),
	TEST(any_thread_may_drop_a_frame),
	TEST(frames_outlive_the_object),
	TEST(early_frames_come_before_their_rows),
	TEST(rows_of_a_vanished_guest_are_stale),
	TEST(late_frames_wait_for_their_rows),
	TEST(a_frame_never_filled_is_given_up),
	TEST(memory_and_place_can_be_handed_on),
	TEST(latencies_are_accounted_once),
	TEST(formats_may_change),
	TEST(many_references_are_survived),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
