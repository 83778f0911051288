/* One side of the extension as a process of its own, built twice: as we are, and as the next minor
 * version may be.
 *
 *	ext-peer produce|consume|sit|plain MEMORY-FD SCORES-FD INDEX
 *
 * consume gives back what it has seen, sit keeps two frames as long as it can, plain does without
 * the extension. Runs until it is killed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "base/thread.h"
#include "ext_peer.h"
#include "shm/wake.h"
#include "wire/consumer.h"
#include "wire/producer.h"

#define SIDE   64u
#define WORDS  (SIDE * SIDE)
#define BYTES  (WORDS * 4)
#define GAP_NS (500 * NS_PER_US)

static uint8_t *memory;
static struct ext_peer_score *score;
static bool sits, plain;

/* Serials count from 1 in each session; the salt tells sessions apart. */
static uint32_t word_of(uint32_t salt, uint32_t serial, uint32_t index)
{
	return salt ^ (serial * 2654435761u + index);
}

static uint32_t salt_now(void)
{
	return atomic_load((_Atomic uint32_t *)(void *)(memory + 8)); /* LGMP's session id */
}

/* ---- producer ---- */

static void wake(void *data, const struct wire_ring *ring)
{
	(void)data;
	if (ring->kind == WIRE_WAKE_FUTEX)
		wake_ring(ring->bell);
}

static void wake_all(struct wire_producer *producer, enum wire_event event)
{
	struct wire_ring rings[WIRE_RINGS_MAX];
	unsigned count = wire_producer_rings(producer, event, rings);
	for (unsigned i = 0; i < count; i++)
		wake(NULL, &rings[i]);
}

static void *pulse(void *data)
{
	for (;; clock_sleep(5 * NS_PER_MS))
		if (wire_producer_pulse(data, clock_ns(), NULL))
			_Exit(3);
	return NULL;
}

static void draw(struct wire_producer *producer, uint32_t serial)
{
	struct wire_frame frame = { .damage_all = true,
				    .screen_width = SIDE,
				    .screen_height = SIDE };
	struct wire_slot slot;
	pixel_image_init(&frame.image, PIXEL_BGRA, SIDE, SIDE);
	while (wire_producer_acquire(producer, &slot) == WIRE_E_BUSY)
		clock_sleep(NS_PER_MS);
	wire_producer_publish(producer, &slot, &frame, NULL);
	wake_all(producer, WIRE_POSTED);
	_Atomic uint32_t *pixels = (void *)slot.pixels;
	uint32_t salt = salt_now();
	for (uint32_t i = 0; i < WORDS; i++)
		atomic_store_explicit(&pixels[i], word_of(salt, serial, i), memory_order_relaxed);
	wire_slot_fill(producer, &slot, BYTES);
	wake_all(producer, WIRE_FILLED);
}

static void produce(void)
{
	static const struct wire_guest guest = { .host_version = "Oriel peer" };
	struct wire_producer_params params = { .base = memory,
					       .size = EXT_PEER_REGION,
					       .guest = &guest,
					       .frame_bytes = BYTES,
					       .ring = wake };
	struct wake_boot_id kernel = wake_boot_id();
	struct wire_producer *producer;
	pthread_t thread;
	memcpy(params.boot_id, kernel.bytes, sizeof(params.boot_id));
	if (wire_producer_create(&producer, &params, NULL) ||
	    thread_start(&thread, "pulse", pulse, producer))
		_Exit(2);
	for (uint32_t serial = 1;; serial++) {
		uint64_t begin = clock_ns();
		struct cursor cursor = { .visible = true,
					 .has_position = true,
					 .x = (int32_t)serial % 1000 };
		draw(producer, serial);
		wire_producer_flush(producer);
		wire_producer_pointer(producer, &cursor);
		wake_all(producer, WIRE_POINTER);
		clock_sleep(GAP_NS);
		atomic_fetch_add(&score->frames, 1);
		uint64_t took = clock_ns() - begin;
		if (took > atomic_load(&score->longest_ns))
			atomic_store(&score->longest_ns, took);
	}
}

/* ---- consumer ---- */

static bool complete(struct wire_consumer *consumer, const struct wire_hold *hold)
{
	for (int i = 0; i < 2000; i++) {
		if (wire_hold_filled(consumer, hold) == BYTES)
			return true;
		if (!wire_hold_valid(consumer, hold))
			return false;
		clock_sleep(10 * NS_PER_US);
	}
	return false;
}

static void judge(struct wire_consumer *consumer, const struct wire_hold *hold, uint32_t serial)
{
	_Atomic uint32_t *pixels = (void *)(memory + hold->offset);
	uint32_t bad = 0;
	if (!complete(consumer, hold))
		return;
	for (uint32_t i = 0; i < WORDS && !plain; i++)
		bad += atomic_load_explicit(&pixels[i], memory_order_relaxed) !=
		       word_of(hold->session, serial, i);
	if (!wire_hold_valid(consumer, hold))
		atomic_fetch_add(&score->gone, 1);
	else if (bad)
		atomic_fetch_add(&score->wrong, 1);
	else
		atomic_fetch_add(&score->frames, 1);
}

/* Up to two are kept; what sits keeps them until they are taken away. */
static struct wire_hold kept[2];
static bool keeping[2];

static void let_go(struct wire_consumer *consumer, bool all)
{
	for (int i = 0; i < 2; i++) {
		if (!keeping[i] || (sits && !all && wire_hold_valid(consumer, &kept[i])))
			continue;
		wire_consumer_release(consumer, &kept[i]);
		keeping[i] = false;
	}
}

static bool look(struct wire_consumer *consumer)
{
	struct wire_frame frame;
	struct wire_hold hold;
	struct cursor cursor;
	let_go(consumer, false);
	int ret = wire_consumer_frame(consumer, &frame, &hold);
	if (ret == WIRE_E_TIMEOUT)
		wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME);
	if (ret == 0) {
		judge(consumer, &hold, frame.serial);
		int i = keeping[0];
		kept[i] = hold;
		keeping[i] = true;
	}
	int moved = wire_consumer_pointer(consumer, &cursor);
	if (moved == WIRE_E_TIMEOUT)
		wire_consumer_subscribe(consumer, WIRE_QUEUE_POINTER);
	atomic_fetch_add(&score->pointers, moved == 0);
	return ret == 0 || ret == WIRE_E_TIMEOUT || moved == WIRE_E_TIMEOUT;
}

static void sleep_until_rung(struct wire_consumer *consumer)
{
	uint32_t seen;
	bool wakes;
	_Atomic uint32_t *bell = wire_consumer_arm(consumer, &seen, &wakes);
	if (look(consumer))
		return;
	if (!bell) {
		clock_sleep(NS_PER_MS);
		return;
	}
	struct wake_word word = { bell, seen };
	atomic_fetch_add(&score->woken, wake_wait(&word, 1, 400 * NS_PER_MS) == 0);
}

static void consume(void)
{
	struct wake_boot_id kernel = wake_boot_id();
	const struct wire_session *session;
	struct wire_consumer *consumer;
	if (wire_consumer_create(&consumer, memory, EXT_PEER_REGION, NULL))
		_Exit(2);
	if (!plain)
		wire_consumer_extend(consumer, kernel.bytes);
	wire_consumer_wake_by(consumer, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED | WIRE_POINTER);
	for (;;) {
		enum wire_state state = wire_consumer_check(consumer, clock_ns(), &session);
		if (state != WIRE_LIVE) {
			let_go(consumer, true);
			clock_sleep(5 * NS_PER_MS);
			continue;
		}
		atomic_store(&score->extended, session->extended);
		atomic_store(&score->minor, session->minor);
		sleep_until_rung(consumer);
	}
}

static void *map(const char *fd, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd), 0);
	if (at == MAP_FAILED)
		_Exit(2);
	return at;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memory = map(argv[2], EXT_PEER_REGION);
	score = (struct ext_peer_score *)map(argv[3], sizeof(*score) * EXT_PEER_SCORES) +
		atoi(argv[4]);
	sits = strcmp(argv[1], "sit") == 0;
	plain = strcmp(argv[1], "plain") == 0;
	if (strcmp(argv[1], "produce") == 0)
		produce();
	consume();
	return 0;
}
