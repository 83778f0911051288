/* ext_cost - what each step of a frame's way through the extension costs, in ns.
 *
 *	ext_cost [FRAMES]
 *
 * Both roles in one thread, so no line of memory travels between processors: what is counted is the
 * work, not the distance. With one consumer and with four (the other three look on).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/consumer.h"
#include "wire/producer.h"

#define REGION (32u << 20)
#define OTHERS 3

enum step { ACQUIRE, PUBLISH, RINGS, FILL, TAKE, RELEASE, ARM, STEPS };

static const char *const names[STEPS] = { "acquire", "publish", "rings", "fill",
					  "take",    "release", "arm" };

static struct wire_producer *producer;
static uint64_t spent[STEPS], since;

static void count(enum step step)
{
	uint64_t now = clock_ns();
	spent[step] += now - since;
	since = now;
}

static void must(int answer)
{
	if (answer)
		abort();
}

static struct wire_consumer *join(uint8_t *memory)
{
	static const uint8_t kernel[16] = { 1 };
	struct wire_consumer *consumer;
	must(wire_consumer_create(&consumer, memory, REGION, NULL));
	wire_consumer_extend(consumer, kernel);
	wire_consumer_wake_by(consumer, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED);
	for (int i = 0; i < 2; i++) {
		clock_sleep(2 * NS_PER_MS);
		wire_producer_pulse(producer, clock_ns(), NULL);
		wire_consumer_check(consumer, clock_ns(), NULL);
	}
	must(wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME));
	return consumer;
}

static void one_frame(struct wire_consumer *consumer, const struct wire_frame *frame)
{
	struct wire_ring rings[WIRE_RINGS_MAX];
	struct wire_frame got;
	struct wire_slot slot;
	struct wire_hold hold;
	uint32_t seen;
	bool wakes;

	since = clock_ns();
	must(wire_producer_acquire(producer, &slot));
	count(ACQUIRE);
	must(wire_producer_publish(producer, &slot, frame, NULL));
	count(PUBLISH);
	wire_producer_rings(producer, WIRE_POSTED, rings);
	count(RINGS);
	wire_slot_fill(producer, &slot, UINT64_MAX);
	count(FILL);
	must(wire_consumer_frame(consumer, &got, &hold));
	count(TAKE);
	wire_consumer_release(consumer, &hold);
	count(RELEASE);
	wire_consumer_arm(consumer, &seen, &wakes);
	count(ARM);
}

static double clock_cost(void)
{
	enum { LOOKS = 1000000 };
	uint64_t begin = clock_ns(), now = begin;
	for (int i = 0; i < LOOKS; i++)
		now = clock_ns();
	return (double)(now - begin) / LOOKS;
}

static void measure(struct wire_consumer *consumer, unsigned consumers, unsigned frames)
{
	struct wire_frame frame = { .screen_width = 320, .screen_height = 200 };
	double clock = clock_cost();
	pixel_image_init(&frame.image, PIXEL_BGRA, 320, 200);
	region_add(&frame.damage, (struct rect){ 1, 2, 3, 4 });
	for (unsigned step = 0; step < STEPS; step++)
		spent[step] = 0;
	for (unsigned i = 0; i < frames; i++)
		one_frame(consumer, &frame);
	printf("%u", consumers);
	for (unsigned step = 0; step < STEPS; step++)
		printf(",%.0f", (double)spent[step] / frames - clock);
	printf("\n");
}

int main(int argc, char **argv)
{
	static const struct wire_guest guest = { .host_version = "ext_cost" };
	unsigned frames = argc > 1 ? (unsigned)atoi(argv[1]) : 200000;
	uint8_t *memory = aligned_alloc(MEM_PAGE, REGION);
	struct wire_producer_params params = { .base = memory,
					       .size = REGION,
					       .guest = &guest,
					       .frame_bytes = 320 * 200 * 4,
					       .boot_id = { 1 } };
	struct wire_consumer *others[OTHERS];
	if (!memory || frames == 0)
		return 2;
	memset(memory, 0, REGION);
	must(wire_producer_create(&producer, &params, NULL));
	struct wire_consumer *consumer = join(memory);
	printf("consumers");
	for (unsigned step = 0; step < STEPS; step++)
		printf(",%s", names[step]);
	printf("\n");
	measure(consumer, 1, frames);
	for (unsigned i = 0; i < OTHERS; i++)
		others[i] = join(memory);
	measure(consumer, 1 + OTHERS, frames);
	for (unsigned i = 0; i < OTHERS; i++)
		wire_consumer_destroy(others[i]);
	wire_consumer_destroy(consumer);
	wire_producer_destroy(producer);
	free(memory);
	return 0;
}
