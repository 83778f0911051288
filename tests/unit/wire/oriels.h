/* A producer and consumers that meet in the area at the region's end, in one thread. */
#ifndef TESTS_WIRE_ORIELS_H
#define TESTS_WIRE_ORIELS_H

#include "fixture.h"
#include "wire/ext_area.h"

#define ORIELS_SIZE (32 * MIB)

static const uint8_t oriels_kernel[16] = "this very kernel";
static const uint8_t oriels_elsewhere[16] = "another kernel..";

struct oriels {
	struct fixture f; /* f.consumer is extended, too */
	struct wire_ring rings[64];
	unsigned ring_count; /* by create, restart and destroy */
};

static inline void oriels_ring(void *data, const struct wire_ring *ring)
{
	struct oriels *self = data;
	if (self->ring_count < ARRAY_LEN(self->rings))
		self->rings[self->ring_count++] = *ring;
}

static inline struct wire_producer_params oriels_params(struct oriels *self)
{
	struct wire_producer_params params = {
		.base = self->f.memory,
		.size = self->f.size,
		.guest = &test_guest,
		.frame_bytes = 320 * 200 * 4,
		.data = self,
		.ring = oriels_ring,
		.doorbell = true,
	};
	memcpy(params.boot_id, oriels_kernel, sizeof(params.boot_id));
	return params;
}

static inline void oriels_produce(struct oriels *self)
{
	struct wire_producer_params params = oriels_params(self);
	CHECK_EQ(wire_producer_create(&self->f.producer, &params, NULL), 0);
	CHECK(wire_producer_extended(self->f.producer));
	CHECK_EQ(wire_producer_pulse(self->f.producer, self->f.now, NULL), 0);
}

/* One more consumer, subscribed to both. */
static inline struct wire_consumer *oriels_join(struct oriels *self, const uint8_t kernel[16])
{
	struct wire_consumer *consumer = fixture_consumer(&self->f);
	const struct wire_session *session;
	wire_consumer_extend(consumer, kernel);
	fixture_join(&self->f, consumer);
	wire_consumer_check(consumer, self->f.now, &session);
	CHECK(session->extended);
	return consumer;
}

static inline void oriels_begin(struct oriels *self)
{
	memset(self, 0, sizeof(*self));
	fixture_memory(&self->f, ORIELS_SIZE);
	oriels_produce(self);
	self->f.consumer = oriels_join(self, oriels_kernel);
}

static inline void oriels_end(struct oriels *self)
{
	fixture_finish(&self->f);
}

static inline struct ext_head *oriels_head(const struct oriels *self)
{
	return (void *)(self->f.memory + self->f.size - EXT_AREA_BYTES);
}

static inline struct ext_block *oriels_block(const struct oriels *self, unsigned index)
{
	return (void *)(self->f.memory + self->f.size - EXT_AREA_BYTES + EXT_BLOCKS_AT +
			index * EXT_BLOCK_STRIDE);
}

/* Looks for a frame that must be there, whose bytes must all be `value`. */
static inline struct wire_hold oriels_take(struct oriels *self, struct wire_consumer *consumer,
					   uint8_t value, struct wire_frame *frame)
{
	struct wire_frame ignored;
	struct wire_hold hold;
	CHECK_EQ(wire_consumer_frame(consumer, frame ? frame : &ignored, &hold), 0);
	CHECK(hold.extended);
	CHECK_EQ(wire_hold_filled(consumer, &hold), hold.size);
	CHECK_EQ(hold.size, 320 * 200 * 4);
	CHECK_EQ(self->f.memory[hold.offset], value);
	CHECK_EQ(self->f.memory[hold.offset + hold.size - 1], value);
	CHECK(wire_hold_valid(consumer, &hold));
	return hold;
}

#endif
