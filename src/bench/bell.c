/* oriel-bench-bell: the only program of a guest whose doorbell is measured; rings when told to. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "base/thread.h"
#include "bench/board.h"
#include "shm/shm.h"
#include "shm/wake_doorbell.h"
#include "wire/producer.h"

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

/* ---- frames of an Oriel, each with the TSC of the moment when it was filled ---- */

static struct wire_producer *producer;

static void ring_one(void *data, const struct wire_ring *ring)
{
	if (ring->kind == WIRE_WAKE_DOORBELL)
		wake_doorbell_ring(data, wake_doorbell_of(ring->peer, ring->vector));
}

static void *pulse(void *data)
{
	for (;; clock_sleep(10 * NS_PER_MS))
		wire_producer_pulse(producer, clock_ns(), NULL);
	return data;
}

static void produce(struct board *board, const struct wake_doorbell *bell)
{
	static pthread_t thread;
	struct wire_guest who = { .host_version = "Oriel doorbell" };
	struct wire_producer_params params = {
		.base = (char *)board - BOARD_AT,
		.size = 32u << 20,
		.guest = &who,
		.frame_bytes = 1 << 20,
		.ring = ring_one,
		.data = (void *)bell,
		.doorbell = true,
	};
	struct err err;

	if (producer)
		return;
	if (wire_producer_create(&producer, &params, &err) ||
	    thread_start(&thread, "pulse", pulse, NULL))
		printf("bell: %s\n", err.text);
}

static void post_frame(const struct wake_doorbell *bell)
{
	struct wire_frame frame = { .damage_all = true };
	struct wire_ring rings[WIRE_RINGS_MAX];
	struct wire_slot slot;

	pixel_image_init(&frame.image, PIXEL_BGRA, 64, 64);
	if (wire_producer_acquire(producer, &slot))
		return;
	wire_producer_publish(producer, &slot, &frame, NULL);
	uint64_t now = __rdtsc();
	memcpy(slot.pixels, &now, sizeof(now));
	wire_slot_fill(producer, &slot, UINT32_MAX);
	unsigned count = wire_producer_rings(producer, WIRE_FILLED, rings);
	for (unsigned i = 0; i < count; i++)
		ring_one((void *)bell, &rings[i]);
}

static void post_frames(struct board *board, const struct wake_doorbell *bell)
{
	uint64_t period = atomic_load(&board->period_us) * NS_PER_US, next = clock_ns();

	produce(board, bell);
	while (atomic_load(&board->command) == BOARD_FRAMES) {
		next += period;
		clock_sleep_until(next);
		post_frame(bell);
	}
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
		case BOARD_FRAMES:
			post_frames(board, bell);
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
	struct board *board = (void *)((char *)shm->base + BOARD_AT);
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
