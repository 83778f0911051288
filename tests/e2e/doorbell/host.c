/* A guest rings, programs on the host wake. The server is `oriel shmd`, the machine's arguments are
 * those it prints, the guest is one static program without a driver. */
#include "base/thread.h"
#include "board.h"
#include "oriel/oriel.h"
#include "rig.h"
#include "shm/wake.h"

/* ---- peers ---- */

struct host {
	struct ivshmem_peer *peer;
	struct shm *shm;
	struct board *board;
};

static struct host join(void)
{
	struct host host;

	host.peer = join_server(&host.shm);
	host.board = (void *)((char *)host.shm->base + BOARD_AT);
	return host;
}

static void leave(struct host *host)
{
	shm_close(host->shm);
	ivshmem_peer_destroy(host->peer);
}

static void wait_for_guest(struct host *host, uint32_t boots)
{
	for (uint64_t until = clock_ns() + BOOT_NS; clock_ns() < until; clock_sleep(NS_PER_MS)) {
		greet(host->peer);
		if (atomic_load(&host->board->ready) == BOARD_READY &&
		    atomic_load(&host->board->boots) == boots)
			return;
		check_machine();
	}
	test_fail("the guest was not ready in time");
}

/* ---- two clocks ---- */

/* Under emulation both TSCs run at one rate, so one offset makes their stamps comparable. */
struct clocks {
	int64_t offset; /* host minus guest */
	uint64_t bound; /* it is that sure */
	double per_us;
};

static double tsc_per_us(void)
{
	uint64_t ns = clock_ns(), tsc = __rdtsc();

	clock_sleep(50 * NS_PER_MS);
	return (double)(__rdtsc() - tsc) * 1000.0 / (double)(clock_ns() - ns);
}

#define PINGS 1000 /* more where the processors are so busy that none was quick */

static struct clocks calibrate(struct board *board)
{
	struct clocks clocks = { .per_us = tsc_per_us() };
	int64_t low = INT64_MIN, high = INT64_MAX;
	uint64_t until = clock_ns() + PATIENCE_NS;

	atomic_store(&board->command, BOARD_PINGS);
	for (unsigned i = 0;
	     i < PINGS || (high - low > (int64_t)(2 * clocks.per_us) && i < 20 * PINGS); i++) {
		uint64_t ping = atomic_load(&board->ping) + 1, sent = __rdtsc();
		atomic_store(&board->ping, ping);
		while (atomic_load(&board->pong) != ping)
			if (clock_ns() > until)
				test_fail("the guest answers no ping");
		uint64_t got = __rdtsc();
		int64_t from = (int64_t)(sent - board->pong_tsc);
		int64_t to = (int64_t)(got - board->pong_tsc);
		low = from > low ? from : low;
		high = to < high ? to : high;
	}
	atomic_store(&board->command, BOARD_IDLE);
	clock_sleep(20 * NS_PER_MS);
	CHECK(low <= high);
	clocks.offset = low + (high - low) / 2;
	clocks.bound = (uint64_t)(high - low) / 2;
	return clocks;
}

/* ---- rings ---- */

struct account {
	uint64_t rings, wakes, posts;
	double *us;
};

static void order(struct board *board, uint32_t count, uint32_t per_second)
{
	atomic_store(&board->count, count);
	atomic_store(&board->period_us, 1000000 / per_second);
	atomic_store(&board->command, BOARD_BELLS);
}

static void take(struct host *host, unsigned vector, const struct clocks *clocks,
		 struct account *account)
{
	uint64_t rang = wake_eventfd_clear(ivshmem_peer_own(host->peer)->fds[vector]);
	uint64_t now = __rdtsc();
	uint64_t posted = atomic_load_explicit(&host->board->posted, memory_order_acquire);

	account->rings += rang;
	account->wakes += rang > 0;
	for (; account->posts < posted; account->posts++) {
		uint64_t stamp = host->board->stamps[account->posts % BOARD_STAMPS];
		int64_t ticks = (int64_t)(now - stamp) - (clocks ? clocks->offset : 0);
		if (account->us && clocks)
			*account->us++ = (double)ticks / clocks->per_us;
	}
}

/* Sleeps in poll() until `count` rings have come; a post that is seen early counts as seen then. */
static void hear(struct host *host, unsigned vector, const struct clocks *clocks,
		 struct account *account, uint64_t count)
{
	struct pollfd fd = { ivshmem_peer_own(host->peer)->fds[vector], POLLIN, 0 };

	while (account->rings < count) {
		if (poll(&fd, 1, 5000) != 1)
			test_fail("%" PRIu64 " of %" PRIu64 " rings came", account->rings, count);
		take(host, vector, clocks, account);
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double report(const char *what, double *us, size_t count, const struct clocks *clocks)
{
	qsort(us, count, sizeof(*us), compare);
	printf("# %s, post -> awake, us: min %.1f p50 %.1f p95 %.1f p99 %.1f max %.1f "
	       "(n=%zu, clocks +-%.2f)\n",
	       what, us[0], us[count / 2], us[count * 95 / 100], us[count * 99 / 100],
	       us[count - 1], count, (double)clocks->bound / clocks->per_us);
	return us[count / 2];
}

/* What the guest does, without a guest: how fast this host is just now. */
static pid_t post_from_here(struct board *board, int fd, uint32_t count, uint32_t per_second)
{
	pid_t child = fork();
	uint64_t next = clock_ns();

	if (child != 0)
		return child;
	limit_life();
	thread_precise_timers();
	for (uint32_t i = 0; i < count; i++) {
		next += NS_PER_S / per_second;
		clock_sleep_until(next);
		uint64_t posted = atomic_load(&board->posted);
		board->stamps[posted % BOARD_STAMPS] = __rdtsc();
		atomic_store(&board->posted, posted + 1);
		wake_eventfd_ring(fd);
	}
	_exit(0);
}

/* `clocks` NULL: posts of this host's own. */
static double measure(struct host *host, const struct clocks *clocks, uint32_t count,
		      uint32_t per_second)
{
	static double us[BOARD_STAMPS];
	const struct clocks one = { 0, 0, tsc_per_us() };
	struct account account = { .posts = atomic_load(&host->board->posted), .us = us };
	char what[64];
	pid_t poster = 0;

	snprintf(what, sizeof(what), "%s at %u/s", clocks ? "doorbell" : "floor: bare eventfd",
		 per_second);
	if (clocks)
		order(host->board, count, per_second);
	else
		poster = post_from_here(host->board, ivshmem_peer_own(host->peer)->fds[1], count,
					per_second);
	hear(host, 1, clocks ? clocks : &one, &account, count);
	atomic_store(&host->board->command, BOARD_IDLE);
	end(&poster, 0);
	CHECK_EQ(account.rings, count);
	CHECK_EQ(account.us - us, count);
	clock_sleep(20 * NS_PER_MS);
	return report(what, us, count, clocks ? clocks : &one);
}

/* ---- through the library ---- */

struct listening {
	const struct clocks *clocks;
	double us[BOARD_STAMPS]; /* filled in the guest -> seen by the library's thread */
	size_t count;
};

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct listening *self = data;
	const void *pixels = oriel_frame_rows(frame, 1, 0);
	uint64_t filled, ns = clock_ns(), tsc = __rdtsc();
	double ago_us = (double)(ns - oriel_frame_seen_ns(frame)) / 1000.0;

	if (!pixels || self->count == BOARD_STAMPS)
		return;
	memcpy(&filled, pixels, sizeof(filled));
	int64_t ticks = (int64_t)(tsc - filled) - self->clocks->offset;
	self->us[self->count++] = (double)ticks / self->clocks->per_us - ago_us;
}

static void dispatch_frames(struct oriel *oriel, struct listening *self, size_t count)
{
	struct pollfd news = { oriel_fd(oriel), POLLIN, 0 };

	for (uint64_t until = clock_ns() + PATIENCE_NS; self->count < count;) {
		if (clock_ns() > until)
			test_fail("%zu of %zu frames came", self->count, count);
		if (poll(&news, 1, 100) == 1)
			CHECK_EQ(oriel_dispatch(oriel), 0);
	}
}

static double measure_library(struct host *host, const struct clocks *clocks, uint32_t count,
			      uint32_t per_second)
{
	static const struct oriel_listener listener = { .frame = on_frame };
	static struct listening self;
	struct oriel_params params = { .server = socket_path,
				       .listener = &listener,
				       .data = &self };
	struct oriel_stats stats;
	struct oriel *oriel;
	char what[64];

	atomic_store(&host->board->period_us, 1000000 / per_second);
	atomic_store(&host->board->command, BOARD_FRAMES);
	self = (struct listening){ .clocks = clocks };
	CHECK_EQ(oriel_open(&oriel, &params, NULL, 0), 0);
	dispatch_frames(oriel, &self, 20); /* it has to find the guest first */
	self.count = 0;
	dispatch_frames(oriel, &self, count);
	atomic_store(&host->board->command, BOARD_IDLE);
	oriel_get_stats(oriel, &stats);
	CHECK_EQ(stats.wake, ORIEL_WAKE_DOORBELL);
	oriel_close(oriel);
	clock_sleep(20 * NS_PER_MS);
	snprintf(what, sizeof(what), "library at %u/s", per_second);
	return report(what, self.us, self.count, clocks);
}

/* ---- cases ---- */

static void a_guest_wakes_a_program_on_the_host(void)
{
	make_guest("pattern");
	start_server();
	struct host host = join();
	start_machine("", "", "oriel-guest");
	wait_for_guest(&host, 1);
	uint32_t id = atomic_load(&host.board->id);
	CHECK(ivshmem_peer_find(host.peer, (uint16_t)id) != NULL);
	CHECK_EQ(ivshmem_peer_find(host.peer, (uint16_t)id)->count, 2);
	CHECK_EQ(host.board->alone, 1);
	atomic_store(&host.board->doorbells[0], (uint32_t)ivshmem_peer_id(host.peer) << 16 | 1);
	atomic_store(&host.board->targets, 1);
	struct clocks clocks = calibrate(host.board);
	for (unsigned round = 0; round < figures(1, 2); round++) {
		CHECK(measure(&host, NULL, figures(500, 2000), 1000) < 5000);
		CHECK(measure(&host, &clocks, 2000, 1000) < 5000);
		CHECK(measure(&host, NULL, figures(30, 90), 60) < 5000);
		CHECK(measure(&host, &clocks, figures(30, 90), 60) < 5000);
	}
	CHECK_EQ(wake_eventfd_clear(ivshmem_peer_own(host.peer)->fds[0]), 0);
	leave(&host);
}

static void a_guest_wakes_the_library(void)
{
	make_guest("pattern");
	start_server();
	struct host host = join();
	start_machine("", "", "oriel-guest");
	wait_for_guest(&host, 1);
	atomic_store(&host.board->doorbells[0], (uint32_t)ivshmem_peer_id(host.peer) << 16 | 1);
	atomic_store(&host.board->targets, 1);
	struct clocks clocks = calibrate(host.board);
	for (unsigned round = 0; round < figures(1, 3); round++) {
		CHECK(measure(&host, NULL, figures(500, 2000), 1000) < 5000);
		CHECK(measure(&host, &clocks, figures(500, 2000), 1000) < 5000);
		CHECK(measure_library(&host, &clocks, 2000, 1000) < 5000);
	}
	CHECK(measure_library(&host, &clocks, figures(30, 90), 60) < 5000);
	leave(&host);
}

/* Each hears every ring, and the guest that rings somebody who left rings nobody. */
static void two_programs_hear_the_same_guest(void)
{
	struct account accounts[2] = { { 0 } };
	struct host hosts[2];

	make_guest("pattern");
	start_server();
	for (unsigned i = 0; i < 2; i++)
		hosts[i] = join();
	struct board *board = hosts[0].board;
	for (unsigned i = 0; i < 2; i++)
		atomic_store(&board->doorbells[i], (uint32_t)ivshmem_peer_id(hosts[i].peer) << 16);
	atomic_store(&board->targets, 2);
	start_machine("", "", "oriel-guest");
	wait_for_guest(&hosts[0], 1);
	CHECK_EQ(hosts[1].board->boots, 1);
	order(board, 1000, 1000);
	for (unsigned i = 0; i < 2; i++)
		hear(&hosts[i], 0, NULL, &accounts[i], 1000);
	atomic_store(&board->command, BOARD_IDLE);
	leave(&hosts[1]);
	clock_sleep(50 * NS_PER_MS);
	accounts[0].rings = 0;
	order(board, 500, 1000);
	hear(&hosts[0], 0, NULL, &accounts[0], 500);
	clock_sleep(20 * NS_PER_MS);
	CHECK_EQ(wake_eventfd_clear(ivshmem_peer_own(hosts[0].peer)->fds[0]), 0);
	leave(&hosts[0]);
}

static void a_new_machine_finds_the_old_memory(void)
{
	make_guest("pattern");
	start_server();
	struct host host = join();
	uint64_t *precious = (uint64_t *)((char *)host.shm->base + BOARD_PRECIOUS);
	*precious = BOARD_TREASURE;
	atomic_store(&host.board->doorbells[0], (uint32_t)ivshmem_peer_id(host.peer) << 16);
	atomic_store(&host.board->targets, 1);
	for (uint32_t boot = 1; boot <= 3; boot++) {
		struct account account = { 0 };
		uint32_t before = atomic_load(&host.board->id);
		start_machine("", "", "oriel-guest");
		wait_for_guest(&host, boot);
		CHECK_EQ(atomic_load(&host.board->precious), BOARD_TREASURE + boot - 1);
		CHECK(boot == 1 || atomic_load(&host.board->id) != before);
		CHECK_EQ(ivshmem_peer_others(host.peer), 1);
		*precious += 1;
		order(host.board, 100, 1000);
		hear(&host, 0, NULL, &account, 100);
		end(&machine, SIGKILL);
		atomic_store(&host.board->command, BOARD_IDLE);
		atomic_store(&host.board->ready, 0);
		for (int i = 0; ivshmem_peer_others(host.peer) && i < 2000; i++) {
			clock_sleep(NS_PER_MS);
			greet(host.peer);
		}
		CHECK_EQ(ivshmem_peer_others(host.peer), 0);
	}
	leave(&host);
}

static const struct test_case cases[] = {
	TEST(a_guest_wakes_a_program_on_the_host),
	TEST(a_guest_wakes_the_library),
	TEST(two_programs_hear_the_same_guest),
	TEST(a_new_machine_finds_the_old_memory),
};

int main(int argc, char **argv)
{
	return rig_main(argc, argv, cases, ARRAY_LEN(cases));
}
