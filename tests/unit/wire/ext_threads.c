/* All threads of both roles on one mapping, as fast as they can: every picture that ends well is
 * the one its serial names, complete, and in the end nothing is held. ThreadSanitizer watches the
 * rest. */
#include "base/atomic.h"
#include "base/mailbox.h"
#include "base/thread.h"
#include "oriels.h"
#include "wire/consumer_impl.h"

#define SIDE   64u
#define WORDS  (SIDE * SIDE)
#define BYTES  (WORDS * 4)
#define ORIELS 3

#define TRIES  5u
#define ENOUGH 200u            /* frames for each; more is luck */
#define RUN_NS (10 * NS_PER_S) /* at the longest */

static struct oriels o;
static _Atomic bool stop;
static _Atomic uint32_t lost;

struct reader {
	pthread_t thread;
	bool plain, greedy;
	_Atomic uint32_t frames, pointers;
	uint32_t wrong, gone;
};

static void note(int answer)
{
	if (answer == WIRE_E_LOST)
		atomic_fetch_add(&lost, 1);
}

/* ---- producer ---- */

static void *pulse(void *data)
{
	(void)data;
	for (; !atomic_load(&stop); clock_sleep(NS_PER_MS))
		note(wire_producer_pulse(o.f.producer, clock_ns(), NULL));
	return NULL;
}

static uint32_t word_of(uint32_t serial, uint32_t index)
{
	return serial * 2654435761u + index;
}

static void draw_one(uint32_t serial)
{
	struct wire_frame frame = { .damage_all = true,
				    .screen_width = SIDE,
				    .screen_height = SIDE };
	struct wire_ring rings[WIRE_RINGS_MAX];
	struct wire_slot slot;
	pixel_image_init(&frame.image, PIXEL_BGRA, SIDE, SIDE);
	note(wire_producer_flush(o.f.producer));
	int ret;
	while ((ret = wire_producer_acquire(o.f.producer, &slot)) == WIRE_E_BUSY)
		if (atomic_load(&stop))
			return;
	if (!ret)
		ret = wire_producer_publish(o.f.producer, &slot, &frame, NULL);
	note(ret);
	if (ret)
		return; /* there is no slot to draw into */
	wire_producer_rings(o.f.producer, WIRE_POSTED, rings);
	_Atomic uint32_t *pixels = (void *)slot.pixels;
	for (uint32_t i = 0; i < WORDS; i++) {
		atomic_store_explicit(&pixels[i], word_of(serial, i), memory_order_relaxed);
		if (i % SIDE == 0)
			wire_slot_fill(o.f.producer, &slot, i * 4);
	}
	wire_slot_fill(o.f.producer, &slot, BYTES);
	wire_producer_rings(o.f.producer, WIRE_FILLED, rings);
}

static void *draw(void *data)
{
	(void)data;
	for (uint32_t serial = 1; !atomic_load(&stop); serial++) {
		draw_one(serial);
		clock_sleep(20 * NS_PER_US);
	}
	return NULL;
}

static void *point(void *data)
{
	(void)data;
	static uint8_t bytes[32 * 32 * 4];
	struct cursor_shape shape = { CURSOR_COLOUR, 1, 2, 32, 32, 128, bytes };
	for (int32_t i = 0; !atomic_load(&stop); i++) {
		struct cursor cursor = { .visible = true, .has_position = true, .x = i, .y = -i };
		memset(bytes, i, sizeof(bytes));
		shape.hot_x = i & 0x7F;
		if (i % 4 == 0) {
			cursor.has_shape = true;
			cursor.shape = shape;
		}
		note(wire_producer_pointer(o.f.producer, &cursor));
		clock_sleep(20 * NS_PER_US);
	}
	return NULL;
}

/* ---- consumers ---- */

/* The other thread that gives holds back, as a present thread does. */
struct giver {
	struct wire_consumer *consumer;
	struct mailbox box;
};

static void give_one(struct giver *self)
{
	struct wire_hold *hold = mailbox_take(&self->box);
	if (hold)
		wire_consumer_release(self->consumer, hold);
	free(hold);
}

static void *give(void *data)
{
	struct giver *self = data;
	while (!atomic_load(&stop))
		give_one(self);
	give_one(self);
	return NULL;
}

static bool complete(struct wire_consumer *consumer, const struct wire_hold *hold)
{
	for (int i = 0; i < 20000; i++) {
		if (wire_hold_filled(consumer, hold) == BYTES)
			return true;
		if (!wire_hold_valid(consumer, hold))
			return false;
		cpu_relax();
	}
	return false;
}

static void judge(struct reader *self, struct wire_consumer *consumer, const struct wire_hold *hold,
		  uint32_t serial)
{
	_Atomic uint32_t *pixels = (void *)(o.f.memory + hold->offset);
	uint32_t bad = 0, first = word_of(serial, 0);
	if (!complete(consumer, hold))
		return;
	if (self->plain)
		first = atomic_load(&pixels[0]); /* its serials count something else */
	for (uint32_t i = 0; i < WORDS; i++)
		bad += atomic_load_explicit(&pixels[i], memory_order_relaxed) != first + i;
	bool valid = wire_hold_valid(consumer, hold);
	self->wrong += bad && valid;
	self->gone += !valid;
}

static void look_at_frames(struct reader *self, struct giver *giver, uint32_t *last)
{
	struct wire_consumer *consumer = giver->consumer;
	struct wire_frame frame;
	struct wire_hold hold;
	int ret = wire_consumer_frame(consumer, &frame, &hold);
	if (ret == WIRE_E_TIMEOUT || ret == WIRE_E_LOST)
		wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME);
	if (ret)
		return;
	self->frames++;
	self->wrong += (int32_t)(frame.serial - *last) < 0;
	*last = frame.serial;
	judge(self, consumer, &hold, frame.serial);
	if (self->greedy && self->frames % 16 == 0) {
		clock_sleep(30 * NS_PER_MS); /* with two in hand: longer than anybody waits */
		self->gone += !wire_hold_valid(consumer, &hold);
	}
	struct wire_hold *copy = malloc(sizeof(hold));
	*copy = hold;
	copy = mailbox_put(&giver->box, copy);
	if (copy)
		wire_consumer_release(consumer, copy);
	free(copy);
}

static void look_at_pointer(struct reader *self, struct wire_consumer *consumer)
{
	struct cursor cursor;
	int ret = wire_consumer_pointer(consumer, &cursor);
	if (ret == WIRE_E_TIMEOUT)
		wire_consumer_subscribe(consumer, WIRE_QUEUE_POINTER);
	if (ret)
		return;
	self->pointers++;
	if (!self->plain)
		self->wrong += cursor.x != -cursor.y;
	if (cursor.has_shape)
		for (uint32_t i = 0; i < 4096; i++)
			self->wrong += (cursor.shape.data[i] & 0x7F) != cursor.shape.hot_x;
}

static void *read_all(void *data)
{
	struct reader *self = data;
	struct giver giver = { 0 };
	pthread_t thread;
	uint32_t last = 0, seen;
	bool wakes;

	wire_consumer_create(&giver.consumer, o.f.memory, o.f.size, NULL);
	if (!self->plain)
		wire_consumer_extend(giver.consumer, oriels_kernel);
	wire_consumer_wake_by(giver.consumer, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED | WIRE_POINTER);
	thread_start(&thread, "giver", give, &giver);
	while (!atomic_load(&stop)) {
		if (wire_consumer_check(giver.consumer, clock_ns(), NULL) != WIRE_LIVE) {
			clock_sleep(NS_PER_MS);
			continue;
		}
		look_at_frames(self, &giver, &last);
		look_at_pointer(self, giver.consumer);
		wire_consumer_arm(giver.consumer, &seen, &wakes);
	}
	pthread_join(thread, NULL);
	give_one(&giver);
	for (uint32_t i = 0; i < EXT_SLOTS && !self->plain; i++)
		self->wrong += atomic_load(&giver.consumer->ext.held[i]) != 0;
	wire_consumer_destroy(giver.consumer);
	return NULL;
}

static bool all_had_enough(const struct reader *readers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (atomic_load(&readers[i].frames) < (readers[i].plain ? ENOUGH / 10 : ENOUGH))
			return false;
	return true;
}

static void run(struct reader *readers, size_t count)
{
	static void *(*const parts[])(void *) = { pulse, draw, point };
	pthread_t threads[ARRAY_LEN(parts)];
	uint64_t end = clock_ns() + RUN_NS;

	memset(&o, 0, sizeof(o));
	fixture_memory(&o.f, ORIELS_SIZE);
	oriels_produce(&o);
	atomic_store(&stop, false);
	atomic_store(&lost, 0);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		CHECK_EQ(thread_start(&threads[i], "part", parts[i], NULL), 0);
	for (size_t i = 0; i < count; i++)
		CHECK_EQ(thread_start(&readers[i].thread, "reader", read_all, &readers[i]), 0);
	while (clock_ns() < end && !all_had_enough(readers, count) && !atomic_load(&lost))
		clock_sleep(10 * NS_PER_MS);
	atomic_store(&stop, true);
	for (size_t i = 0; i < count; i++)
		pthread_join(readers[i].thread, NULL);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		pthread_join(threads[i], NULL);
}

static void judge_all(const struct reader *readers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		printf("# %s%s: %u frames, %u taken away, %u pointers\n",
		       readers[i].plain ? "plain" : "oriel", readers[i].greedy ? " (slow)" : "",
		       readers[i].frames, readers[i].gone, readers[i].pointers);
		CHECK_EQ(readers[i].wrong, 0);
		CHECK(readers[i].frames > 0);
		CHECK(readers[i].pointers > 0);
	}
	CHECK_EQ(atomic_load(&lost), 0);
	for (unsigned i = 0; i < EXT_BLOCKS; i++)
		CHECK_EQ(atomic_load(&oriels_block(&o, i)->hold), 0);
}

static void oriels_alone(void)
{
	struct reader readers[ORIELS] = { 0 };
	run(readers, ORIELS);
	judge_all(readers, ORIELS);
	oriels_end(&o);
}

static void with_a_slow_one_and_a_plain_one(void)
{
	/* Who loses its core for 20 ms while it has LGMP's lock costs everybody the session, as it
	 * should; on a machine that busy another run tells. */
	for (unsigned left = TRIES; left > 0; left--) {
		struct reader readers[3] = { { .greedy = true }, { .plain = true } };
		run(readers, 3);
		for (size_t i = 0; i < 3; i++)
			CHECK_EQ(readers[i].wrong, 0);
		if (left == 1 || atomic_load(&lost) == 0) {
			judge_all(readers, 3);
			left = 1;
		}
		oriels_end(&o);
	}
}

static void with_two_that_sit_on_all_slots(void)
{
	struct reader readers[3] = { { .greedy = true }, { .greedy = true } };
	run(readers, 3);
	judge_all(readers, 3);
	oriels_end(&o);
}

static const struct test_case cases[] = {
	TEST(oriels_alone),
	TEST(with_a_slow_one_and_a_plain_one),
	TEST(with_two_that_sit_on_all_slots),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
