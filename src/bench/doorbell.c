/* Rounds in turns: a guest rings by its device, then a process here by the same eventfd. The guest
 * is oriel-bench-bell, which does nothing else; its stamps are its TSC. */
#include "bench/doorbell.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "bench/board.h"
#include "bench/child.h"
#include "bench/contest.h"
#include "bench/vm.h"
#include "shm/ivshmem_peer.h"
#include "shm/shm.h"
#include "shm/wake.h"

#define ROUNDS     7u
#define SAMPLES    90u /* of each side in a round, at least */
#define ROUND_MS   1000u
#define BOOT_NS    (90 * NS_PER_S)
#define SILENCE_MS 5000
#define RATE_FAST  1000u
#define GOAL_FAST  10   /* us, from that rate on */
#define PINGS      1000 /* more where the processors are so busy that none was quick */
#define PINGS_NS   (20 * NS_PER_S)

enum { BARE, BELL, SIDES };

struct doorbell {
	struct vm vm;
	struct ivshmem_peer *peer;
	struct shm *memory;
	struct board *board;
	/* Under emulation both TSCs run at one rate, so one offset makes them comparable. */
	double per_us;
	int64_t offset; /* host minus guest */
	uint64_t bound; /* it is that sure */
	struct contest contest;
};

/* ---- meeting ---- */

static int dispatch(struct doorbell *self, struct err *err)
{
	struct pollfd fd = { ivshmem_peer_fd(self->peer), POLLIN, 0 };

	return poll(&fd, 1, 10) == 1 ? ivshmem_peer_dispatch(self->peer, err) : 0;
}

static int join(struct doorbell *self, struct err *err)
{
	uint64_t until = clock_ns() + PINGS_NS;
	int result = ivshmem_peer_connect(&self->peer, self->vm.socket, err);

	while (result == 0 && ivshmem_peer_state(self->peer) == IVSHMEM_GREETING) {
		result = dispatch(self, err);
		if (result == 0 && clock_ns() > until)
			result = err_set(err, -ETIMEDOUT, "the ivshmem server says nothing");
	}
	if (result == 0)
		result = shm_open_fd(&self->memory, ivshmem_peer_memory(self->peer), err);
	if (result == 0)
		self->board = (void *)((char *)self->memory->base + BOARD_AT);
	return result;
}

static int wait_for_guest(struct doorbell *self, struct err *err)
{
	uint64_t until = clock_ns() + BOOT_NS;
	int result = 0;

	while (result == 0 && atomic_load(&self->board->ready) != BOARD_READY) {
		result = dispatch(self, err);
		if (clock_ns() > until || !child_alive(self->vm.machine))
			return err_set(err, -ETIMEDOUT, "the guest did not come up");
	}
	atomic_store(&self->board->doorbells[0], (uint32_t)ivshmem_peer_id(self->peer) << 16);
	atomic_store(&self->board->targets, 1);
	return result;
}

/* ---- two clocks ---- */

static double tsc_per_us(void)
{
	uint64_t ns = clock_ns(), tsc = __rdtsc();

	clock_sleep(50 * NS_PER_MS);
	return (double)(__rdtsc() - tsc) * 1000.0 / (double)(clock_ns() - ns);
}

/* Host minus guest lies between what a ping's way there and its way back allow. False: no answer.
 */
static bool ping(struct board *board, int64_t *low, int64_t *high)
{
	uint64_t number = atomic_load(&board->ping) + 1, until = clock_ns() + PINGS_NS;
	uint64_t sent = __rdtsc();

	atomic_store(&board->ping, number);
	while (atomic_load(&board->pong) != number)
		if (clock_ns() > until)
			return false;
	int64_t from = (int64_t)(sent - board->pong_tsc);
	int64_t to = (int64_t)(__rdtsc() - board->pong_tsc);
	*low = from > *low ? from : *low;
	*high = to < *high ? to : *high;
	return true;
}

static int calibrate(struct doorbell *self, struct err *err)
{
	int64_t low = INT64_MIN, high = INT64_MAX;
	bool answers = true;

	self->per_us = tsc_per_us();
	atomic_store(&self->board->command, BOARD_PINGS);
	for (int i = 0; i < PINGS && answers; i++)
		answers = ping(self->board, &low, &high);
	for (int i = 0; i < 20 * PINGS && answers && high - low > 2 * self->per_us; i++)
		answers = ping(self->board, &low, &high);
	atomic_store(&self->board->command, BOARD_IDLE);
	clock_sleep(20 * NS_PER_MS);
	if (!answers || low > high)
		return err_set(err, -EIO, "the guest's clock and ours cannot be compared");
	self->offset = low + (high - low) / 2;
	self->bound = (uint64_t)(high - low) / 2;
	return 0;
}

/* ---- rings ---- */

struct poster {
	struct board *board;
	int fd;
	uint32_t count, rate;
};

/* What the guest does, without a guest. */
static int post_from_here(void *data)
{
	const struct poster *self = data;
	uint64_t next = clock_ns();

	thread_precise_timers();
	for (uint32_t i = 0; i < self->count; i++) {
		next += NS_PER_S / self->rate;
		clock_sleep_until(next);
		uint64_t posted = atomic_load(&self->board->posted);
		self->board->stamps[posted % BOARD_STAMPS] = __rdtsc();
		atomic_store(&self->board->posted, posted + 1);
		wake_eventfd_ring(self->fd);
	}
	return 0;
}

static void order(struct board *board, const struct poster *poster)
{
	atomic_store(&board->count, poster->count);
	atomic_store(&board->period_us, 1000000 / poster->rate);
	atomic_store(&board->command, BOARD_BELLS);
}

/* Sleeps until all rings have come; a post that is seen early counts as seen then. */
static bool hear(struct doorbell *self, unsigned side, int fd, uint32_t count, uint64_t posts)
{
	struct pollfd news = { fd, POLLIN, 0 };
	int64_t offset = side == BELL ? self->offset : 0;

	for (uint64_t rings = 0; rings < count;) {
		if (poll(&news, 1, SILENCE_MS) != 1)
			return false;
		rings += wake_eventfd_clear(fd);
		int64_t now = (int64_t)__rdtsc() - offset;
		uint64_t posted = atomic_load(&self->board->posted);
		for (; posts < posted; posts++)
			contest_add(
				&self->contest, side,
				(double)(now - (int64_t)self->board->stamps[posts % BOARD_STAMPS]) /
					self->per_us);
	}
	return true;
}

static bool ring_side(struct doorbell *self, unsigned side, uint32_t rate, uint32_t count)
{
	struct poster poster = { self->board, ivshmem_peer_own(self->peer)->fds[0], count, rate };
	uint64_t posts = atomic_load(&self->board->posted);
	pid_t child = 0;

	if (side == BELL)
		order(self->board, &poster);
	else
		child = child_fork(post_from_here, &poster);
	bool heard = hear(self, side, poster.fd, count, posts);
	atomic_store(&self->board->command, BOARD_IDLE);
	child_stop(child);
	clock_sleep(20 * NS_PER_MS);
	return heard;
}

static void report_rate(struct report *report, struct doorbell *self, uint32_t rate)
{
	struct contest_way *bell = &self->contest.ways[BELL];

	report_part(report, "doorbell, %u/s", rate);
	report_row(report, "bare eventfd", "us", &self->contest.ways[BARE].all);
	report_row(report, "post to awake", "us", &bell->all);
	report_value(report, "clocks right within", "us", (double)self->bound / self->per_us);
	report_value(report, "over bare, median", "us", series_at(&bell->p50, 50));
	if (rate >= RATE_FAST)
		report_goal(report, "post to awake, p50", "us", series_at(&bell->all, 50),
			    GOAL_FAST);
}

static int measure_rate(struct report *report, struct doorbell *self,
			const struct bench_options *options, uint32_t rate, struct err *err)
{
	uint32_t rounds = options->rounds ? options->rounds : ROUNDS;
	uint32_t count = options->samples ? options->samples
					  : max_u32(SAMPLES, rate * ROUND_MS / 1000);
	bool heard = true;

	count = min_u32(count, BOARD_STAMPS / 2);
	self->contest = (struct contest){ .count = SIDES, .compare = contest_difference };
	for (uint32_t round = 0; round < rounds && heard; round++) {
		for (unsigned side = 0; side < SIDES && heard; side++)
			heard = ring_side(self, side, rate, count);
		contest_end_round(&self->contest);
	}
	report_rate(report, self, rate);
	contest_finish(&self->contest);
	return heard ? 0 : err_set(err, -ETIMEDOUT, "rings were lost");
}

int doorbell_measure(struct report *report, const struct bench_options *options)
{
	static const uint32_t usual[] = { 60, 1000 };
	const uint32_t *rates = options->rate_count ? options->rates : usual;
	size_t count = options->rate_count ? options->rate_count : ARRAY_LEN(usual);
	struct doorbell self = { 0 };
	struct err err;

	if (vm_init(&self.vm, "oriel-bench-bell", &err) != 0)
		return report_failure(report, err.text);
	int result = join(&self, &err);
	if (result == 0)
		result = vm_boot(&self.vm, "", &err);
	if (result == 0)
		result = wait_for_guest(&self, &err);
	if (result == 0)
		result = calibrate(&self, &err);
	for (size_t i = 0; i < count && result == 0; i++)
		result = measure_rate(report, &self, options, rates[i], &err);
	if (result != 0)
		vm_complain(&self.vm);
	shm_close(self.memory);
	ivshmem_peer_destroy(self.peer);
	vm_finish(&self.vm);
	return result ? report_failure(report, err.text) : 0;
}
