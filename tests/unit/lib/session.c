/* Guests that come, go, come back as others, or were never there. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"
#include "wire/lgmp6.h"

static struct guest guest;
static struct watcher watcher;

static void begin(void)
{
	guest_start(&guest, "Oriel test");
	watcher_open(&watcher, &guest, false);
	watcher_until(&watcher, &watcher.attached, 1);
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
	CHECK_EQ(watcher.wrong, 0);
	CHECK_EQ(watcher.number, guest.number);
}

static struct lgmp6_header *header(void)
{
	return guest.shm->base;
}

static void an_empty_memory_is_told_once(void)
{
	guest_prepare(&guest);
	watcher_open(&watcher, &guest, false);
	watcher_until(&watcher, &watcher.detached, 1);
	CHECK_EQ(watcher.reason, ORIEL_DETACH_ABSENT);
	CHECK(strlen(watcher.text) > 10);
	watcher_for(&watcher, 200 * NS_PER_MS);
	CHECK_EQ(watcher.detached, 1);
	CHECK_EQ(oriel_set_cursor(watcher.oriel, 1, 1), -ENOTCONN);
	guest_start(&guest, "Oriel test");
	watcher_until(&watcher, &watcher.attached, 1);
	CHECK_STR(watcher.version, "Oriel test");
	one_frame();
	finish();
}

static void a_dead_session_is_no_guest(void)
{
	guest_start(&guest, "Oriel test");
	guest_stop(&guest, false);
	watcher_open(&watcher, &guest, false);
	watcher_until(&watcher, &watcher.detached, 1);
	CHECK_EQ(watcher.reason, ORIEL_DETACH_LOST);
	CHECK_EQ(watcher.attached, 0);
	finish();
}

static void a_guest_that_stops_is_lost_and_returns(void)
{
	begin();
	one_frame();
	guest_stop(&guest, true);
	watcher_until(&watcher, &watcher.detached, 1);
	CHECK_EQ(watcher.reason, ORIEL_DETACH_LOST);
	CHECK_CONTAINS(watcher.text, "ended");
	guest_start(&guest, "Oriel test");
	guest_resize(&guest, 400, 300);
	watcher_until(&watcher, &watcher.attached, 2);
	one_frame();
	CHECK_EQ(watcher.format.width, 400);
	CHECK(watcher.serial == 2);
	CHECK_EQ(watcher_stats(&watcher).sessions, 2);
	finish();
}

static void a_guest_that_freezes_is_lost_and_wakes(void)
{
	begin();
	atomic_store(&guest.stop, true);
	pthread_join(guest.pulse, NULL);
	watcher_until(&watcher, &watcher.detached, 1);
	CHECK_EQ(watcher.reason, ORIEL_DETACH_LOST);
	atomic_store(&guest.stop, false);
	CHECK_EQ(thread_start(&guest.pulse, "pulse", pulse, &guest), 0);
	watcher_until(&watcher, &watcher.attached, 2);
	one_frame();
	finish();
}

static enum oriel_detach_reason succeed(void)
{
	begin();
	one_frame();
	atomic_fetch_add(&header()->session, 1);
	watcher_until(&watcher, &watcher.detached, 1);
	enum oriel_detach_reason reason = watcher.reason;
	guest_stop(&guest, false);
	guest_start(&guest, "B7");
	watcher_until(&watcher, &watcher.attached, 2);
	CHECK_STR(watcher.version, "B7");
	one_frame();
	finish();
	return reason;
}

/* On a busy machine its heart may have stood still, too. */
static void a_successor_is_a_restart(void)
{
	enum oriel_detach_reason reason = succeed();
	for (int more = 0; more < 4 && reason == ORIEL_DETACH_LOST; more++)
		reason = succeed();
	CHECK_EQ(reason, ORIEL_DETACH_RESTARTED);
}

static void a_restart_nobody_noticed_is_told_in_order(void)
{
	begin();
	one_frame();
	guest_stop(&guest, true);
	guest_idle(&guest, 200 * NS_PER_MS);
	guest_start(&guest, "Oriel two");
	guest_idle(&guest, 500 * NS_PER_MS);
	watcher_until(&watcher, &watcher.attached, 2);
	CHECK_EQ(watcher.detached, 1);
	CHECK_EQ(watcher.reason, ORIEL_DETACH_RESTARTED);
	CHECK_STR(watcher.version, "Oriel two");
	finish();
}

static void other_versions_are_named(void)
{
	begin();
	atomic_store(&header()->version, 10);
	watcher_until(&watcher, &watcher.detached, 1);
	CHECK_EQ(watcher.reason, ORIEL_DETACH_VERSION);
	CHECK_CONTAINS(watcher.text, "LGMP 10");
	atomic_store(&header()->version, 6);
	watcher_until(&watcher, &watcher.attached, 2);
	finish();
}

static void wiped_memory_is_a_loss(void)
{
	begin();
	one_frame();
	atomic_store(&guest.stop, true);
	pthread_join(guest.pulse, NULL);
	memset(guest.shm->base, 0, 8192);
	watcher_until(&watcher, &watcher.detached, 1);
	CHECK_EQ(watcher.reason, ORIEL_DETACH_LOST);
	wire_producer_destroy(guest.producer);
	guest.producer = NULL;
	guest_start(&guest, "Oriel test");
	watcher_until(&watcher, &watcher.attached, 2);
	one_frame();
	finish();
}

static void a_stuck_lock_is_a_loss(void)
{
	guest_start(&guest, "Oriel test");
	for (size_t i = 0; i < 2; i++)
		atomic_store(&header()->queues[i].lock, 1);
	watcher_open(&watcher, &guest, false);
	watcher_until(&watcher, &watcher.detached, 1);
	CHECK_EQ(watcher.reason, ORIEL_DETACH_LOST);
	guest_stop(&guest, false);
	guest_start(&guest, "Oriel test");
	watcher_until(&watcher, &watcher.attached, watcher.attached + 1);
	one_frame();
	finish();
}

/* Only the tail goes, so that the test itself survives; the library must not tell the difference.
 */
static void truncated_memory_is_noticed(void)
{
	int fd = memfd_create("cut", MFD_CLOEXEC);
	memset(&guest, 0, sizeof(guest));
	CHECK(fd >= 0 && ftruncate(fd, (off_t)(16 * MIB)) == 0);
	CHECK_EQ(shm_open_fd(&guest.shm, fd, NULL), 0);
	CHECK_EQ(pixel_image_init(&guest.image, PIXEL_BGRA, 320, 200), 0);
	begin();
	watcher.hold = true;
	one_frame();
	CHECK(guest.slot.offset > 2 * MIB);
	CHECK_EQ(ftruncate(fd, (off_t)(2 * MIB)), 0);
	watcher_until(&watcher, &watcher.detached, 1);
	CHECK_EQ(watcher.reason, ORIEL_DETACH_MEMORY);
	off_t offset;
	size_t size;
	CHECK_EQ(oriel_frame_shm(watcher.frame, &offset, &size), -ESTALE);
	const uint8_t *pixels = oriel_frame_rows(watcher.frame, 200, 0);
	CHECK(pixels != NULL);
	CHECK_EQ(pixels[199 * 1280], 0); /* zeros, and no SIGBUS */
	CHECK(!oriel_frame_held(watcher.frame));
	watcher_for(&watcher, 100 * NS_PER_MS);
	CHECK_EQ(watcher.reason, ORIEL_DETACH_MEMORY);
	CHECK_EQ(ftruncate(fd, (off_t)(16 * MIB)), 0);
	watcher_until(&watcher, &watcher.attached, 2);
	one_frame();
	finish();
	close(fd);
}

/* As when a machine's memory file is removed and made anew. */
static void a_new_file_of_the_same_name_is_found(void)
{
	char path[] = "/tmp/oriel-lib-XXXXXX";
	struct oriel_params params = { .path = path };
	int fd = mkstemp(path);
	struct shm *first;
	guest_prepare(&guest);
	watcher_open(&watcher, &guest, false);
	oriel_close(watcher.oriel);
	CHECK(fd >= 0 && ftruncate(fd, (off_t)(16 * MIB)) == 0);
	CHECK_EQ(shm_open_fd(&first, fd, NULL), 0);
	static const struct oriel_listener listener = { .attached = on_attached,
							.detached = on_detached,
							.frame = on_frame };
	params.listener = &listener;
	params.data = &watcher;
	CHECK_EQ(oriel_open(&watcher.oriel, &params, NULL, 0), 0);
	watcher_until(&watcher, &watcher.detached, 1);
	CHECK_CONTAINS(watcher.text, path);
	CHECK_EQ(unlink(path), 0);
	shm_close(guest.shm);
	int second = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CHECK(second >= 0 && ftruncate(second, (off_t)(16 * MIB)) == 0);
	CHECK_EQ(shm_open_fd(&guest.shm, second, NULL), 0);
	guest_start(&guest, "Oriel test");
	watcher_until(&watcher, &watcher.attached, 1);
	one_frame();
	finish();
	shm_close(first);
	close(fd);
	close(second);
	unlink(path);
}

static void a_missing_file_is_explained(void)
{
	struct oriel_params params = { .path = "/nonexistent/oriel" };
	struct oriel *oriel = NULL;
	char error[256] = "";
	CHECK_EQ(oriel_open(&oriel, &params, error, sizeof(error)), -ENOENT);
	CHECK_CONTAINS(error, "/nonexistent/oriel");
	CHECK(oriel == NULL);
	oriel_close(NULL);
	oriel_frame_unref(NULL);
}

static uint32_t subscribers(size_t queue)
{
	return lgmp6_live(atomic_load(&header()->queues[queue].subs));
}

static void hidden_windows_let_the_guest_rest(void)
{
	begin();
	one_frame();
	CHECK(subscribers(0) && subscribers(1));
	oriel_watch(watcher.oriel, false);
	WATCH_UNTIL(&watcher, !subscribers(0) && !subscribers(1));
	uint64_t woken = watcher_stats(&watcher).wakeups, start = clock_ns();
	guest_frame(&guest, NULL);
	watcher_for(&watcher, 500 * NS_PER_MS);
	CHECK_EQ(watcher.frames, 1);
	CHECK(watcher_stats(&watcher).wakeups - woken <= 6 * beats_since(start));
	oriel_watch(watcher.oriel, true);
	watcher_until(&watcher, &watcher.frames, 2);
	CHECK_EQ(watcher.number, 2);
	finish();
}

static void a_still_picture_wakes_seldom(void)
{
	begin();
	one_frame();
	watcher_for(&watcher, 1100 * NS_PER_MS);
	uint64_t woken = watcher_stats(&watcher).wakeups, start = clock_ns();
	watcher_for(&watcher, NS_PER_S);
	woken = watcher_stats(&watcher).wakeups - woken;
	printf("# %u wake-ups in a second\n", (unsigned)woken);
	CHECK(woken <= 300 * (clock_ns() - start) / NS_PER_S + 1);
	finish();
}

static uint64_t stop_in(unsigned state)
{
	begin();
	if (state == 1)
		oriel_watch(watcher.oriel, false);
	if (state == 2)
		guest_publish(&guest, NULL); /* never filled */
	guest_idle(&guest, 20 * NS_PER_MS);
	uint64_t start = clock_ns();
	watcher_close(&watcher);
	uint64_t took = clock_ns() - start;
	CHECK(!subscribers(0) && !subscribers(1));
	guest_finish(&guest);
	return took;
}

/* 50 ms on a quiet machine; on a busy one the best of five. */
static void the_thread_stops_soon(void)
{
	for (unsigned state = 0; state < 3; state++) {
		uint64_t took = stop_in(state);
		for (unsigned more = 0; more < 4 && took >= 500 * NS_PER_MS; more++)
			took = stop_in(state);
		CHECK(took < 500 * NS_PER_MS);
	}
}

static void three_watch_at_once(void)
{
	struct watcher others[2];
	begin();
	for (size_t i = 0; i < 2; i++) {
		watcher_open(&others[i], &guest, false);
		watcher_until(&others[i], &others[i].attached, 1);
	}
	for (unsigned n = 0; n < 30; n++) {
		guest_frame(&guest, NULL);
		guest_idle(&guest, 5 * NS_PER_MS);
		watcher_for(&others[0], NS_PER_MS);
		watcher_for(&others[1], NS_PER_MS);
		watcher_for(&watcher, NS_PER_MS);
	}
	for (size_t i = 0; i < 2; i++) {
		WATCH_UNTIL(&others[i], others[i].number == guest.number);
		CHECK_EQ(others[i].wrong, 0);
	}
	WATCH_UNTIL(&watcher, watcher.number == guest.number);
	watcher_close(&others[0]);
	watcher_close(&others[1]);
	one_frame();
	finish();
}

/* ---- the pointer ---- */

static void the_pointer_moves_and_changes(void)
{
	uint32_t dots[4] = { 0xff112233, 0, 0, 0 };
	struct cursor cursor = { .visible = true, .has_position = true, .x = 5, .y = -3 };
	begin();
	CHECK_EQ(wire_producer_pointer(guest.producer, &cursor), 0);
	watcher_until(&watcher, &watcher.cursors, 1);
	CHECK(watcher.cursor.visible && watcher.cursor.has_position && !watcher.cursor.has_shape);
	CHECK_EQ(watcher.cursor.x, 5);
	CHECK_EQ(watcher.cursor.y, -3);

	/* Unread states are folded into one: the shape of the first, the place of the last. */
	cursor.has_shape = true;
	cursor.shape = (struct cursor_shape){ .type = CURSOR_COLOUR,
					      .hot_x = 1,
					      .width = 2,
					      .height = 2,
					      .pitch = 8,
					      .data = (const uint8_t *)dots };
	CHECK_EQ(wire_producer_pointer(guest.producer, &cursor), 0);
	watcher_settles(&watcher);
	cursor.has_shape = false;
	cursor.x = 99;
	CHECK_EQ(wire_producer_pointer(guest.producer, &cursor), 0);
	watcher_settles(&watcher);
	watcher_until(&watcher, &watcher.cursors, 2);
	CHECK(watcher.cursor.has_shape);
	CHECK_EQ(watcher.cursor.x, 99);
	CHECK_EQ(watcher.cursor.width, 2);
	CHECK_EQ(watcher.cursor.hot_x, 1);
	CHECK_EQ(watcher.cursor_word, 0xff112233);

	cursor.visible = false;
	CHECK_EQ(wire_producer_pointer(guest.producer, &cursor), 0);
	watcher_until(&watcher, &watcher.cursors, 3);
	CHECK(!watcher.cursor.visible && !watcher.cursor.has_shape);
	finish();
}

static void the_guests_pointer_can_be_put(void)
{
	begin();
	for (int32_t i = 1; i <= 100; i++)
		CHECK_EQ(oriel_set_cursor(watcher.oriel, i, -i), 0);
	for (int i = 0; i < 2000 && atomic_load(&guest.cursor_x) != 100; i++)
		watcher_for(&watcher, NS_PER_MS);
	CHECK_EQ(atomic_load(&guest.cursor_x), 100);
	CHECK_EQ(atomic_load(&guest.cursor_y), -100);
	CHECK(atomic_load(&guest.cursor_count) < 100);
	finish();
}

static void not_every_guest_takes_a_pointer(void)
{
	guest_start(&guest, "B7");
	watcher_open(&watcher, &guest, false);
	watcher_until(&watcher, &watcher.attached, 1);
	CHECK_EQ(oriel_set_cursor(watcher.oriel, 1, 1), -ENOTSUP);
	finish();
}

/* ---- hostility ---- */

static atomic_bool enough;

/* Rewrites the words that frames, rings and queues consist of, all but the heartbeat's page top. */
static void *scribble(void *data)
{
	uint32_t *words = data;
	uint64_t random = 1;
	while (!atomic_load(&enough)) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;
		__atomic_store_n(&words[random >> 33 & 511], (uint32_t)(random >> 20),
				 __ATOMIC_RELAXED);
	}
	return NULL;
}

static void nonsense_is_rejected(void)
{
	pthread_t thread;
	begin();
	one_frame();
	atomic_store(&enough, false);
	/* The page of the frame's header lies before the pixels. Slots take turns: this one and
	 * its neighbours will be announced. */
	CHECK_EQ(pthread_create(&thread, NULL, scribble,
				(uint8_t *)guest.shm->base + guest.slot.offset - 4096),
		 0);
	/* More where the scribbler had no core at the right moments. */
	uint64_t end = clock_ns() + RIG_DEADLINE;
	for (int i = 0; i < 60 || (!watcher_stats(&watcher).rejected && clock_ns() < end); i++) {
		guest_frame(&guest, NULL);
		watcher_for(&watcher, 2 * NS_PER_MS);
	}
	atomic_store(&enough, true);
	pthread_join(thread, NULL);
	CHECK(watcher_stats(&watcher).rejected > 0);
	watcher_for(&watcher, 150 * NS_PER_MS);
	unsigned seen = watcher.frames;
	guest_frame(&guest, NULL);
	watcher_until(&watcher, &watcher.frames, seen + 1);
	finish();
}

static const struct test_case cases[] = {
	TEST(an_empty_memory_is_told_once),
	TEST(a_dead_session_is_no_guest),
	TEST(a_guest_that_stops_is_lost_and_returns),
	TEST(a_guest_that_freezes_is_lost_and_wakes),
	TEST(a_successor_is_a_restart),
	TEST(a_restart_nobody_noticed_is_told_in_order),
	TEST(other_versions_are_named),
	TEST(wiped_memory_is_a_loss),
	TEST(a_stuck_lock_is_a_loss),
	TEST(truncated_memory_is_noticed),
	TEST(a_new_file_of_the_same_name_is_found),
	TEST(a_missing_file_is_explained),
	TEST(hidden_windows_let_the_guest_rest),
	TEST(a_still_picture_wakes_seldom),
	TEST(the_thread_stops_soon),
	TEST(three_watch_at_once),
	TEST(the_pointer_moves_and_changes),
	TEST(the_guests_pointer_can_be_put),
	TEST(not_every_guest_takes_a_pointer),
	TEST(nonsense_is_rejected),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
