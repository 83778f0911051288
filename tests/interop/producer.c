/* Our producer, watched by a consumer that knows nothing but offsets. */
#include <stdlib.h>

#include "b7_consumer.h"
#include "base/clock.h"
#include "test.h"
#include "wire/producer.h"

#define SIZE (16u << 20)

static uint8_t *memory;
static struct wire_producer *producer;
static uint64_t now;
static struct b7_consumer frames, pointers;
static int32_t mail_x, mail_y;
static uint32_t mails;

static void on_mail(void *data, int32_t x, int32_t y)
{
	(void)data;
	mail_x = x;
	mail_y = y;
	mails++;
}

static void pulse(void)
{
	now += 10 * NS_PER_MS;
	CHECK_EQ(wire_producer_pulse(producer, now, NULL), 0);
}

static void pulse_for(uint32_t ms)
{
	for (uint32_t i = 0; i < ms; i += 10)
		pulse();
}

static void begin_small(uint64_t frame_bytes, uint32_t size)
{
	static const struct wire_guest guest = {
		.host_version = "Oriel 0.1",
		.features = WIRE_FEATURE_SETCURSORPOS,
		.has_vm = true,
		.has_os = true,
		.uuid = { 0xaa, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xbb },
		.capture = "x11",
		.cpus = 4,
		.cores = 2,
		.sockets = 1,
		.model = "CPU",
		.os = WIRE_OS_LINUX,
		.os_name = "Linux",
	};
	struct wire_producer_params params = {
		.size = size, .guest = &guest, .frame_bytes = frame_bytes, .set_cursor = on_mail
	};
	wire_producer_destroy(producer);
	free(memory);
	memory = aligned_alloc(4096, SIZE);
	memset(memory, 0xee, SIZE);
	params.base = memory;
	now = 5000 * NS_PER_S;
	mails = 0;
	producer = NULL;
	CHECK_EQ(wire_producer_create(&producer, &params, NULL), 0);
	frames = (struct b7_consumer){ .memory = memory };
	pointers = frames;
	b7_session_valid(&frames);
	CHECK(!b7_session_valid(&frames)); /* not before the heart beats */
	pulse();
	CHECK(b7_session_valid(&frames));
}

static void begin(void)
{
	begin_small(1280 * 200, SIZE);
}

static void join(void)
{
	CHECK(b7_subscribe(&frames, 2, 0x1111));
	CHECK(b7_subscribe(&pointers, 1, 0x2222));
}

static struct wire_slot publish(uint8_t value)
{
	struct wire_frame frame = { .screen_width = 640, .screen_height = 400, .damage_all = true };
	struct wire_slot slot;
	CHECK_EQ(pixel_image_init(&frame.image, PIXEL_BGRA, 320, 200), 0);
	CHECK_EQ(wire_producer_acquire(producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(producer, &slot, &frame, NULL), 0);
	memset(slot.pixels, value, 1280 * 200);
	wire_slot_fill(producer, &slot, 1280 * 200);
	return slot;
}

static void header_and_queues_are_where_b7_looks(void)
{
	begin();
	CHECK(memcmp(memory, "LGMP", 4) == 0);
	CHECK_EQ(get32(memory, 4), 6);
	CHECK_EQ(get32(memory, 24), 2);
	static const uint32_t ids[] = { 2, 1 }, lengths[] = { 3, 21 };
	uint32_t end = 5760 + get32(memory, 5752);
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t queue = 32 + 1144 * i;
		CHECK_EQ(get32(memory, queue), ids[i]);
		CHECK_EQ(get32(memory, queue + 4), lengths[i]);
		CHECK_EQ(get32(memory, queue + 8), 0);
		CHECK_EQ(get32(memory, queue + 12), 1000);
		CHECK_EQ(get32(memory, queue + 16), 0);
		CHECK(get32(memory, queue + 20) >= end);
		CHECK_EQ(get32(memory, queue + 20) % 4, 0);
		end = get32(memory, queue + 20) + 16 * lengths[i];
		CHECK_EQ(get32(memory, queue + 408), 0);
		CHECK_EQ(get64(memory, queue + 416), 0);
		CHECK_EQ(get32(memory, queue + 424), 0);
		CHECK_EQ(get32(memory, queue + 440), 0);
		CHECK_EQ(get32(memory, queue + 448), 10);
	}
}

static void udata_and_records_are_where_b7_looks(void)
{
	begin();
	const uint8_t *udata = memory + 5756;
	CHECK(memcmp(udata, "KVMFR---", 8) == 0);
	CHECK_EQ(get32(udata, 8), 20);
	CHECK_STR((const char *)udata + 12, "Oriel 0.1");
	CHECK_EQ(get32(udata, 44), 1);
	CHECK_EQ(udata[48], 1); /* VMINFO */
	CHECK_EQ(get32(udata, 52), 51 + 4);
	const uint8_t *vm = udata + 56;
	CHECK_EQ(vm[0], 0xaa);
	CHECK_EQ(vm[15], 0xbb);
	CHECK_STR((const char *)vm + 16, "x11");
	CHECK_EQ(vm[48], 4);
	CHECK_EQ(vm[49], 2);
	CHECK_EQ(vm[50], 1);
	CHECK_STR((const char *)vm + 51, "CPU");
	const uint8_t *record = vm + 55; /* unaligned */
	CHECK_EQ(record[0], 2);
	CHECK_EQ(get32(record, 4), 7);
	CHECK_EQ(record[8], 0);
	CHECK_STR((const char *)record + 9, "Linux");
	CHECK_EQ(get32(memory, 5752), 48 + 8 + 55 + 8 + 7);
}

static void a_frame_has_every_field(void)
{
	struct b7_message message;
	begin();
	join();
	CHECK_EQ(b7_look(&frames, &message), B7_EMPTY);
	publish(0x42);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	CHECK_EQ(message.udata, 0);
	CHECK_EQ(message.offset % 4096, 0);
	CHECK(message.size >= 4096 + 1280 * 200);
	CHECK(message.offset + message.size <= SIZE);
	const uint8_t *f = memory + message.offset;
	const uint32_t want[] = { 1, 1, 1, 640, 400, 320, 200, 320, 200, 0, 320, 1280, 4092, 0 };
	for (uint32_t i = 0; i < ARRAY_LEN(want); i++)
		if (get32(f, 4 * i) != want[i])
			test_fail("word at %u is %u, wanted %u", 4 * i, get32(f, 4 * i), want[i]);
	CHECK_EQ(get32(f, 1080), 0);
	CHECK_EQ(get32(f, 4092), 1280 * 200);
	CHECK_EQ(f[4096], 0x42);
	CHECK_EQ(f[4096 + 1280 * 200 - 1], 0x42);
	b7_finish(&frames);
	CHECK_EQ(b7_look(&frames, &message), B7_EMPTY);
}

static void the_message_comes_before_the_pixels(void)
{
	struct wire_frame frame = { .screen_width = 320, .screen_height = 200 };
	struct wire_slot slot;
	struct b7_message message;
	begin();
	join();
	CHECK_EQ(pixel_image_init(&frame.image, PIXEL_BGRA, 320, 200), 0);
	CHECK_EQ(wire_producer_acquire(producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(producer, &slot, &frame, NULL), 0);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	CHECK_EQ(slot.offset, message.offset + 4096);
	CHECK_EQ(get32(memory, message.offset + 4092), 0);
	for (uint32_t row = 1; row <= 200; row++) {
		wire_slot_fill(producer, &slot, 1280 * row);
		CHECK_EQ(get32(memory, message.offset + 4092), 1280 * row);
	}
}

static void flags_rotation_and_damage_have_their_places(void)
{
	struct wire_frame frame = { .screen_width = 320, .screen_height = 200 };
	struct wire_slot slot;
	struct b7_message message;
	begin();
	join();
	publish(1);
	b7_finish(&frames);
	CHECK_EQ(pixel_image_init(&frame.image, PIXEL_BGRA, 320, 200), 0);
	frame.screen_width = 640;
	frame.screen_height = 400;
	for (uint32_t i = 0; i < 64; i++)
		frame.damage.rects[frame.damage.count++] = (struct rect){ 3 * i, 2 * i, 1, 1 };
	frame.flags = 3;
	CHECK_EQ(wire_producer_acquire(producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(producer, &slot, &frame, NULL), 0);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	const uint8_t *f = memory + message.offset;
	CHECK_EQ(get32(f, 0), 1); /* same shape: same version */
	CHECK_EQ(get32(f, 4), 2);
	CHECK_EQ(get32(f, 52), 64);
	CHECK_EQ(get32(f, 56 + 16 * 63), 3 * 63);
	CHECK_EQ(get32(f, 56 + 16 * 63 + 4), 2 * 63);
	CHECK_EQ(get32(f, 56 + 16 * 63 + 8), 1);
	CHECK_EQ(get32(f, 1080), 3);
	b7_finish(&frames);

	CHECK_EQ(pixel_image_init(&frame.image, PIXEL_RGBA10, 320, 200), 0);
	frame.image.rotation = PIXEL_ROTATE_270;
	frame.image.colour = PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ;
	CHECK_EQ(wire_producer_acquire(producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(producer, &slot, &frame, NULL), 0);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	f = memory + message.offset;
	CHECK_EQ(get32(f, 0), 2);
	CHECK_EQ(get32(f, 8), 3);
	CHECK_EQ(get32(f, 36), 3);
	CHECK_EQ(get32(f, 52), 0); /* a new shape is all new */
	CHECK_EQ(get32(f, 1080), 3 | 0x18);
}

static void packed_formats_count_texels(void)
{
	struct wire_frame frame = { .screen_width = 640, .screen_height = 480 };
	struct wire_slot slot;
	struct b7_message message;
	begin_small(2048 * 480, SIZE);
	join();
	CHECK_EQ(pixel_image_init(&frame.image, PIXEL_BGR_32, 640, 480), 0);
	CHECK_EQ(wire_producer_acquire(producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(producer, &slot, &frame, NULL), 0);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	const uint8_t *f = memory + message.offset;
	CHECK_EQ(get32(f, 8), 5);
	CHECK_EQ(get32(f, 20), 512);
	CHECK_EQ(get32(f, 24), 480);
	CHECK_EQ(get32(f, 28), 640);
	CHECK_EQ(get32(f, 40), 512);
	CHECK_EQ(get32(f, 44), 2048);
	b7_finish(&frames);
	CHECK_EQ(pixel_image_init(&frame.image, PIXEL_RGB_24, 640, 480), 0);
	CHECK_EQ(wire_producer_acquire(producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(producer, &slot, &frame, NULL), 0);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	f = memory + message.offset;
	CHECK_EQ(get32(f, 8), 6);
	CHECK_EQ(get32(f, 40) * 3, get32(f, 44));
}

static void a_region_too_small_truncates(void)
{
	struct wire_frame frame = { .screen_width = 1920, .screen_height = 1080 };
	struct wire_slot slot;
	struct b7_message message;
	begin_small(7680 * 1080, 8u << 20);
	join();
	CHECK_EQ(pixel_image_init(&frame.image, PIXEL_BGRA, 1920, 1080), 0);
	CHECK_EQ(wire_producer_acquire(producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(producer, &slot, &frame, NULL), 0);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	const uint8_t *f = memory + message.offset;
	CHECK_EQ(get32(f, 1080), 4);
	CHECK_EQ(get32(f, 32), 1080);
	CHECK(get32(f, 24) < 1080);
	CHECK(4096 + get32(f, 24) * 7680 <= message.size);
	CHECK(4096 + (get32(f, 24) + 1) * 7680 > message.size);
}

static void a_slow_consumer_sees_serials_in_order_and_new_pictures(void)
{
	struct b7_message message;
	uint32_t serial = 0;
	uint8_t shown = 0;
	begin();
	join();
	for (uint32_t i = 1; i < 200; i++) {
		publish((uint8_t)i);
		if (i % 7 != 0)
			continue;
		while (b7_look(&frames, &message) == B7_MESSAGE) {
			CHECK_EQ(get32(memory, message.offset + 4), ++serial);
			shown = memory[message.offset + 4096];
			b7_finish(&frames);
		}
		wire_producer_flush(producer);
	}
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	CHECK_EQ(memory[message.offset + 4096], 196);
	CHECK(shown >= 189);
}

static void a_second_consumer_gets_the_picture_again(void)
{
	struct b7_message message;
	struct b7_consumer second = { .memory = memory };
	begin();
	second.memory = memory;
	join();
	publish(9);
	b7_finish(&frames);
	CHECK(b7_subscribe(&second, 2, 0x3333));
	CHECK_EQ(second.bit, 1);
	CHECK_EQ(wire_producer_flush(producer), 0);
	CHECK_EQ(b7_look(&second, &message), B7_MESSAGE);
	CHECK_EQ(get32(memory, message.offset + 4), 1);
	CHECK_EQ(get32(memory, second.queue + 8), 0); /* noticed */
	b7_finish(&second);
	b7_finish(&frames);
	CHECK_EQ(get32(memory, second.queue + 440), 0);
}

static void a_killed_subscriber_costs_the_others_a_second(void)
{
	struct b7_message message;
	struct b7_consumer killed = { 0 };
	begin();
	killed.memory = memory;
	CHECK(b7_subscribe(&killed, 2, 0x4444));
	join();
	publish(1);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	b7_finish(&frames);
	publish(2);
	pulse_for(990);
	CHECK_EQ(wire_producer_flush(producer), WIRE_E_BUSY);
	pulse_for(30);
	CHECK_EQ(wire_producer_flush(producer), 0);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	CHECK_EQ(memory[message.offset + 4096], 2);
	CHECK_EQ(b7_look(&killed, &message), B7_TIMEOUT);
	b7_finish(&frames);
	/* its place serves again after another second */
	pulse_for(1020);
	struct b7_consumer next = { .memory = memory };
	CHECK(b7_subscribe(&next, 2, 0x5555));
	CHECK_EQ(next.bit, killed.bit);
}

static void two_and_a_half_seconds_of_holding_are_survived(void)
{
	struct b7_message message;
	begin();
	join();
	publish(1);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	pulse_for(2500);
	CHECK_EQ(b7_look(&frames, &message), B7_TIMEOUT);
	CHECK(b7_subscribe(&frames, 2, 0x1112));
	CHECK_EQ(wire_producer_flush(producer), 0);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	CHECK_EQ(memory[message.offset + 4096], 1);
}

static void thirty_two_subscribers_and_not_one_more(void)
{
	struct b7_consumer crowd[33];
	struct b7_message message;
	begin();
	for (uint32_t i = 0; i < 33; i++) {
		crowd[i] = (struct b7_consumer){ .memory = memory };
		CHECK_EQ(b7_subscribe(&crowd[i], 2, 1 + i), i < 32);
	}
	publish(1);
	for (uint32_t i = 0; i < 32; i++) {
		CHECK_EQ(b7_look(&crowd[i], &message), B7_MESSAGE);
		b7_finish(&crowd[i]);
	}
	CHECK(wire_producer_ready(producer));
	b7_unsubscribe(&crowd[5]);
	CHECK(b7_subscribe(&crowd[32], 2, 33));
}

static void unsubscribing_with_a_message_pending_frees_the_slot(void)
{
	struct b7_message message;
	begin();
	join();
	publish(1);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	b7_unsubscribe(&frames);
	pulse();
	CHECK(wire_producer_ready(producer));
}

static void a_pointer_message_is_what_b7_expects(void)
{
	static uint8_t shape[32 * 32 * 4];
	struct cursor cursor = { .visible = true, .has_position = true, .x = -3, .y = 77 };
	struct b7_message message;
	begin();
	join();
	CHECK_EQ(wire_producer_pointer(producer, &cursor), 0);
	CHECK_EQ(b7_look(&pointers, &message), B7_MESSAGE);
	CHECK_EQ(message.udata, 3);
	CHECK_EQ(message.size, 24);
	CHECK_EQ((int16_t)get32(memory, message.offset), -3);
	CHECK_EQ(get32(memory, message.offset) >> 16, 77);
	b7_finish(&pointers);

	memset(shape, 0x5c, sizeof(shape));
	cursor.has_shape = true;
	cursor.shape = (struct cursor_shape){ .type = CURSOR_MONO,
					      .hot_x = 5,
					      .hot_y = -6,
					      .width = 32,
					      .height = 32,
					      .pitch = 4,
					      .data = shape };
	CHECK_EQ(wire_producer_pointer(producer, &cursor), 0);
	CHECK_EQ(b7_look(&pointers, &message), B7_MESSAGE);
	CHECK_EQ(message.udata, 7);
	CHECK_EQ(message.size, 1048600);
	const uint8_t *p = memory + message.offset;
	CHECK_EQ(get32(p, 4), 1);
	CHECK_EQ((int8_t)p[8], 5);
	CHECK_EQ((int8_t)p[9], -6);
	CHECK_EQ(get32(p, 12), 32);
	CHECK_EQ(get32(p, 16), 64);
	CHECK_EQ(get32(p, 20), 4);
	CHECK_EQ(p[24 + 255], 0x5c);
	b7_finish(&pointers);

	cursor = (struct cursor){ 0 };
	CHECK_EQ(wire_producer_pointer(producer, &cursor), 0);
	CHECK_EQ(b7_look(&pointers, &message), B7_MESSAGE);
	CHECK_EQ(message.udata & 6, 0); /* hidden, no shape */
}

static void a_pointer_newcomer_gets_all_three(void)
{
	static uint8_t shape[16 * 16 * 4];
	struct cursor cursor = {
		.visible = true,
		.has_position = true,
		.has_shape = true,
		.shape = { .width = 16, .height = 16, .pitch = 64, .data = shape },
	};
	struct b7_message message;
	begin();
	CHECK_EQ(wire_producer_pointer(producer, &cursor), 0);
	join();
	CHECK_EQ(wire_producer_pointer_flush(producer), 0);
	CHECK_EQ(b7_look(&pointers, &message), B7_MESSAGE);
	CHECK_EQ(message.udata, 7);
}

static void mail_is_acknowledged_whatever_it_says(void)
{
	static const struct {
		uint32_t size, words[3];
		bool moves;
	} table[] = {
		{ 12, { 0, 100, 200 }, true }, { 12, { 1, 640, 480 }, false },
		{ 0, { 0 }, false },           { 64, { 77 }, false },
		{ 5000, { 9 }, false },        { 12, { 0, (uint32_t)-5, 7 }, true },
	};
	begin();
	join();
	for (uint32_t i = 0; i < 30; i++) {
		uint8_t mail[64] = { 0 };
		uint32_t row = i % ARRAY_LEN(table), before = mails;
		memcpy(mail, table[row].words, sizeof(table[row].words));
		uint32_t serial = b7_send(&pointers, mail, table[row].size);
		CHECK_EQ(serial, i + 1);
		CHECK(!b7_acked(&pointers, serial));
		pulse();
		CHECK(b7_acked(&pointers, serial));
		CHECK_EQ(mails, before + table[row].moves);
	}
	CHECK_EQ(mail_x, -5);
	CHECK_EQ(mail_y, 7);
}

static void a_restart_is_seen_and_old_hands_do_no_harm(void)
{
	struct b7_message message;
	begin();
	join();
	publish(1);
	uint32_t session = frames.session;
	CHECK_EQ(wire_producer_restart(producer, 0, NULL), 0);
	CHECK(get32(memory, 8) != session);
	CHECK_EQ(b7_look(&frames, &message), B7_NOT_SUBSCRIBED);
	b7_finish(&frames); /* it had the message in its hand: count drops below zero */
	CHECK_EQ(wire_producer_pulse(producer, now + 1, NULL), WIRE_E_LOST);
	CHECK_EQ(wire_producer_restart(producer, 0, NULL), 0);
	pulse();
	join();
	publish(2);
	CHECK_EQ(b7_look(&frames, &message), B7_MESSAGE);
	CHECK_EQ(memory[message.offset + 4096], 2);
}

static void leaving_clears_the_magic(void)
{
	begin();
	join();
	wire_producer_destroy(producer);
	producer = NULL;
	CHECK(!b7_session_valid(&frames));
}

static const struct test_case cases[] = {
	TEST(header_and_queues_are_where_b7_looks),
	TEST(udata_and_records_are_where_b7_looks),
	TEST(a_frame_has_every_field),
	TEST(the_message_comes_before_the_pixels),
	TEST(flags_rotation_and_damage_have_their_places),
	TEST(packed_formats_count_texels),
	TEST(a_region_too_small_truncates),
	TEST(a_slow_consumer_sees_serials_in_order_and_new_pictures),
	TEST(a_second_consumer_gets_the_picture_again),
	TEST(a_killed_subscriber_costs_the_others_a_second),
	TEST(two_and_a_half_seconds_of_holding_are_survived),
	TEST(thirty_two_subscribers_and_not_one_more),
	TEST(unsubscribing_with_a_message_pending_frees_the_slot),
	TEST(a_pointer_message_is_what_b7_expects),
	TEST(a_pointer_newcomer_gets_all_three),
	TEST(mail_is_acknowledged_whatever_it_says),
	TEST(a_restart_is_seen_and_old_hands_do_no_harm),
	TEST(leaving_clears_the_magic),
};

int main(int argc, char **argv)
{
	int ret = test_main(argc, argv, cases, ARRAY_LEN(cases));
	wire_producer_destroy(producer);
	free(memory);
	return ret;
}
