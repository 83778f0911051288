/* Two Oriels and the area between them, whose words somebody rewrites between their steps and
 * during them. Whatever the consumer hands out is read to the last byte; the producer's slots are
 * written to the last byte.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "wire/consumer.h"
#include "wire/ext_area.h"
#include "wire/producer.h"
#include "wire_script.h"

#define REGION EXT_REGION_LEAST
#define SIDE   16u
#define BYTES  (SIDE * SIDE * 4)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *memory; /* its end is the allocation's end */
static uint64_t now;
static volatile uint8_t sink;

static struct pair {
	struct wire_producer *producer;
	struct wire_consumer *consumer;
	struct wire_hold holds[2];
	bool restarted;
} pair;

static void ignore_ring(void *data, const struct wire_ring *ring)
{
	(void)data;
	if (ring->kind == WIRE_WAKE_FUTEX)
		atomic_fetch_add(ring->bell, 1);
}

static void rings(enum wire_event event)
{
	struct wire_ring out[WIRE_RINGS_MAX];
	unsigned count = wire_producer_rings(pair.producer, event, out);
	for (unsigned i = 0; i < count; i++)
		ignore_ring(NULL, &out[i]);
}

static void publish(uint32_t how)
{
	struct wire_frame frame = { .screen_width = SIDE, .screen_height = SIDE };
	struct wire_slot slot;
	pixel_image_init(&frame.image, PIXEL_BGRA, SIDE, SIDE);
	frame.damage_all = how & 1;
	region_add(&frame.damage, (struct rect){ how & 7, how >> 3 & 7, 1, 1 });
	if (wire_producer_acquire(pair.producer, &slot) ||
	    wire_producer_publish(pair.producer, &slot, &frame, NULL))
		return;
	rings(WIRE_POSTED);
	for (uint64_t i = 0; i < BYTES; i++)
		atomic_store_explicit((_Atomic uint8_t *)(slot.pixels + i), (uint8_t)how,
				      memory_order_relaxed);
	if (how & 2)
		wire_slot_abandon(pair.producer, &slot);
	else
		wire_slot_fill(pair.producer, &slot, BYTES);
	rings(WIRE_FILLED);
}

static void point(uint32_t how)
{
	static const uint8_t bytes[SIDE * SIDE * 4];
	struct cursor cursor = { .visible = how & 1, .has_position = true, .x = (int32_t)how };
	if (how & 2) {
		cursor.has_shape = true;
		cursor.shape = (struct cursor_shape){ CURSOR_COLOUR, 0, 0, SIDE, SIDE, 64, bytes };
	}
	wire_producer_pointer(pair.producer, &cursor);
	rings(WIRE_POINTER);
}

static void take(struct wire_hold *hold)
{
	struct wire_frame frame;
	struct wire_stamps stamps;
	struct region region;
	if (wire_consumer_frame(pair.consumer, &frame, hold))
		return;
	if (wire_hold_filled(pair.consumer, hold) > hold->size ||
	    !pixel_image_valid(&frame.image) || frame.damage.count > REGION_MAX)
		abort();
	for (uint64_t i = 0; i < hold->size; i += 61)
		sink = atomic_load_explicit((_Atomic uint8_t *)(memory + hold->offset + i),
					    memory_order_relaxed);
	sink = memory[hold->offset + hold->size - 1];
	wire_hold_stamps(pair.consumer, hold, &stamps);
	wire_consumer_damage_since(pair.consumer, frame.ext_serial - 3, &region);
}

static void look_at_pointer(void)
{
	struct cursor cursor;
	if (wire_consumer_pointer(pair.consumer, &cursor) != 0 || !cursor.has_shape)
		return;
	for (uint32_t i = 0; i < cursor_shape_bytes(&cursor.shape); i++)
		sink = cursor.shape.data[i];
}

static void live(void)
{
	now += 20 * NS_PER_MS;
	wire_producer_pulse(pair.producer, now, NULL);
	wire_consumer_check(pair.consumer, now, NULL);
	wire_consumer_subscribe(pair.consumer, WIRE_QUEUE_FRAME);
	wire_consumer_subscribe(pair.consumer, WIRE_QUEUE_POINTER);
}

static void sleep_and_knock(void)
{
	struct wire_want wants[4];
	uint32_t seen;
	bool wakes;
	_Atomic uint32_t *bell = wire_consumer_arm(pair.consumer, &seen, &wakes);
	if (bell)
		sink = (uint8_t)atomic_load(bell);
	wire_consumer_knock(pair.consumer);
	wire_producer_wants(pair.producer, wants, 4);
}

/* Waits for holders, so not too often. */
static void restart(void)
{
	if (!pair.restarted)
		wire_producer_restart(pair.producer, 0, NULL);
	pair.restarted = true;
}

static void ask(void)
{
	struct wire_clock clock;
	bool asked;
	wire_consumer_clock(pair.consumer, &clock, &asked);
}

static void run_step(const struct script_step *step, struct script *script)
{
	struct wire_want want = { step->value, step->place, 1, 2 };
	switch (step->op & 15) {
	case 0:
	case 1:
		script_poke(script, step);
		break;
	case 2:
	case 3:
		publish(step->value);
		break;
	case 4:
		point(step->value);
		break;
	case 5:
		wire_consumer_release(pair.consumer, &pair.holds[step->free % 2]);
		break;
	case 6:
		sleep_and_knock();
		break;
	case 7:
		now += step->free * 50 * NS_PER_MS;
		break;
	case 8:
		wire_consumer_wake_by(pair.consumer, step->free % 3, 1, 2, step->value);
		break;
	case 9:
		wire_consumer_want(pair.consumer, &want);
		break;
	case 10:
		wire_consumer_again(pair.consumer);
		break;
	case 11:
		wire_consumer_unsubscribe(pair.consumer, step->free % 2);
		break;
	case 12:
		ask();
		break;
	case 13:
		restart();
		break;
	default:
		live();
		take(&pair.holds[step->free % 2]);
		look_at_pointer();
		break;
	}
}

static void begin(void)
{
	static const struct wire_guest guest = { .host_version = "fuzz" };
	uint8_t kernel[16] = { 1 };
	struct wire_producer_params params = { .base = memory,
					       .size = REGION,
					       .guest = &guest,
					       .frame_bytes = BYTES,
					       .boot_id = { 1 },
					       .ring = ignore_ring };
	memset(memory, 0, MEM_PAGE * 4);
	memset(memory + REGION - EXT_AREA_BYTES, 0, EXT_SHAPES_AT);
	memset(&pair, 0, sizeof(pair));
	if (wire_producer_create(&pair.producer, &params, NULL) ||
	    wire_consumer_create(&pair.consumer, memory, REGION, NULL))
		abort();
	wire_consumer_extend(pair.consumer, kernel);
	wire_consumer_wake_by(pair.consumer, WIRE_WAKE_FUTEX, 0, 0, WIRE_POSTED);
	live();
	live();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct script script;

	if (!memory && !(memory = aligned_alloc(MEM_PAGE, REGION)))
		abort();
	begin();
	script_begin(&script, data, size, memory + REGION - EXT_AREA_BYTES);
	for (uint32_t i = 0; i < script.count; i++)
		run_step(&script.steps[i], &script);
	script_end(&script);
	wire_consumer_destroy(pair.consumer);
	wire_producer_destroy(pair.producer);
	return 0;
}
