/* What the queue itself costs: a producer and a consumer in one process, no pixel moved. */
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

enum operation { ACQUIRE, POST, FILL, TAKE, RELEASE, OPERATIONS };

static const char *const names[OPERATIONS] = { "acquire", "post", "fill", "take", "release" };

struct pair {
	struct shm *shm;
	struct wire_producer *producer;
	struct wire_consumer *consumer;
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
	wire_consumer_check(self->consumer, now, NULL);
}

static bool subscribed(struct pair *self)
{
	for (int i = 0; i < 1000; i++) {
		pulse(self);
		if (wire_consumer_subscribe(self->consumer, WIRE_QUEUE_FRAME) == 0)
			return true;
		clock_sleep(NS_PER_MS);
	}
	return false;
}

static int pair_init(struct pair *self, struct err *err)
{
	struct wire_guest guest = { .host_version = "bench" };

	*self = (struct pair){
		.frame = { .screen_width = 1920, .screen_height = 1080, .damage_all = true }
	};
	pixel_image_init(&self->frame.image, PIXEL_BGRA, 1920, 1080);
	int result = shm_create_memfd(&self->shm, "oriel-bench", 64u << 20, err);
	if (result < 0)
		return result;
	struct wire_producer_params params = { .base = self->shm->base,
					       .size = self->shm->size,
					       .guest = &guest,
					       .frame_bytes = pixel_image_size(
						       &self->frame.image) };
	result = wire_producer_create(&self->producer, &params, err);
	if (result == 0)
		result = wire_consumer_create(&self->consumer, self->shm->base, self->shm->size,
					      err);
	if (result == 0 && !subscribed(self))
		result = err_set(err, -1, "the consumer found no place in the queue");
	if (result != 0)
		pair_finish(self);
	return result;
}

/* One frame through the queue; stamps[] gets the time before each operation and after the last. */
static int one_turn(struct pair *self, uint64_t stamps[OPERATIONS + 1])
{
	struct wire_frame frame;
	struct wire_slot slot;
	struct wire_hold hold;
	bool posted = false;

	stamps[ACQUIRE] = clock_ns();
	int result = wire_producer_acquire(self->producer, &slot);
	if (result != 0)
		return fail("choosing a slot", result);
	stamps[POST] = clock_ns();
	result = wire_producer_publish(self->producer, &slot, &self->frame, &posted);
	if (result != 0 || !posted)
		return fail("posting a frame", result);
	stamps[FILL] = clock_ns();
	wire_slot_fill(self->producer, &slot, pixel_image_size(&self->frame.image));
	stamps[TAKE] = clock_ns();
	result = wire_consumer_frame(self->consumer, &frame, &hold);
	if (result != 0)
		return fail("taking a frame", result);
	stamps[RELEASE] = clock_ns();
	wire_consumer_release(self->consumer, &hold);
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

int bench_queue(struct report *report, const struct bench_options *options)
{
	struct series series[OPERATIONS] = { 0 };
	struct pair pair;
	struct err err;

	report_begin(report, "queue", "a frame message through the plain queue, no pixels");
	if (pair_init(&pair, &err) != 0)
		return report_failure(report, err.text);
	int status = measure(&pair, options->rounds ? options->rounds : ROUNDS, series);
	for (int i = 0; i < OPERATIONS; i++) {
		report_row(report, names[i], "ns", &series[i]);
		series_finish(&series[i]);
	}
	pair_finish(&pair);
	return status;
}
