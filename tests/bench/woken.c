/* woken [ROUNDS] - how soon the library is awake after a post, beside a bare futex pair.
 *
 * One process posts at a steady rate: by lot a small frame between two Oriels, a move of the
 * pointer, or a bare futex word on which a thread of ours sleeps. So all see the same processors,
 * as busy and as deep asleep. "woken" is filled -> awake, "seen" is post -> oriel_frame_seen_ns(),
 * "delivered" post -> the listener's frame(), which is one more thread away, "pointer" move -> the
 * listener's cursor(). Each line: us. */
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "oriel/oriel.h"
#include "shm/shm.h"
#include "shm/wake.h"
#include "wire/producer.h"

#define SAMPLES_MAX 100000

struct page {
	_Alignas(64) _Atomic uint32_t bell;
	_Alignas(64) _Atomic uint64_t stamp;
	_Atomic uint64_t moved_ns;
	_Atomic uint32_t over;
};

static const struct rate {
	unsigned per_second, posts; /* of a round, all ways together */
} rates[] = { { 1000, 6000 }, { 60, 480 } };

struct series {
	double us[SAMPLES_MAX];
	size_t count;
};

static struct series bare, woken, seen, delivered, moved;
static struct page *page;
static struct shm *memory;

/* ---- who posts ---- */

static struct wire_producer *producer;

static void *pulse(void *data)
{
	struct wake_word knock = { .word = wire_producer_knock_word(producer) };
	(void)data;
	for (;;) {
		knock.seen = atomic_load(knock.word);
		wire_producer_pulse(producer, clock_ns(), NULL);
		wake_wait(&knock, 1, 50 * NS_PER_MS);
	}
	return NULL;
}

static void ring_all(enum wire_event event)
{
	struct wire_ring rings[WIRE_RINGS_MAX];
	unsigned count = wire_producer_rings(producer, event, rings);
	for (unsigned i = 0; i < count; i++)
		wake_ring(rings[i].bell);
}

static void post_pointer(unsigned post)
{
	struct cursor cursor = { .visible = true, .has_position = true, .x = (int32_t)post };
	atomic_store(&page->moved_ns, clock_ns());
	wire_producer_pointer(producer, &cursor);
	ring_all(WIRE_POINTER);
}

static void post_frame(void)
{
	struct wire_frame frame = { .damage_all = true };
	struct wire_slot slot;
	pixel_image_init(&frame.image, PIXEL_BGRA, 64, 64);
	if (wire_producer_acquire(producer, &slot))
		return;
	frame.stamps.captured = clock_ns();
	wire_producer_publish(producer, &slot, &frame, NULL);
	wire_slot_fill(producer, &slot, UINT32_MAX);
	ring_all(WIRE_FILLED);
}

static void post_bare(void)
{
	atomic_store(&page->stamp, clock_ns());
	atomic_fetch_add(&page->bell, 1);
	syscall(SYS_futex, &page->bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static unsigned by_lot(unsigned post)
{
	return (post * 2654435761u >> 13) % 3;
}

static void post_all(const struct rate *rate)
{
	struct wire_guest who = { .host_version = "Oriel bench" };
	struct wire_producer_params params = {
		.base = memory->base, .size = memory->size, .guest = &who, .frame_bytes = 1 << 20
	};
	pthread_t thread;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	thread_precise_timers();
	memcpy(params.boot_id, wake_boot_id().bytes, sizeof(params.boot_id));
	if (wire_producer_create(&producer, &params, NULL) ||
	    thread_start(&thread, "pulse", pulse, NULL))
		_exit(1);
	clock_sleep(NS_PER_S);
	uint64_t next = clock_ns();
	for (unsigned i = 0; i < rate->posts; i++) {
		next += NS_PER_S / rate->per_second;
		clock_sleep_until(next);
		switch (by_lot(i)) {
		case 0:
			post_bare();
			break;
		case 1:
			post_frame();
			break;
		default:
			post_pointer(i);
		}
	}
	clock_sleep(100 * NS_PER_MS);
	_exit(0);
}

/* ---- who wakes ---- */

static void add(struct series *self, uint64_t ns)
{
	if (self->count < SAMPLES_MAX)
		self->us[self->count++] = (double)ns / 1e3;
}

static void *wait_bare(void *data)
{
	uint32_t known = atomic_load(&page->bell);
	(void)data;
	for (;;) {
		while (atomic_load(&page->bell) == known)
			syscall(SYS_futex, &page->bell, FUTEX_WAIT, known, NULL, NULL, 0);
		uint64_t now = clock_ns();
		if (atomic_load(&page->over))
			return NULL;
		known = atomic_load(&page->bell);
		add(&bare, now - atomic_load(&page->stamp));
	}
}

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct oriel_stamps stamps;
	(void)data;
	oriel_frame_stamps(frame, &stamps);
	if (!stamps.captured_ns)
		return;
	add(&woken, stamps.seen_ns - stamps.filled_ns);
	add(&seen, stamps.seen_ns - stamps.captured_ns);
	add(&delivered, clock_ns() - stamps.captured_ns);
}

static void on_cursor(void *data, const struct oriel_cursor *cursor)
{
	uint64_t since = atomic_load(&page->moved_ns);
	(void)data, (void)cursor;
	if (since)
		add(&moved, clock_ns() - since);
}

static void dispatch_until_gone(struct oriel *oriel, pid_t child)
{
	struct pollfd news = { .fd = oriel_fd(oriel), .events = POLLIN };
	while (waitpid(child, NULL, WNOHANG) == 0)
		if (poll(&news, 1, 100) == 1)
			oriel_dispatch(oriel);
}

static void run_round(struct oriel *oriel, const struct rate *rate)
{
	pthread_t sleeper;
	atomic_store(&page->over, 0);
	pid_t child = fork();
	if (child == 0)
		post_all(rate);
	thread_start(&sleeper, "bare", wait_bare, NULL);
	dispatch_until_gone(oriel, child);
	atomic_store(&page->over, 1);
	post_bare();
	pthread_join(sleeper, NULL);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void print_series(const char *name, unsigned rate, struct series *self)
{
	qsort(self->us, self->count, sizeof(self->us[0]), by_value);
	if (self->count)
		printf("%-10s %5u/s %6zu posts  p50 %6.1f  p95 %6.1f  p99 %6.1f\n", name, rate,
		       self->count, self->us[self->count / 2], self->us[self->count * 95 / 100],
		       self->us[self->count * 99 / 100]);
	self->count = 0;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
	struct oriel_listener listener = { .frame = on_frame, .cursor = on_cursor };
	struct oriel_params params = { .use_fd = true, .listener = &listener };
	struct shm *shared;
	struct oriel *oriel;
	if (shm_create_memfd(&memory, "woken", 64u << 20, NULL) ||
	    shm_create_memfd(&shared, "bare", 1u << 20, NULL))
		return 1;
	page = shared->base;
	params.fd = memory->fd;
	if (oriel_open(&oriel, &params, NULL, 0))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		for (unsigned round = 0; round < rounds; round++)
			run_round(oriel, &rates[i]);
		print_series("bare futex", rates[i].per_second, &bare);
		print_series("woken", rates[i].per_second, &woken);
		print_series("seen", rates[i].per_second, &seen);
		print_series("delivered", rates[i].per_second, &delivered);
		print_series("pointer", rates[i].per_second, &moved);
	}
	oriel_close(oriel);
	shm_close(shared);
	shm_close(memory);
	return 0;
}
