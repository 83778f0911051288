/* Three threads of the producer, three consumers, and holds that are given back elsewhere. Every
 * picture that is still held must be of one colour; ThreadSanitizer watches the rest. */
#include "base/atomic.h"
#include "base/mailbox.h"
#include "base/thread.h"
#include "fixture.h"

#define WIDTH  64
#define HEIGHT 64
#define BYTES  (WIDTH * HEIGHT * 4)

#define ENOUGH 30u             /* frames for each reader; more is luck */
#define RUN_NS (10 * NS_PER_S) /* at the longest */

struct reader {
	struct fixture *f;
	pthread_t thread;
	_Atomic uint32_t frames, pointers;
	uint32_t torn;
};

static _Atomic bool stop;
static _Atomic uint32_t lost;

static void note(int answer)
{
	if (answer == WIRE_E_LOST)
		atomic_fetch_add(&lost, 1);
}

static void *pulse(void *data)
{
	struct fixture *f = data;
	for (; !atomic_load(&stop); clock_sleep(NS_PER_MS))
		note(wire_producer_pulse(f->producer, clock_ns(), NULL));
	return NULL;
}

static void *draw(void *data)
{
	struct fixture *f = data;
	struct wire_frame frame = { .damage_all = true, .screen_width = 64, .screen_height = 64 };
	pixel_image_init(&frame.image, PIXEL_BGRA, WIDTH, HEIGHT);
	for (uint8_t value = 0; !atomic_load(&stop); value++) {
		struct wire_slot slot;
		note(wire_producer_flush(f->producer));
		int ret = wire_producer_acquire(f->producer, &slot);
		note(ret);
		if (ret)
			continue;
		note(wire_producer_publish(f->producer, &slot, &frame, NULL));
		memset(slot.pixels, value, BYTES);
		wire_slot_fill(f->producer, &slot, BYTES);
	}
	return NULL;
}

static void *point(void *data)
{
	struct fixture *f = data;
	static uint8_t shape[32 * 32 * 4];
	for (int32_t i = 0; !atomic_load(&stop); i++) {
		struct cursor cursor = { .visible = true, .has_position = true, .x = i % 1000 };
		if (i % 16 == 0) {
			memset(shape, i / 16, sizeof(shape));
			cursor.has_shape = true;
			cursor.shape = (struct cursor_shape){ .type = CURSOR_COLOUR,
							      .width = 32,
							      .height = 32,
							      .pitch = 128,
							      .data = shape };
		}
		note(wire_producer_pointer(f->producer, &cursor));
		clock_sleep(20 * NS_PER_US);
	}
	return NULL;
}

/* The other thread that gives holds back, as a present thread does. */
struct giver {
	struct wire_consumer *consumer;
	struct mailbox box;
};

static void *give(void *data)
{
	struct giver *self = data;
	while (!atomic_load(&stop)) {
		struct wire_hold *hold = mailbox_take(&self->box);
		if (hold)
			wire_consumer_release(self->consumer, hold);
		free(hold);
	}
	return NULL;
}

static bool one_colour(struct reader *self, struct wire_consumer *consumer,
		       const struct wire_hold *hold)
{
	const uint8_t *pixels = self->f->memory + hold->offset;
	for (int i = 0; wire_hold_filled(consumer, hold) < BYTES; i++) {
		if (i == 20000 || !wire_hold_valid(consumer, hold))
			return true; /* nothing was promised */
		cpu_relax();
	}
	for (uint32_t i = 1; i < BYTES; i++)
		if (pixels[i] != pixels[0])
			return !wire_hold_valid(consumer, hold);
	return true;
}

static void look(struct reader *self, struct wire_consumer *consumer, struct giver *giver)
{
	struct wire_frame frame;
	struct wire_hold hold;
	struct cursor cursor;

	int ret = wire_consumer_frame(consumer, &frame, &hold);
	if (ret == WIRE_E_TIMEOUT || ret == WIRE_E_LOST)
		wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME);
	if (ret == 0) {
		self->frames++;
		self->torn += !one_colour(self, consumer, &hold);
		struct wire_hold *copy = malloc(sizeof(hold));
		*copy = hold;
		copy = mailbox_put(&giver->box, copy);
		if (copy)
			wire_consumer_release(consumer, copy);
		free(copy);
	}
	ret = wire_consumer_pointer(consumer, &cursor);
	self->pointers += ret == 0;
	self->torn += ret == WIRE_E_BAD;
	if (ret == 0 && cursor.has_shape && cursor.shape.data[0] != cursor.shape.data[4095])
		self->torn++;
	if (ret == WIRE_E_TIMEOUT)
		wire_consumer_subscribe(consumer, WIRE_QUEUE_POINTER);
}

static void *read_all(void *data)
{
	struct reader *self = data;
	struct giver giver = { 0 };
	pthread_t thread;

	wire_consumer_create(&giver.consumer, self->f->memory, self->f->size, NULL);
	thread_start(&thread, "giver", give, &giver);
	while (!atomic_load(&stop)) {
		if (wire_consumer_check(giver.consumer, clock_ns(), NULL) != WIRE_LIVE) {
			clock_sleep(NS_PER_MS);
			continue;
		}
		wire_consumer_subscribe(giver.consumer, WIRE_QUEUE_FRAME);
		wire_consumer_subscribe(giver.consumer, WIRE_QUEUE_POINTER);
		for (int i = 0; i < 64; i++)
			look(self, giver.consumer, &giver);
	}
	pthread_join(thread, NULL);
	free(mailbox_take(&giver.box));
	wire_consumer_destroy(giver.consumer);
	return NULL;
}

static bool all_have_enough(struct reader *readers, size_t count)
{
	bool enough = true;
	for (size_t i = 0; i < count; i++)
		enough &= readers[i].frames >= ENOUGH && readers[i].pointers >= ENOUGH;
	return enough || atomic_load(&lost);
}

static void pictures_stay_whole_while_held(void)
{
	static struct fixture f;
	static struct reader readers[3];
	void *(*const work[])(void *) = { pulse, draw, point };
	pthread_t threads[ARRAY_LEN(work)];

	fixture_memory(&f, 16 * MIB);
	fixture_produce(&f, BYTES);
	for (size_t i = 0; i < ARRAY_LEN(work); i++)
		CHECK_EQ(thread_start(&threads[i], "producer", work[i], &f), 0);
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		readers[i].f = &f;
		CHECK_EQ(thread_start(&readers[i].thread, "reader", read_all, &readers[i]), 0);
	}
	uint64_t end = clock_ns() + RUN_NS;
	while (clock_ns() < end && !all_have_enough(readers, ARRAY_LEN(readers)))
		clock_sleep(10 * NS_PER_MS);
	atomic_store(&stop, true);
	for (size_t i = 0; i < ARRAY_LEN(readers); i++)
		pthread_join(readers[i].thread, NULL);
	for (size_t i = 0; i < ARRAY_LEN(work); i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		printf("# reader %zu: %u frames, %u pointers\n", i, readers[i].frames,
		       readers[i].pointers);
		CHECK_EQ(readers[i].torn, 0);
		/* On a crowded machine a thread may sleep for 20 ms with the lock in its hand. */
		CHECK(readers[i].frames > 0 || atomic_load(&lost));
		CHECK(readers[i].pointers > 0 || atomic_load(&lost));
	}
	fixture_finish(&f);
}

/* Looks as a stranger does: with a magic, everything else must be there too. */
static void *watch(void *data)
{
	struct fixture *f = data;
	uint32_t *halves = calloc(1, sizeof(*halves));

	while (!atomic_load(&stop)) {
		uint32_t session = fixture_peek(f, AT_SESSION);
		if (fixture_peek(f, AT_MAGIC) != 0x504D474C)
			continue;
		bool whole = fixture_peek(f, AT_QUEUE_COUNT) == 2 &&
			     fixture_peek(f, AT_POINTER_QUEUE + Q_LENGTH) == 21 &&
			     fixture_peek(f, AT_POINTER_QUEUE + Q_MAIL_FREE) == 10;
		*halves += !whole && fixture_peek(f, AT_MAGIC) == 0x504D474C &&
			   fixture_peek(f, AT_SESSION) == session;
	}
	return halves;
}

static void half_a_session_has_no_magic(void)
{
	static struct fixture f;
	uint32_t *halves;
	pthread_t thread;

	fixture_memory(&f, 4 * MIB);
	fixture_produce(&f, BYTES);
	atomic_store(&stop, false);
	CHECK_EQ(thread_start(&thread, "watch", watch, &f), 0);
	for (int i = 0; i < 20000; i++)
		CHECK_EQ(wire_producer_restart(f.producer, 0, NULL), 0);
	atomic_store(&stop, true);
	pthread_join(thread, (void **)&halves);
	CHECK_EQ(*halves, 0);
	free(halves);
	fixture_finish(&f);
}

static const struct test_case cases[] = {
	TEST(pictures_stay_whole_while_held),
	TEST(half_a_session_has_no_magic),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
