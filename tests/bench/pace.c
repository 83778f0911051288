/* pace - how soon a post is seen and delivered, and what looking for it costs.
 *
 *	pace [SECONDS]
 *
 * A producer on a thread posts at a steady rate, at random moments, or never; the library looks.
 * "seen" is post -> oriel_frame_seen_ns(), "delivered" post -> the listener's frame(). CPU is that
 * of the library's thread alone, from its naps' count and /proc. Run it on a quiet machine.
 */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "oriel/oriel.h"
#include "shm/shm.h"
#include "wire/producer.h"

#define SAMPLES 20000

struct load {
	const char *name;
	uint64_t from, to; /* gap between posts; 0: none */
	uint64_t motion;   /* gap between pointer moves; 0: none */
};

static const struct load loads[] = {
	{ "still", 0, 0, 0 },
	{ "pointer 1000 Hz", 0, 0, NS_PER_MS },
	{ "60 Hz", 16666667, 16666667, 0 },
	{ "144 Hz", 6944444, 6944444, 0 },
	{ "20-60/s irregular", 16666667, 50000000, 0 },
	{ "1000 Hz", NS_PER_MS, NS_PER_MS, 0 },
};

struct bench {
	struct wire_producer *producer;
	const struct load *load;
	atomic_bool stop;
	_Atomic uint64_t posted_ns, moved_ns;
	uint64_t seen[SAMPLES], delivered[SAMPLES], moves[SAMPLES];
	size_t count, move_count;
};

static struct bench bench;

static void *pulse(void *data)
{
	struct bench *self = data;
	while (!atomic_load(&self->stop)) {
		wire_producer_pulse(self->producer, clock_ns(), NULL);
		clock_sleep(10 * NS_PER_MS);
	}
	return NULL;
}

static void post(struct bench *self)
{
	struct wire_frame frame = { .damage_all = true };
	struct wire_slot slot;
	pixel_image_init(&frame.image, PIXEL_BGRA, 64, 64);
	if (wire_producer_acquire(self->producer, &slot))
		return;
	atomic_store(&self->posted_ns, clock_ns());
	wire_producer_publish(self->producer, &slot, &frame, NULL);
	wire_slot_fill(self->producer, &slot, pixel_image_size(&frame.image));
}

static void *produce(void *data)
{
	struct bench *self = data;
	uint64_t frame = clock_ns(), motion = frame;
	const struct load *load = self->load;
	thread_precise_timers();
	while (!atomic_load(&self->stop)) {
		uint64_t next = clock_ns() + 5 * NS_PER_MS;
		if (load->from)
			next = min_u64(next, frame);
		if (load->motion)
			next = min_u64(next, motion);
		clock_sleep_until(next);
		uint64_t now = clock_ns();
		wire_producer_flush(self->producer);
		if (load->from && now >= frame) {
			post(self);
			frame += load->from;
			if (load->to > load->from)
				frame += (uint64_t)rand() % (load->to - load->from);
		}
		if (load->motion && now >= motion) {
			struct cursor cursor = { .visible = true, .has_position = true };
			cursor.x = (int32_t)(now / NS_PER_MS % 1000);
			atomic_store(&self->moved_ns, clock_ns());
			wire_producer_pointer(self->producer, &cursor);
			motion += load->motion;
		}
	}
	return NULL;
}

static void on_frame(void *data, struct oriel_frame *frame)
{
	struct bench *self = data;
	uint64_t posted = atomic_load(&self->posted_ns), seen = oriel_frame_seen_ns(frame);
	if (!posted || self->count == SAMPLES || seen < posted)
		return;
	self->seen[self->count] = seen - posted;
	self->delivered[self->count++] = clock_ns() - posted;
}

static void on_cursor(void *data, const struct oriel_cursor *cursor)
{
	struct bench *self = data;
	uint64_t moved = atomic_load(&self->moved_ns);
	(void)cursor;
	if (moved && self->move_count < SAMPLES)
		self->moves[self->move_count++] = clock_ns() - moved;
}

/* CPU time of the library's thread, ns. */
static uint64_t receiver_cpu(void)
{
	char path[300], name[64] = "";
	unsigned long long used = 0;
	DIR *tasks = opendir("/proc/self/task");
	for (struct dirent *task; tasks && (task = readdir(tasks));) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task->d_name);
		FILE *file = fopen(path, "r");
		bool ours = file && fgets(name, sizeof(name), file) &&
			    strncmp(name, "oriel-receiver", 14) == 0;
		if (file)
			fclose(file);
		snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", task->d_name);
		file = ours ? fopen(path, "r") : NULL;
		if (file && fscanf(file, "%llu", &used) != 1)
			used = 0;
		if (file)
			fclose(file);
	}
	if (tasks)
		closedir(tasks);
	return used;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void print_percentiles(uint64_t *values, size_t count)
{
	qsort(values, count, sizeof(values[0]), by_value);
	if (count)
		printf(" %6.0f %6.0f", (double)values[(count - 1) / 2] / 1e3,
		       (double)values[(count - 1) * 99 / 100] / 1e3);
	else
		printf("      -      -");
}

static void dispatch_for(struct oriel *oriel, uint64_t ns)
{
	struct pollfd news = { .fd = oriel_fd(oriel), .events = POLLIN };
	uint64_t end = clock_ns() + ns;
	while (clock_ns() < end)
		if (poll(&news, 1, 20) == 1)
			oriel_dispatch(oriel);
}

static void measure(const struct load *load, struct oriel *oriel, unsigned seconds)
{
	struct oriel_stats before, after;
	pthread_t threads[2];
	bench.load = load;
	atomic_store(&bench.stop, false);
	thread_start(&threads[0], "pulse", pulse, &bench);
	thread_start(&threads[1], "produce", produce, &bench);
	dispatch_for(oriel, 3 * NS_PER_S / 2);
	oriel_get_stats(oriel, &before);
	bench.count = bench.move_count = 0;
	uint64_t cpu = receiver_cpu(), start = clock_ns();
	dispatch_for(oriel, seconds * NS_PER_S);
	oriel_get_stats(oriel, &after);
	cpu = receiver_cpu() - cpu;
	double passed = (double)(clock_ns() - start);
	printf("%-18s", load->name);
	print_percentiles(bench.seen, bench.count);
	print_percentiles(bench.delivered, bench.count);
	print_percentiles(bench.moves, bench.move_count);
	printf(" %7.0f %6.2f %7.1f\n", (double)(after.wakeups - before.wakeups) / passed * 1e9,
	       (double)cpu / passed * 100,
	       (double)cpu / 1e3 / (double)max_u64(after.wakeups - before.wakeups, 1));
	fflush(stdout);
	atomic_store(&bench.stop, true);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
}

int main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 5;
	struct oriel_listener listener = { .frame = on_frame, .cursor = on_cursor };
	struct oriel_params params = { .use_fd = true, .listener = &listener, .data = &bench };
	struct wire_guest guest = { .host_version = "Oriel bench" };
	struct wire_producer_params how = { .guest = &guest, .frame_bytes = 1 << 20 };
	struct shm *shm;
	struct oriel *oriel;
	if (shm_create_memfd(&shm, "pace", 16u << 20, NULL))
		return 1;
	how.base = shm->base;
	how.size = shm->size;
	params.fd = shm->fd;
	if (wire_producer_create(&bench.producer, &how, NULL) ||
	    oriel_open(&oriel, &params, NULL, 0))
		return 1;
	printf("%-18s %13s %13s %13s %7s %6s %7s\n", "us, p50 p99", "seen", "delivered", "pointer",
	       "naps/s", "CPU %", "us/nap");
	for (size_t i = 0; i < ARRAY_LEN(loads); i++)
		measure(&loads[i], oriel, seconds);
	oriel_close(oriel);
	wire_producer_destroy(bench.producer);
	shm_close(shm);
	return 0;
}
