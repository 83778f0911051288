/* A consumer's whole life in memory that a hostile guest rewrites, word by word, between its steps
 * and during them. Whatever it hands out is read to the last byte. */
#include "base/clock.h"
#include "base/mem.h"
#include "wire/consumer.h"
#include "wire/kvmfr20.h"
#include "wire_script.h"

#define REGION      (256u << 10)
#define FRAME_RING  8192u
#define POINT_RING  8448u
#define POINT_AT    12288u
#define FRAME_AT    65536u
#define FRAME_BYTES (MEM_PAGE + 64 * 64 * 4)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *memory; /* its end is the allocation's end */
static uint64_t now;
static volatile uint8_t sink;

static struct lgmp6_header *header(void)
{
	return (void *)memory;
}

static void make_queue(struct lgmp6_queue *queue, uint32_t id, uint32_t length, uint32_t ring)
{
	atomic_store(&queue->id, id);
	atomic_store(&queue->length, length);
	atomic_store(&queue->max_time, LGMP6_MAX_TIME_MS);
	atomic_store(&queue->ring, ring);
	atomic_store(&queue->position, 0);
	atomic_store(&queue->start, 0);
	atomic_store(&queue->count, 0);
	atomic_store(&queue->subs, 0);
	atomic_store(&queue->lock, 0);
	atomic_store(&queue->mail_lock, 0);
	atomic_store(&queue->mail_free, LGMP6_MAIL_SLOTS);
	atomic_store(&queue->mail_next, 0);
}

/* What a well-behaved guest would have there. */
static void make_session(void)
{
	static const struct kvmfr20_udata udata = { KVMFR20_MAGIC, 20, "fuzz", 1 };
	struct kvmfr20_frame frame = { .type = 1,
				       .screen_width = 64,
				       .screen_height = 64,
				       .data_width = 64,
				       .data_height = 64,
				       .frame_width = 64,
				       .frame_height = 64,
				       .stride = 64,
				       .pitch = 256,
				       .offset = KVMFR20_FILL_OFFSET };
	struct kvmfr20_pointer pointer = { .width = 16, .height = 16, .pitch = 64 };

	atomic_store(&header()->magic, LGMP6_MAGIC);
	atomic_store(&header()->version, LGMP6_VERSION);
	atomic_store(&header()->session, 1);
	atomic_store(&header()->queue_count, 2);
	atomic_store(&header()->udata_size, sizeof(udata));
	lgmp6_write(memory + LGMP6_UDATA, &udata, sizeof(udata));
	make_queue(&header()->queues[0], KVMFR20_FRAME_ID, 3, FRAME_RING);
	make_queue(&header()->queues[1], KVMFR20_POINTER_ID, 21, POINT_RING);
	lgmp6_write(memory + FRAME_AT, &frame, sizeof(frame));
	lgmp6_write(memory + POINT_AT, &pointer, sizeof(pointer));
}

static void post(uint32_t index, uint32_t udata, uint32_t size, uint32_t offset)
{
	struct lgmp6_queue *queue = &header()->queues[index];
	uint32_t length = index ? 21 : 3, at = atomic_load(&queue->position) % length;
	struct lgmp6_message *ring = (void *)(memory + (index ? POINT_RING : FRAME_RING));

	atomic_store(&ring[at].udata, udata);
	atomic_store(&ring[at].size, size);
	atomic_store(&ring[at].offset, offset);
	atomic_store(&ring[at].pending, lgmp6_on(atomic_load(&queue->subs)));
	atomic_fetch_add(&queue->count, 1);
	atomic_store(&queue->position, (at + 1) % length);
}

static void beat(struct wire_consumer *consumer)
{
	now += 20 * NS_PER_MS;
	atomic_store(&header()->timestamp, now / NS_PER_MS);
	wire_consumer_check(consumer, now, NULL);
}

static void read_frame(struct wire_consumer *consumer, struct wire_hold *hold)
{
	struct wire_frame frame;
	if (wire_consumer_frame(consumer, &frame, hold) != 0)
		return;
	if (wire_hold_filled(consumer, hold) > hold->size || !pixel_image_valid(&frame.image))
		abort();
	for (uint64_t i = 0; i < hold->size; i += 61)
		sink = atomic_load_explicit((_Atomic uint8_t *)(memory + hold->offset + i),
					    memory_order_relaxed);
	sink = atomic_load_explicit((_Atomic uint8_t *)(memory + hold->offset + hold->size - 1),
				    memory_order_relaxed);
}

static void read_pointer(struct wire_consumer *consumer)
{
	struct cursor cursor;
	if (wire_consumer_pointer(consumer, &cursor) != 0 || !cursor.has_shape)
		return;
	for (uint32_t i = 0; i < cursor_shape_bytes(&cursor.shape); i++)
		sink = cursor.shape.data[i];
}

static void run_step(struct wire_consumer *consumer, const struct script_step *step,
		     struct script *script)
{
	static struct wire_hold holds[2];
	uint32_t serial;

	switch (step->op & 15) {
	case 0:
		script_poke(script, step);
		break;
	case 1:
		make_session();
		break;
	case 2:
		post(0, step->free, FRAME_BYTES, FRAME_AT);
		break;
	case 3:
		post(1, step->free, step->value, POINT_AT);
		break;
	case 4:
		wire_consumer_unsubscribe(consumer, step->free % 2);
		break;
	case 5:
		wire_consumer_release(consumer, &holds[step->free % 2]);
		break;
	case 6:
		wire_consumer_set_cursor(consumer, step->place, 5, &serial);
		wire_consumer_acked(consumer, step->value);
		break;
	case 7:
		now += NS_PER_S;
		wire_consumer_check(consumer, now, NULL);
		break;
	default:
		beat(consumer);
		wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME);
		wire_consumer_subscribe(consumer, WIRE_QUEUE_POINTER);
		read_frame(consumer, &holds[step->free % 2]);
		read_pointer(consumer);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct script script;
	struct wire_consumer *consumer;

	if (!memory && !(memory = aligned_alloc(MEM_PAGE, REGION)))
		abort();
	memset(memory, 0, FRAME_AT + MEM_PAGE);
	make_session();
	if (wire_consumer_create(&consumer, memory, REGION, NULL))
		abort();
	beat(consumer);
	beat(consumer);
	wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME);
	wire_consumer_subscribe(consumer, WIRE_QUEUE_POINTER);
	script_begin(&script, data, size, memory);
	for (uint32_t i = 0; i < script.count; i++)
		run_step(consumer, &script.steps[i], &script);
	script_end(&script);
	wire_consumer_destroy(consumer);
	return 0;
}
