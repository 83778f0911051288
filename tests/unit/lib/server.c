/* Through an ivshmem server, from another kernel: woken by the doorbell, whoever comes and goes.
 * The server runs on a thread of its own; the guest is one of its peers and rings eventfds, as a
 * machine does for it. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rig.h"
#include "shm/ivshmem_server.h"

#define LATE_NS (200 * NS_PER_MS) /* what a beat brings comes no sooner, on average */

static struct house {
	struct ivshmem_server *server;
	pthread_t thread;
	atomic_bool stop;
} house;

static struct guest guest;
static struct watcher watcher;
static char directory[] = "/tmp/oriel-lib-XXXXXX", path[64];

/* ---- the server and its peers ---- */

static void *serve(void *data)
{
	struct pollfd news = { .fd = ivshmem_server_fd(house.server), .events = POLLIN };
	(void)data;
	while (!atomic_load(&house.stop)) {
		poll(&news, 1, 5);
		ivshmem_server_dispatch(house.server);
	}
	return NULL;
}

static void close_house(void)
{
	if (!house.server)
		return;
	atomic_store(&house.stop, true);
	pthread_join(house.thread, NULL);
	ivshmem_server_destroy(house.server);
	house.server = NULL;
}

static void open_house(void)
{
	struct ivshmem_server_params params = { .path = path, .size = 64 * MIB, .vectors = 1 };
	struct err err;
	close_house(); /* of a case that failed */
	if (ivshmem_server_create(&house.server, &params, &err))
		test_fail("%s", err.text);
	atomic_store(&house.stop, false);
	CHECK_EQ(thread_start(&house.thread, "server", serve, NULL), 0);
}

static struct ivshmem_peer *visit(void)
{
	struct ivshmem_peer *peer;
	struct err err;
	if (ivshmem_peer_connect(&peer, path, &err))
		test_fail("%s", err.text);
	for (uint64_t end = clock_ns() + RIG_DEADLINE;
	     ivshmem_peer_state(peer) != IVSHMEM_READY && clock_ns() < end; clock_sleep(NS_PER_MS))
		CHECK_EQ(ivshmem_peer_dispatch(peer, &err), 0);
	CHECK_EQ(ivshmem_peer_state(peer), IVSHMEM_READY);
	return peer;
}

/* Switched on, its capture program not running yet. */
static void machine_on(void)
{
	memset(&guest, 0, sizeof(guest));
	guest.peer = visit();
	guest.extend = guest.elsewhere = true;
	CHECK_EQ(shm_open_fd(&guest.shm, ivshmem_peer_memory(guest.peer), NULL), 0);
	CHECK_EQ(pixel_image_init(&guest.image, PIXEL_BGRA, 320, 200), 0);
}

/* The plug. */
static void machine_off(void)
{
	guest_stop(&guest, false);
	shm_close(guest.shm);
	ivshmem_peer_destroy(guest.peer);
	guest.shm = NULL;
	guest.peer = NULL;
}

static void look(struct watcher *who, bool early)
{
	watcher_open_at(who, &guest, (struct oriel_params){ .server = path, .early = early });
}

static void begin(void)
{
	open_house();
	machine_on();
	guest_start(&guest, "Oriel test");
	CHECK(wire_producer_extended(guest.producer));
	look(&watcher, false);
	watcher_until(&watcher, &watcher.attached, 1);
	watcher.detached =
		0; /* a busy machine may keep the guest's heart from being seen at once */
}

static void finish(void)
{
	watcher_close(&watcher);
	machine_off();
	close_house();
}

static void see_frame(struct watcher *who)
{
	watcher_until(who, &who->frames, who->frames + 1);
	CHECK_EQ(who->number, guest.number);
	CHECK_EQ(who->wrong, 0);
}

static void one_frame(void)
{
	guest_frame(&guest, NULL);
	see_frame(&watcher);
}

static enum oriel_wake wake_of(const struct watcher *who)
{
	return watcher_stats(who).wake;
}

/* ---- woken ---- */

static void the_doorbell_wakes_once_per_frame(void)
{
	begin();
	one_frame();
	watcher_for(&watcher, 200 * NS_PER_MS);
	CHECK_EQ(wake_of(&watcher), ORIEL_WAKE_DOORBELL);
	struct oriel_stats before = watcher_stats(&watcher);
	uint64_t start = clock_ns();
	for (unsigned i = 0; i < 100; i++) {
		one_frame();
		clock_sleep(2 * NS_PER_MS);
	}
	struct oriel_stats after = watcher_stats(&watcher);
	uint64_t woken = after.wakeups - before.wakeups, looks = after.looks - before.looks;
	uint64_t rung = after.rung - before.rung;
	uint64_t beats = beats_since(start);
	printf("# 100 frames: %u wake-ups, %u of them rung, %u looks\n", (unsigned)woken,
	       (unsigned)rung, (unsigned)looks);
	CHECK(rung >= 90 && rung <= 125); /* answers about the clock, 20 at most, ring too */
	CHECK(woken <= 130 + beats);
	CHECK(looks <= 2 * woken + 2);
	CHECK_EQ(after.wake, ORIEL_WAKE_DOORBELL);
	finish();
}

static void a_reader_along_is_woken_at_the_announcement(void)
{
	begin();
	watcher_close(&watcher);
	look(&watcher, true);
	watcher_until(&watcher, &watcher.attached, 1);
	one_frame();
	watcher_for(&watcher, 100 * NS_PER_MS);
	uint64_t rung = watcher_stats(&watcher).rung;
	guest_publish(&guest, NULL);
	watcher_until(&watcher, &watcher.frames, watcher.frames + 1);
	CHECK_EQ(watcher_stats(&watcher).rung, rung + 1);
	guest_fill(&guest, 200);
	finish();
}

/* No pattern, only its number. */
static void post_quickly(void)
{
	guest_publish(&guest, NULL);
	memcpy(guest.slot.pixels, &guest.number, sizeof(guest.number));
	wire_slot_fill(guest.producer, &guest.slot, UINT32_MAX);
	guest_ring(&guest, WIRE_FILLED);
}

static bool newest_came(void)
{
	uint64_t number = 0;
	if (watcher.frame)
		memcpy(&number, oriel_frame_rows(watcher.frame, 1, 0), sizeof(number));
	return number == guest.number;
}

static bool delivered(void)
{
	uint64_t end = clock_ns() + LATE_NS;
	while (!newest_came() && clock_ns() < end)
		watcher_for(&watcher, 20 * NS_PER_US);
	return newest_came();
}

/* Posted while the library looks, arms and falls asleep. */
static void no_frame_is_slept_through(void)
{
	uint64_t random = 1;
	unsigned late = 0;
	begin();
	watcher.hold = true;
	for (unsigned i = 0; i < 1000 && late <= 3; i++) {
		post_quickly();
		random = random * 6364136223846793005ull + 1442695040888963407ull;
		for (uint64_t wait = clock_ns() + (random >> 33) % 20000; clock_ns() < wait;)
			;
		struct stopwatch watch = stopwatch_start();
		post_quickly();
		late += !delivered() && stopwatch_ns(&watch) >= LATE_NS / 2;
	}
	CHECK(late <= 1);
	CHECK_EQ(wake_of(&watcher), ORIEL_WAKE_DOORBELL);
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

static void the_pointer_wakes(void)
{
	begin();
	one_frame();
	watcher_for(&watcher, 100 * NS_PER_MS);
	struct oriel_stats before = watcher_stats(&watcher);
	for (int32_t i = 1; i <= 300; i++) {
		unsigned seen = watcher.cursors;
		guest_point(&guest, i, -i);
		watcher_until(&watcher, &watcher.cursors, seen + 1);
		CHECK_EQ(watcher.cursor.x, i);
	}
	struct oriel_stats after = watcher_stats(&watcher);
	CHECK_EQ(watcher.frames, 1);
	CHECK(after.rung - before.rung >= 250);
	CHECK(after.wakeups - before.wakeups <= 360);
	finish();
}

/* The thread sleeps on eventfds, so the program has one to end that. */
static void the_program_wakes_it_too(void)
{
	begin();
	one_frame();
	watcher_for(&watcher, 100 * NS_PER_MS);
	struct stopwatch watch = stopwatch_start();
	for (unsigned i = 0; i < 20; i++) {
		unsigned frames = watcher.frames;
		oriel_refresh(watcher.oriel);
		watcher_until(&watcher, &watcher.frames, frames + 1);
		watcher_for(&watcher, 5 * NS_PER_MS);
	}
	CHECK(stopwatch_ns(&watch) < 20 * LATE_NS);
	finish();
}

/* Else each would wait for a beat. */
static void the_thread_stops_soon(void)
{
	uint64_t best = UINT64_MAX;
	for (unsigned i = 0; i < 5; i++) {
		begin();
		one_frame();
		watcher_for(&watcher, 100 * NS_PER_MS);
		uint64_t start = clock_ns();
		watcher_close(&watcher);
		uint64_t took = clock_ns() - start;
		best = took < best ? took : best;
		finish();
	}
	CHECK(best < LATE_NS);
}

static void the_guest_is_knocked_by_its_own_doorbell(void)
{
	begin();
	one_frame();
	watcher_for(&watcher, 100 * NS_PER_MS);
	unsigned before = atomic_load(&guest.knocks);
	for (int32_t i = 1; i <= 20; i++) {
		CHECK_EQ(oriel_set_cursor(watcher.oriel, i, 2), 0);
		for (int wait = 0; wait < 1000 && atomic_load(&guest.cursor_count) < i; wait++)
			clock_sleep(NS_PER_MS);
		CHECK_EQ(atomic_load(&guest.cursor_x), i);
	}
	unsigned knocks = atomic_load(&guest.knocks) - before;
	printf("# 20 wishes: %u knocks\n", knocks);
	CHECK(knocks >= 20);
	finish();
}

static void on_one_kernel_the_futex_wins(void)
{
	open_house();
	machine_on();
	guest.elsewhere = false;
	guest_start(&guest, "Oriel test");
	look(&watcher, false);
	watcher_until(&watcher, &watcher.attached, 1);
	for (unsigned i = 0; i < 20; i++)
		one_frame();
	watcher_for(&watcher, 10 * NS_PER_MS);
	CHECK_EQ(wake_of(&watcher), ORIEL_WAKE_FUTEX);
	CHECK(watcher_stats(&watcher).rung > 0);
	finish();
}

static void three_are_woken_by_one_guest(void)
{
	struct watcher more[2];
	struct oriel_stats before[3], after;
	uint64_t start = 0;
	begin();
	struct watcher *all[] = { &watcher, &more[0], &more[1] };
	for (unsigned i = 0; i < 2; i++) {
		look(&more[i], false);
		watcher_until(&more[i], &more[i].attached, 1);
	}
	for (unsigned n = 0; n < 30; n++) {
		guest_frame(&guest, NULL);
		for (unsigned i = 0; i < 3; i++)
			while (all[i]->number != guest.number || !all[i]->frames)
				see_frame(all[i]);
		clock_sleep(2 * NS_PER_MS);
		for (unsigned i = 0; i < 3 && n == 9; i++)
			before[i] = watcher_stats(all[i]);
		if (n == 9)
			start = clock_ns();
	}
	uint64_t beats = beats_since(start);
	for (unsigned i = 0; i < 3; i++) {
		after = watcher_stats(all[i]);
		CHECK_EQ(after.wake, ORIEL_WAKE_DOORBELL);
		CHECK(after.rung - before[i].rung >= 18);
		CHECK(after.wakeups - before[i].wakeups <= 30 + beats);
	}
	watcher_close(&more[0]);
	watcher_close(&more[1]);
	one_frame();
	finish();
}

/* ---- guests that are not what they should be ---- */

static void a_guest_without_doorbell_is_looked_at(void)
{
	open_house();
	machine_on();
	struct ivshmem_peer *peer = guest.peer;
	guest.peer = NULL;
	guest_start(&guest, "Oriel test");
	look(&watcher, false);
	watcher_until(&watcher, &watcher.attached, 1);
	for (unsigned i = 0; i < 20; i++)
		one_frame();
	CHECK_EQ(wake_of(&watcher), ORIEL_WAKE_PACING);
	CHECK_EQ(watcher_stats(&watcher).rung, 0);
	watcher_close(&watcher);
	guest_stop(&guest, true);
	guest.peer = peer;
	finish();
}

static void a_bell_that_does_not_ring_is_not_relied_on(void)
{
	begin();
	one_frame();
	guest.mute = true;
	for (unsigned i = 0; i < 3; i++)
		one_frame();
	uint64_t start = clock_ns();
	for (unsigned i = 0; i < 20; i++)
		one_frame();
	CHECK(clock_ns() - start < 20 * LATE_NS);
	CHECK_EQ(wake_of(&watcher), ORIEL_WAKE_PACING);
	guest.mute = false;
	for (unsigned i = 0; i < 20; i++) {
		one_frame();
		clock_sleep(NS_PER_MS);
	}
	watcher_for(&watcher, 10 * NS_PER_MS);
	CHECK_EQ(wake_of(&watcher), ORIEL_WAKE_DOORBELL);
	finish();
}

static atomic_bool over;
static _Atomic uint64_t rings;

static void *ring_without_end(void *data)
{
	struct ivshmem_peer *peer = data;
	while (!atomic_load(&over)) {
		for (uint16_t id = 0; id < 8; id++)
			ivshmem_peer_ring(peer, id, 0);
		atomic_fetch_add(&rings, 1);
	}
	return NULL;
}

/* 64 wake-ups, then deaf for 4 ms: the bound is what that allows, whatever the guest does. */
static void who_rings_without_end_is_not_heard(void)
{
	pthread_t thread;
	begin();
	struct ivshmem_peer *peer = visit();
	one_frame();
	atomic_store(&over, false);
	CHECK_EQ(thread_start(&thread, "ringer", ring_without_end, peer), 0);
	struct oriel_stats before = watcher_stats(&watcher);
	struct stopwatch watch = stopwatch_start();
	for (unsigned i = 0; i < 100; i++) {
		one_frame();
		watcher_for(&watcher, 5 * NS_PER_MS);
	}
	uint64_t passed = clock_ns() - watch.begin, bound = passed / (4 * NS_PER_MS) * 66 + 66;
	bool busy = stopwatch_ns(&watch) < passed / 2; /* so that the ringer did not come to run */
	struct oriel_stats after = watcher_stats(&watcher);
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	printf("# %u rings: %u wake-ups, at most %u\n", (unsigned)atomic_load(&rings),
	       (unsigned)(after.wakeups - before.wakeups), (unsigned)bound);
	CHECK(busy || atomic_load(&rings) > 2 * bound);
	CHECK(after.wakeups - before.wakeups <= bound);
	ivshmem_peer_destroy(peer);
	watcher_for(&watcher, 20 * NS_PER_MS);
	one_frame();
	finish();
}

static void crowds_that_come_and_go_disturb_nobody(void)
{
	begin();
	for (unsigned i = 0; i < 100; i++) {
		struct ivshmem_peer *peer = visit();
		one_frame();
		ivshmem_peer_destroy(peer);
	}
	CHECK_EQ(watcher.attached, 1);
	CHECK_EQ(watcher.detached, 0);
	CHECK_EQ(wake_of(&watcher), ORIEL_WAKE_DOORBELL);
	finish();
}

/* ---- machines and servers that end ---- */

/* A new machine of the same server is found, shown and woken for, as the nth one. */
static void machine_is_back(unsigned nth)
{
	machine_on();
	guest_start(&guest, "Oriel test");
	watcher_until(&watcher, &watcher.attached, nth);
	one_frame();
	watcher_for(&watcher, 50 * NS_PER_MS);
	CHECK_EQ(wake_of(&watcher), ORIEL_WAKE_DOORBELL);
}

static void a_machine_that_was_killed_comes_back(void)
{
	begin();
	for (unsigned i = 1; i <= 3; i++) {
		one_frame();
		machine_off();
		watcher_until(&watcher, &watcher.detached, i);
		machine_is_back(i + 1);
	}
	finish();
}

static void memory_and_bells_outlive_the_server(void)
{
	begin();
	one_frame();
	close_house();
	watcher_for(&watcher, 600 * NS_PER_MS);
	struct oriel_stats before = watcher_stats(&watcher);
	uint64_t start = clock_ns();
	for (unsigned i = 0; i < 50; i++) {
		one_frame();
		clock_sleep(2 * NS_PER_MS);
	}
	struct oriel_stats after = watcher_stats(&watcher);
	uint64_t beats = beats_since(start);
	CHECK_EQ(watcher.detached, 0);
	CHECK_EQ(after.wake, ORIEL_WAKE_DOORBELL);
	CHECK(after.rung - before.rung >= 45);
	/* Answers about the clock, 20 at most, wake too. Who looks by itself needs hundreds. */
	CHECK(after.wakeups - before.wakeups <= 80 + beats);
	finish();
}

static void a_restarted_server_is_found(void)
{
	begin();
	one_frame();
	watcher.hold = true;
	one_frame();
	for (unsigned i = 1; i <= 2; i++) {
		close_house();
		machine_off();
		watcher_until(&watcher, &watcher.detached, i);
		CHECK_CONTAINS(watcher.text, path);
		open_house();
		machine_is_back(i + 1);
	}
	finish();
}

/* A machine that still runs is worth more than a server that waits for one. */
static void a_live_guest_keeps_us_from_another_server(void)
{
	begin();
	close_house();
	open_house();
	watcher_for(&watcher, 1500 * NS_PER_MS);
	one_frame();
	CHECK_EQ(watcher.detached, 0);
	finish();
}

/* ---- opening ---- */

static int open_at(const char *server, char *why, size_t size)
{
	struct oriel_params params = { .server = server };
	struct oriel *oriel;
	int failed = oriel_open(&oriel, &params, why, size);
	if (!failed)
		oriel_close(oriel);
	return failed;
}

static int listen_at(const char *at)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", at);
	unlink(at);
	CHECK_EQ(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_EQ(listen(fd, 8), 0);
	return fd;
}

static void without_a_server_the_words_help(void)
{
	char why[512] = "";
	CHECK_EQ(open_at(path, why, sizeof(why)), -ENOENT);
	CHECK_CONTAINS(why, path);
	CHECK_CONTAINS(why, "oriel shmd");
	close(listen_at(path));
	CHECK_EQ(open_at(path, why, sizeof(why)), -ECONNREFUSED);
	CHECK_CONTAINS(why, path);
	CHECK_CONTAINS(why, "oriel shmd");
	unlink(path);
	CHECK_EQ(open_at("/dev/null", why, sizeof(why)), -ENOTSOCK);
	CHECK_CONTAINS(why, "/dev/null");
}

static void who_says_nothing_is_left_after_a_second(void)
{
	char why[512] = "";
	int door = listen_at(path);
	uint64_t start = clock_ns();
	CHECK_EQ(open_at(path, why, sizeof(why)), -ETIMEDOUT);
	CHECK(clock_ns() - start >= 900 * NS_PER_MS);
	CHECK(clock_ns() - start < RIG_DEADLINE);
	CHECK_CONTAINS(why, path);
	CHECK_CONTAINS(why, "oriel shmd");
	close(door);
	unlink(path);
}

struct words {
	int door;
	int64_t numbers[3];
	unsigned count;
	bool memory; /* the last one brings a descriptor, but of nothing that could be mapped */
};

static void send_number(int to, int64_t number, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec io = { &number, sizeof(number) };
	struct msghdr header = { .msg_iov = &io, .msg_iovlen = 1 };
	if (fd >= 0) {
		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
		struct cmsghdr *c = CMSG_FIRSTHDR(&header);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	sendmsg(to, &header, MSG_NOSIGNAL);
}

static void *say_words(void *data)
{
	const struct words *words = data;
	int to = accept(words->door, NULL, NULL), nothing[2];
	CHECK_EQ(pipe(nothing), 0);
	for (unsigned i = 0; i < words->count; i++)
		send_number(to, words->numbers[i],
			    words->memory && i + 1 == words->count ? nothing[0] : -1);
	if (words->memory) { /* and a bell, so that all is said */
		int bell = wake_eventfd();
		char end;
		send_number(to, words->numbers[1], bell);
		close(bell);
		CHECK(read(to, &end, sizeof(end)) <= 0);
	}
	close(to);
	close(nothing[0]);
	close(nothing[1]);
	return NULL;
}

static void servers_that_are_none_are_left(void)
{
	static const struct {
		struct words words;
		int failed; /* 0: any */
		const char *says;
	} rows[] = {
		{ { .numbers = { 7 }, .count = 1 }, -EPROTO, "is it one at all" },
		{ { .numbers = { 0, 70000 }, .count = 2 }, -EPROTO, "is it one at all" },
		{ { .numbers = { 0, 3, -1 }, .count = 3 }, -EPROTO, "is it one at all" },
		{ { .numbers = { 0, 3 }, .count = 2 }, -ECONNRESET, "left" },
		{ { .count = 0 }, -ECONNRESET, "left" },
		{ { .numbers = { 0, 3, -1 }, .count = 3, .memory = true }, 0, "no memory" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct words words = rows[i].words;
		char why[512] = "";
		pthread_t thread;
		words.door = listen_at(path);
		CHECK_EQ(thread_start(&thread, "words", say_words, &words), 0);
		int failed = open_at(path, why, sizeof(why));
		pthread_join(thread, NULL);
		printf("# %s\n", why);
		CHECK(failed < 0);
		CHECK(!rows[i].failed || failed == rows[i].failed);
		CHECK_CONTAINS(why, rows[i].says);
		CHECK_CONTAINS(why, path);
		close(words.door);
	}
	unlink(path);
}

static int connect_to_house(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	CHECK_EQ(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void a_connection_will_do(void)
{
	begin();
	watcher_close(&watcher);
	int fd = connect_to_house();
	watcher_open_at(&watcher, &guest,
			(struct oriel_params){ .use_server_fd = true, .server_fd = fd });
	close(fd);
	watcher_until(&watcher, &watcher.attached, 1);
	one_frame();
	watcher_for(&watcher, 50 * NS_PER_MS);
	CHECK_EQ(wake_of(&watcher), ORIEL_WAKE_DOORBELL);
	close_house();
	machine_off();
	watcher_until(&watcher, &watcher.detached, 1);
	finish();
}

static void one_place_at_a_time(void)
{
	const struct oriel_params rows[] = {
		{ .server = path, .path = "/dev/shm/oriel" },
		{ .server = path, .use_server_fd = true },
		{ .use_fd = true, .use_server_fd = true },
		{ .path = "/dev/shm/oriel", .use_fd = true },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct oriel *oriel = NULL;
		char why[512] = "";
		CHECK_EQ(oriel_open(&oriel, &rows[i], why, sizeof(why)), -EINVAL);
		CHECK(oriel == NULL);
		CHECK_CONTAINS(why, "exclude");
	}
}

static const struct test_case cases[] = {
	TEST(the_doorbell_wakes_once_per_frame),
	TEST(a_reader_along_is_woken_at_the_announcement),
	TEST(no_frame_is_slept_through),
	TEST(a_still_picture_wakes_three_times_a_second),
	TEST(the_pointer_wakes),
	TEST(the_program_wakes_it_too),
	TEST(the_thread_stops_soon),
	TEST(the_guest_is_knocked_by_its_own_doorbell),
	TEST(on_one_kernel_the_futex_wins),
	TEST(three_are_woken_by_one_guest),
	TEST(a_guest_without_doorbell_is_looked_at),
	TEST(a_bell_that_does_not_ring_is_not_relied_on),
	TEST(who_rings_without_end_is_not_heard),
	TEST(crowds_that_come_and_go_disturb_nobody),
	TEST(a_machine_that_was_killed_comes_back),
	TEST(memory_and_bells_outlive_the_server),
	TEST(a_restarted_server_is_found),
	TEST(a_live_guest_keeps_us_from_another_server),
	TEST(without_a_server_the_words_help),
	TEST(who_says_nothing_is_left_after_a_second),
	TEST(servers_that_are_none_are_left),
	TEST(a_connection_will_do),
	TEST(one_place_at_a_time),
};

int main(int argc, char **argv)
{
	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof(path), "%s/socket", directory);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	unlink(path);
	rmdir(directory);
	return status;
}
