/* What a frame's way costs in itself: a producer and consumers in one thread, no pixel moved, no
 * line of memory that travels between processors. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/bench.h"
#include "bench/report.h"
#include "shm/shm.h"
#include "wire/consumer.h"
#include "wire/producer.h"

#define ROUNDS 20000u
#define PULSE  5000000u /* ns between heartbeats */

#define GOAL 200 /* ns, p50 */

enum operation { ACQUIRE, POST, RINGS, FILL, TAKE, RELEASE, ARM, OPERATIONS };

static const char *const names[OPERATIONS] = { "acquire", "post",    "whom to ring", "fill",
					       "take",    "release", "arm" };

#define LOOKERS_MAX 3

static const struct kind {
	const char *name;
	bool plain;
	unsigned lookers; /* more consumers, who only look on */
} kinds[] = {
	{ "plain", true, 0 },
	{ "between Oriels", false, 0 },
	{ "between Oriels, three more", false, LOOKERS_MAX },
};

struct pair {
	struct shm *shm;
	struct wire_producer *producer;
	struct wire_consumer *consumer, *lookers[LOOKERS_MAX];
	struct wire_frame frame;
	uint64_t pulsed;
};

static int fail(const char *what, int code)
{
	fprintf(stderr, "oriel-bench: %s gave %d\n", what, code);
	return 1;
}

static void pair_finish(struct pair *self)
{
	for (unsigned i = 0; i < LOOKERS_MAX; i++)
		wire_consumer_destroy(self->lookers[i]);
	wire_consumer_destroy(self->consumer);
	wire_producer_destroy(self->producer);
	shm_close(self->shm);
}

static void pulse(struct pair *self)
{
	uint64_t now = clock_ns();

	if (now - self->pulsed < PULSE)
		return;
	self->pulsed = now;
	wire_producer_pulse(self->producer, now, NULL);
	if (self->consumer)
		wire_consumer_check(self->consumer, now, NULL);
	for (unsigned i = 0; i < LOOKERS_MAX; i++)
		if (self->lookers[i])
			wire_consumer_check(self->lookers[i], now, NULL);
}

static bool subscribed(struct pair *self, struct wire_consumer *consumer)
{
	for (int i = 0; i < 1000; i++) {
		pulse(self);
		wire_consumer_check(consumer, clock_ns(), NULL);
		if (wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME) == 0)
			return true;
		clock_sleep(NS_PER_MS);
	}
	return false;
}

static int join(struct pair *self, struct wire_consumer **out, const struct kind *kind,
		struct err *err)
{
	static const uint8_t kernel[16] = { 1 };
	int result = wire_consumer_create(out, self->shm->base, self->shm->size, err);

	if (result == 0 && !kind->plain) {
		wire_consumer_extend(*out, kernel);
		wire_consumer_wake_by(*out, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED);
	}
	if (result == 0 && !subscribed(self, *out))
		result = err_set(err, -1, "the consumer found no place");
	return result;
}

static int make_producer(struct pair *self, const struct kind *kind, struct err *err)
{
	struct wire_guest guest = { .host_version = "bench" };
	struct wire_producer_params params = { .base = self->shm->base,
					       .size = self->shm->size,
					       .guest = &guest,
					       .frame_bytes = pixel_image_size(&self->frame.image),
					       .no_extension = kind->plain,
					       .boot_id = { 1 } };

	return wire_producer_create(&self->producer, &params, err);
}

static int pair_init(struct pair *self, const struct kind *kind, struct err *err)
{
	*self = (struct pair){
		.frame = { .screen_width = 1920, .screen_height = 1080, .damage_all = true }
	};
	pixel_image_init(&self->frame.image, PIXEL_BGRA, 1920, 1080);
	int result = shm_create_memfd(&self->shm, "oriel-bench", 64u << 20, err);
	if (result < 0)
		return result;
	result = make_producer(self, kind, err);
	if (result == 0)
		result = join(self, &self->consumer, kind, err);
	for (unsigned i = 0; i < kind->lookers && result == 0; i++)
		result = join(self, &self->lookers[i], kind, err);
	if (result != 0)
		pair_finish(self);
	return result;
}

/* One frame through the queue; stamps[] gets the time before each operation and after the last. */
static int one_turn(struct pair *self, uint64_t stamps[OPERATIONS + 1])
{
	struct wire_ring rings[WIRE_RINGS_MAX];
	struct wire_frame frame;
	struct wire_slot slot;
	struct wire_hold hold;
	uint32_t seen;
	bool wakes;

	stamps[ACQUIRE] = clock_ns();
	int result = wire_producer_acquire(self->producer, &slot);
	if (result != 0)
		return fail("choosing a slot", result);
	stamps[POST] = clock_ns();
	result = wire_producer_publish(self->producer, &slot, &self->frame, NULL);
	if (result != 0)
		return fail("posting a frame", result);
	stamps[RINGS] = clock_ns();
	wire_producer_rings(self->producer, WIRE_POSTED, rings);
	stamps[FILL] = clock_ns();
	wire_slot_fill(self->producer, &slot, pixel_image_size(&self->frame.image));
	stamps[TAKE] = clock_ns();
	result = wire_consumer_frame(self->consumer, &frame, &hold);
	if (result != 0)
		return fail("taking a frame", result);
	stamps[RELEASE] = clock_ns();
	wire_consumer_release(self->consumer, &hold);
	stamps[ARM] = clock_ns();
	wire_consumer_arm(self->consumer, &seen, &wakes);
	stamps[OPERATIONS] = clock_ns();
	return 0;
}

/* What reading the clock itself costs; it is taken off every figure. */
static uint64_t clock_cost(void)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 1000; i++) {
		uint64_t start = clock_ns();
		least = min_u64(least, clock_ns() - start);
	}
	return least;
}

static int measure(struct pair *pair, uint32_t rounds, struct series out[OPERATIONS])
{
	uint64_t stamps[OPERATIONS + 1], cost = clock_cost();

	for (uint32_t round = 0; round < rounds; round++) {
		pulse(pair);
		int status = one_turn(pair, stamps);
		if (status)
			return status;
		for (int i = 0; i < OPERATIONS; i++) {
			uint64_t ns = stamps[i + 1] - stamps[i];
			series_add(&out[i], (double)(ns - min_u64(ns, cost)));
		}
	}
	return 0;
}

static int measure_kind(struct report *report, const struct kind *kind, uint32_t rounds)
{
	struct series series[OPERATIONS] = { 0 };
	struct pair pair;
	struct err err;

	report_part(report, "%s", kind->name);
	if (pair_init(&pair, kind, &err) != 0)
		return report_failure(report, err.text);
	int status = measure(&pair, rounds, series);
	double most = 0;
	for (int i = 0; i < OPERATIONS; i++) {
		report_row(report, names[i], "ns", &series[i]);
		most = series_at(&series[i], 50) > most ? series_at(&series[i], 50) : most;
		series_finish(&series[i]);
	}
	report_goal(report, "the dearest, p50", "ns", most, GOAL);
	pair_finish(&pair);
	return status;
}

int bench_queue(struct report *report, const struct bench_options *options)
{
	uint32_t rounds = options->rounds ? options->rounds : ROUNDS;
	int status = 0;

	report_begin(report, "queue", "a frame's way without pixels, in one thread");
	for (size_t i = 0; i < ARRAY_LEN(kinds) && status == 0; i++)
		status = measure_kind(report, &kinds[i], rounds);
	return status;
}
