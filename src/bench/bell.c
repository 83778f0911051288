/* oriel-bench-bell: the only program of a guest whose doorbell is measured; rings when told to. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "base/thread.h"
#include "bench/board.h"
#include "shm/shm.h"
#include "shm/wake_doorbell.h"

static void answer_pings(struct board *board)
{
	uint64_t seen = atomic_load(&board->pong);

	while (atomic_load(&board->command) == BOARD_PINGS) {
		uint64_t ping = atomic_load(&board->ping);
		if (ping == seen) {
			cpu_relax();
			continue;
		}
		board->pong_tsc = __rdtsc();
		atomic_store(&board->pong, seen = ping);
	}
}

static void ring(struct board *board, const struct wake_doorbell *bell)
{
	uint32_t count = atomic_load(&board->count), targets = atomic_load(&board->targets);
	uint64_t period = atomic_load(&board->period_us) * NS_PER_US;
	uint64_t next = clock_ns() + period, posted = atomic_load(&board->posted);

	for (uint32_t i = 0; i < count; i++, next += period) {
		clock_sleep_until(next);
		board->stamps[posted % BOARD_STAMPS] = __rdtsc();
		atomic_store_explicit(&board->posted, ++posted, memory_order_release);
		for (uint32_t to = 0; to < targets; to++)
			wake_doorbell_ring(bell, atomic_load(&board->doorbells[to]));
	}
	atomic_fetch_add(&board->done, 1);
	while (atomic_load(&board->command) == BOARD_BELLS)
		clock_sleep(NS_PER_MS);
}

/* The device, too, is claimed by one: each opening stands for a program. */
static bool claims_alone(void)
{
	const struct shm_params params = { .role = SHM_PRODUCER };
	struct shm *first, *second;
	int claim, other;
	struct err err;

	if (shm_open_region(&first, &params, &err) < 0 ||
	    shm_open_region(&second, &params, &err) < 0)
		return false;
	bool alone = shm_claim(&claim, first, &err) == 0 && claim >= 0 &&
		     shm_claim(&other, second, &err) == -EBUSY;
	printf("bell: %s\n", err.text);
	close(claim);
	shm_close(first);
	shm_close(second);
	return alone;
}

static void obey(struct board *board, const struct wake_doorbell *bell)
{
	for (;;) {
		switch (atomic_load(&board->command)) {
		case BOARD_PINGS:
			answer_pings(board);
			break;
		case BOARD_BELLS:
			ring(board, bell);
			break;
		case BOARD_END:
			return;
		default:
			clock_sleep(NS_PER_MS);
		}
	}
}

int main(void)
{
	const struct shm_params params = { .role = SHM_PRODUCER };
	struct wake_doorbell bell;
	struct shm *shm;
	struct err err;

	if (shm_open_region(&shm, &params, &err) < 0 ||
	    wake_doorbell_open(&bell, shm, NULL, &err) < 0) {
		printf("bell: %s\n", err.text);
		return 1;
	}
	struct board *board = shm->base;
	thread_precise_timers();
	atomic_store(&board->id, bell.id);
	atomic_store(&board->precious, *(uint64_t *)((char *)shm->base + BOARD_PRECIOUS));
	atomic_store(&board->alone, claims_alone());
	atomic_fetch_add(&board->boots, 1);
	atomic_store(&board->ready, BOARD_READY);
	printf("bell: peer %u on %s\n", bell.id, shm->name);
	obey(board, &bell);
	wake_doorbell_close(&bell);
	shm_close(shm);
	return 0;
}
