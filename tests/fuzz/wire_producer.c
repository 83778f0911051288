/* A producer's whole life in memory that a hostile consumer rewrites, word by word, between its
 * steps and during them. Each answer is one that the header names, each slot lies in the region. */
#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/producer.h"
#include "wire/wire.h"
#include "wire_script.h"

#define REGION (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *memory;
static uint64_t now;

static void expect(int answer)
{
	if (answer != 0 && answer != WIRE_E_BUSY && answer != WIRE_E_LOST)
		abort();
}

static void draw(struct wire_producer *producer)
{
	struct wire_frame frame = { .screen_width = 64, .screen_height = 64 };
	struct wire_slot slot;
	bool posted;

	int ret = wire_producer_acquire(producer, &slot);
	expect(ret);
	if (ret)
		return;
	if (slot.pixels != memory + slot.offset || slot.offset % MEM_PAGE != 0 ||
	    !range_inside(slot.offset, slot.size, REGION))
		abort();
	pixel_image_init(&frame.image, PIXEL_BGRA, 64, 64);
	expect(wire_producer_publish(producer, &slot, &frame, &posted));
	lgmp6_write(slot.pixels, &frame, sizeof(frame));
	wire_slot_fill(producer, &slot, 256 * 64);
}

static void point(struct wire_producer *producer, const struct script_step *step)
{
	static const uint8_t bytes[32 * 128];
	struct cursor cursor = {
		.visible = step->free & 1,
		.has_position = step->free & 2,
		.x = step->place,
		.has_shape = step->free & 4,
		.shape = { .width = 32, .height = 32, .pitch = 128, .data = bytes },
	};
	expect(wire_producer_pointer(producer, &cursor));
}

/* What a well-behaved consumer would do. */
static void subscribe(uint32_t bit)
{
	struct lgmp6_header *header = (void *)memory;
	for (uint32_t i = 0; i < 2; i++) {
		atomic_fetch_or(&header->queues[i].subs, 1ull << (32 + bit % 32));
		atomic_fetch_add(&header->queues[i].newcomers, 1);
	}
}

static void write_mail(uint32_t value)
{
	struct lgmp6_queue *queue = &((struct lgmp6_header *)(void *)memory)->queues[value % 2];
	atomic_fetch_sub(&queue->mail_free, 1);
	atomic_store(&queue->mail[value % LGMP6_MAIL_SLOTS].size, value);
}

static void run_step(struct wire_producer *producer, const struct script_step *step,
		     struct script *script)
{
	struct wire_audience audience;

	switch (step->op & 15) {
	case 0:
		script_poke(script, step);
		break;
	case 1:
		if (wire_producer_restart(producer, step->value % REGION, NULL))
			abort();
		break;
	case 2:
		point(producer, step);
		break;
	case 3:
		subscribe(step->value);
		break;
	case 4:
		write_mail(step->value);
		break;
	case 5:
		now += NS_PER_S;
		break;
	default:
		now += 10 * NS_PER_MS;
		expect(wire_producer_pulse(producer, now, &audience));
		draw(producer);
		expect(wire_producer_flush(producer));
		expect(wire_producer_pointer_flush(producer));
		wire_producer_ready(producer);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wire_guest guest = { .host_version = "fuzz", .has_os = true };
	static struct script script;
	struct wire_producer_params params = { .size = REGION, .guest = &guest };
	struct wire_producer *producer;

	if (!memory && !(memory = aligned_alloc(MEM_PAGE, REGION)))
		abort();
	params.base = memory;
	if (wire_producer_create(&producer, &params, NULL))
		abort();
	subscribe(0);
	script_begin(&script, data, size, memory);
	for (uint32_t i = 0; i < script.count; i++)
		run_step(producer, &script.steps[i], &script);
	script_end(&script);
	wire_producer_destroy(producer);
	return 0;
}
