/* A region of memory, a producer and a consumer in one thread, and a clock that the case moves. */
#ifndef TESTS_WIRE_FIXTURE_H
#define TESTS_WIRE_FIXTURE_H

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "test.h"
#include "wire/consumer.h"
#include "wire/producer.h"

#define MIB (1ull << 20)

struct fixture {
	uint8_t *memory;
	size_t size;
	uint64_t now;
	struct wire_producer *producer;
	struct wire_consumer *consumer;
	uint32_t mails;
	int32_t mail_x, mail_y;
};

static const struct wire_guest test_guest = {
	.host_version = "Oriel test",
	.features = WIRE_FEATURE_SETCURSORPOS,
	.has_vm = true,
	.has_os = true,
	.uuid = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
	.capture = "pattern",
	.cpus = 8,
	.cores = 4,
	.sockets = 1,
	.model = "Some CPU (R) of model 7",
	.os = WIRE_OS_LINUX,
	.os_name = "Debian GNU/Linux 12",
};

static inline void fixture_mail(void *data, int32_t x, int32_t y)
{
	struct fixture *self = data;
	self->mails++;
	self->mail_x = x;
	self->mail_y = y;
}

static inline void fixture_memory(struct fixture *self, size_t size)
{
	*self = (struct fixture){ .size = size, .now = 1000 * NS_PER_S };
	self->memory = aligned_alloc(4096, size);
	if (!self->memory)
		abort();
	memset(self->memory, 0, size);
}

static inline void fixture_produce(struct fixture *self, uint64_t frame_bytes)
{
	struct wire_producer_params params = {
		.base = self->memory,
		.size = self->size,
		.guest = &test_guest,
		.frame_bytes = frame_bytes,
		.set_cursor = fixture_mail,
		.data = self,
	};
	CHECK_EQ(wire_producer_create(&self->producer, &params, NULL), 0);
	wire_producer_pulse(self->producer, self->now, NULL);
}

/* 10 ms later. */
static inline int fixture_tick(struct fixture *self, struct wire_audience *out)
{
	self->now += 10 * NS_PER_MS;
	return wire_producer_pulse(self->producer, self->now, out);
}

static inline void fixture_ticks(struct fixture *self, unsigned ms)
{
	for (unsigned i = 0; i < ms / 10; i++)
		CHECK_EQ(fixture_tick(self, NULL), 0);
}

/* Lets `consumer` find the session and subscribe to both queues. */
static inline void fixture_join(struct fixture *self, struct wire_consumer *consumer)
{
	wire_consumer_check(consumer, self->now, NULL);
	CHECK_EQ(fixture_tick(self, NULL), 0);
	CHECK_EQ(wire_consumer_check(consumer, self->now, NULL), WIRE_LIVE);
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_POINTER), 0);
}

static inline struct wire_consumer *fixture_consumer(struct fixture *self)
{
	struct wire_consumer *consumer = NULL;
	CHECK_EQ(wire_consumer_create(&consumer, self->memory, self->size, NULL), 0);
	return consumer;
}

static inline void fixture_pair(struct fixture *self, size_t size, uint64_t frame_bytes)
{
	fixture_memory(self, size);
	fixture_produce(self, frame_bytes);
	self->consumer = fixture_consumer(self);
	fixture_join(self, self->consumer);
}

static inline void fixture_finish(struct fixture *self)
{
	wire_consumer_destroy(self->consumer);
	wire_producer_destroy(self->producer);
	free(self->memory);
}

static inline struct wire_frame fixture_frame(uint32_t width, uint32_t height)
{
	struct wire_frame frame = { .screen_width = width,
				    .screen_height = height,
				    .damage_all = true };
	CHECK_EQ(pixel_image_init(&frame.image, PIXEL_BGRA, width, height), 0);
	return frame;
}

/* Publishes a 320x200 frame whose bytes are all `value`; returns whether it went out. */
static inline bool fixture_publish(struct fixture *self, uint8_t value, const struct region *damage)
{
	struct wire_frame frame = fixture_frame(320, 200);
	struct wire_slot slot;
	bool posted = false;

	if (damage) {
		frame.damage_all = false;
		frame.damage = *damage;
	}
	CHECK_EQ(wire_producer_acquire(self->producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(self->producer, &slot, &frame, &posted), 0);
	memset(slot.pixels, value, pixel_image_size(&frame.image));
	wire_slot_fill(self->producer, &slot, pixel_image_size(&frame.image));
	return posted;
}

/* One word of the shared memory, by the offset in the specification. */
static inline void fixture_poke(struct fixture *self, size_t offset, uint32_t value)
{
	atomic_store((_Atomic uint32_t *)(void *)(self->memory + offset), value);
}

static inline uint32_t fixture_peek(struct fixture *self, size_t offset)
{
	return atomic_load((_Atomic uint32_t *)(void *)(self->memory + offset));
}

/* Offsets of spec section 1, for pokes. */
enum {
	AT_MAGIC = 0,
	AT_VERSION = 4,
	AT_SESSION = 8,
	AT_QUEUE_COUNT = 24,
	AT_FRAME_QUEUE = 32,
	AT_POINTER_QUEUE = 32 + 1144,
	AT_UDATA_SIZE = 5752,
	AT_UDATA = 5756,
	/* within a queue */
	Q_ID = 0,
	Q_LENGTH = 4,
	Q_NEWCOMERS = 8,
	Q_MAX_TIME = 12,
	Q_POSITION = 16,
	Q_RING = 20,
	Q_CLIENTS = 280,
	Q_LOCK = 408,
	Q_BAD = 416,
	Q_ON = 420,
	Q_START = 424,
	Q_COUNT = 440,
	Q_MAIL_LOCK = 444,
	Q_MAIL_FREE = 448,
	Q_MAIL_NEXT = 452,
	Q_MAIL_WRITTEN = 456,
	Q_MAIL_ACKED = 460,
	Q_MAIL = 464,
};

#endif
