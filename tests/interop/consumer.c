/* Our consumer, fed by a producer that knows nothing but offsets; and by recorded memory of a
 * released one. Arguments: the zstd program (or ""), the folder of recordings; then a case's name.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "b7_consumer.h"
#include "b7_producer.h"
#include "base/clock.h"
#include "test.h"
#include "wire/consumer.h"

#define SIZE (16u << 20)

static uint8_t *memory;
static struct b7_producer b7;
static struct wire_consumer *consumer;
static uint64_t now;
static struct wire_frame frame;
static struct wire_hold hold;
static struct cursor cursor;
static const char *zstd, *folder;

static const struct b7_picture bgra = { 1, 320, 200, 320, 200, 1280, 0, 0, 0 };

/* "B7", feature 1, one unknown record, then OSINFO. */
static uint32_t make_udata(uint8_t *udata, uint32_t features)
{
	memset(udata, 0, 48);
	memcpy(udata, "KVMFR---", 8);
	set32(udata, 8, 20);
	memcpy(udata + 12, "B7", 3);
	set32(udata, 44, features);
	uint8_t *record = udata + 48;
	memcpy(record, "\x4f\0\0\0\x05\0\0\0what?", 13);
	memcpy(record + 13, "\2\0\0\0\x0c\0\0\0\3Windows 11", 20);
	return 48 + 13 + 20;
}

static enum wire_state check(uint32_t ms)
{
	now += ms * NS_PER_MS;
	return wire_consumer_check(consumer, now, NULL);
}

/* Time passes for both. */
static void timer(uint32_t ms)
{
	for (uint32_t i = 0; i < ms; i += 11) {
		b7_timer(&b7, 11);
		now += 11 * NS_PER_MS;
	}
}

static void begin_memory(void)
{
	wire_consumer_destroy(consumer);
	consumer = NULL;
	free(memory);
	memory = aligned_alloc(4096, SIZE);
	memset(memory, 0, SIZE);
	now = 77 * NS_PER_S;
	b7 = (struct b7_producer){ .memory = memory, .size = SIZE, .align = 4096, .now = 1 };
	CHECK_EQ(wire_consumer_create(&consumer, memory, SIZE, NULL), 0);
}

static void join(void)
{
	check(0);
	timer(11);
	CHECK_EQ(check(0), WIRE_LIVE);
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_POINTER), 0);
}

static void begin_aligned(uint32_t align, uint32_t features)
{
	uint8_t udata[128];
	uint32_t size = make_udata(udata, features);
	begin_memory();
	b7.align = align;
	b7_init(&b7, udata, size);
	join();
}

static void begin(void)
{
	begin_aligned(4096, 1);
}

static uint32_t count(void)
{
	return get32(memory, B7_FRAME_QUEUE + 440);
}

/* ---- sessions ---- */

static void the_racy_order_of_b7_harms_nobody(void)
{
	uint8_t udata[128];
	uint32_t size = make_udata(udata, 1);
	begin_memory();
	/* twice: in fresh memory, and over the remains of a session we live in */
	for (int life = 0; life < 2; life++) {
		for (uint32_t step = 0; b7_init_step(&b7, step, udata, size); step++) {
			CHECK(check(5) != WIRE_LIVE || life == 1);
			wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME);
			wire_consumer_frame(consumer, &frame, &hold);
			wire_consumer_pointer(consumer, &cursor);
		}
		check(5);
		timer(11);
		CHECK_EQ(check(5), WIRE_LIVE);
		CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME), 0);
		CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_POINTER), 0);
	}
	uint32_t payload = b7_post_frame(&b7, &bgra);
	b7_fill(&b7, payload, 0, 256000, 1);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
}

static void a_queue_that_is_not_there_yet_is_retried(void)
{
	uint8_t udata[128];
	uint32_t size = make_udata(udata, 1);
	begin_memory();
	for (uint32_t step = 0; step < 7; step++)
		b7_init_step(&b7, step, udata, size);
	check(5);
	set64(memory, 16, ++b7.now);
	CHECK_EQ(check(5), WIRE_LIVE);
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME), WIRE_E_EMPTY);
	b7_init_step(&b7, 7, udata, size);
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_POINTER), WIRE_E_EMPTY);
	b7_init_step(&b7, 8, udata, size);
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_POINTER), 0);
}

static void unknown_records_are_skipped(void)
{
	const struct wire_session *session;
	begin();
	CHECK_EQ(wire_consumer_check(consumer, now, &session), WIRE_LIVE);
	CHECK_STR(session->guest.host_version, "B7");
	CHECK(!session->guest.has_vm);
	CHECK(session->guest.has_os);
	CHECK_EQ(session->guest.os, WIRE_OS_WINDOWS);
	CHECK_STR(session->guest.os_name, "Windows 11");
}

static void subscribing_leaves_the_words_that_b7_wants(void)
{
	begin();
	for (uint32_t queue = B7_FRAME_QUEUE; queue <= B7_POINTER_QUEUE; queue += 1144) {
		CHECK_EQ(get32(memory, queue + 8), 1);
		CHECK_EQ(get32(memory, queue + 416), 0);
		CHECK_EQ(get32(memory, queue + 420), 1);
		CHECK_EQ(get64(memory, queue + 24), 0);
		CHECK(get32(memory, queue + 280) != 0);
		CHECK_EQ(get32(memory, queue + 408), 0);
	}
	wire_consumer_destroy(consumer);
	consumer = NULL;
	for (uint32_t queue = B7_FRAME_QUEUE; queue <= B7_POINTER_QUEUE; queue += 1144) {
		CHECK_EQ(get64(memory, queue + 416), 0);
		CHECK_EQ(get32(memory, queue + 280), 0);
	}
}

static void a_dead_producer_is_noticed_and_its_successor_too(void)
{
	uint8_t udata[128];
	uint32_t size = make_udata(udata, 0);
	struct b7_picture hdr = { 3, 300, 100, 300, 100, 1280, 0, 0x18, 0 };
	begin();
	CHECK_EQ(check(1001), WIRE_STALE);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), WIRE_E_LOST);
	CHECK_EQ(check(2000), WIRE_STALE);
	b7.version = 9;
	b7.now = 1; /* a new process, a new clock */
	b7_init(&b7, udata, size);
	join();
	CHECK(b7_post_frame(&b7, &hdr) != 0);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
	CHECK_EQ(frame.image.format, PIXEL_RGBA10);
	CHECK_EQ(frame.image.colour, PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ);
	CHECK_EQ(frame.format_version, 9);
}

static void a_quick_restart_is_noticed_by_its_number(void)
{
	uint8_t udata[128];
	uint32_t size = make_udata(udata, 0);
	begin();
	CHECK(b7_post_frame(&b7, &bgra) != 0);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
	b7_init(&b7, udata, size);
	uint8_t *before = malloc(8192);
	memcpy(before, memory, 8192);
	CHECK(!wire_hold_valid(consumer, &hold));
	wire_consumer_release(consumer, &hold);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), WIRE_E_LOST);
	CHECK(memcmp(before, memory, 8192) == 0);
	free(before);
	CHECK_EQ(check(50), WIRE_STALE);
	join();
}

/* ---- frames ---- */

static void frames_arrive_before_their_pixels(void)
{
	begin();
	uint32_t payload = b7_post_frame(&b7, &bgra);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
	CHECK_EQ(hold.offset, payload + 4096);
	CHECK_EQ(hold.size, 256000);
	CHECK_EQ(wire_hold_filled(consumer, &hold), 0);
	b7_fill(&b7, payload, 0, 128000, 5);
	CHECK_EQ(wire_hold_filled(consumer, &hold), 128000);
	b7_fill(&b7, payload, 128000, 256000, 5);
	CHECK_EQ(wire_hold_filled(consumer, &hold), 256000);
	CHECK_EQ(memory[hold.offset + 255999], 5);
	CHECK(frame.damage_all);
	CHECK_EQ(count(), 1);
	wire_consumer_release(consumer, &hold);
	CHECK_EQ(count(), 0);
}

static void of_two_in_the_queue_the_older_is_given_back_unread(void)
{
	begin();
	CHECK(b7_post_frame(&b7, &bgra) != 0);
	CHECK(b7_post_frame(&b7, &bgra) != 0);
	CHECK_EQ(b7_post_frame(&b7, &bgra), 0); /* B7 waits */
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
	CHECK_EQ(frame.serial, 1);
	CHECK_EQ(count(), 1);
	CHECK(b7_post_frame(&b7, &bgra) != 0);
	struct wire_hold second;
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &second), 0);
	CHECK_EQ(frame.serial, 2);
	CHECK(second.offset != hold.offset);
	struct wire_hold third;
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &third), WIRE_E_BUSY);
	wire_consumer_release(consumer, &hold);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &third), WIRE_E_EMPTY);
	wire_consumer_release(consumer, &second);
	CHECK_EQ(count(), 0);
}

static void the_newer_may_be_given_back_first(void)
{
	struct wire_hold older;
	begin();
	CHECK(b7_post_frame(&b7, &bgra) != 0);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &older), 0);
	CHECK(b7_post_frame(&b7, &bgra) != 0);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
	wire_consumer_release(consumer, &hold);
	timer(11);
	CHECK_EQ(count(), 2); /* the older is still ours: B7 must not draw into either */
	CHECK_EQ(get32(memory, B7_FRAME_QUEUE + 424), older.message);
	CHECK_EQ(b7_post_frame(&b7, &bgra), 0);
	wire_consumer_release(consumer, &older);
	timer(11);
	CHECK_EQ(count(), 0);
}

static void many_frames_go_round_the_ring(void)
{
	uint32_t seen = 0;
	begin();
	for (uint32_t i = 0; i < 1000; i++) {
		b7_post_frame(&b7, &bgra);
		if (i % 3 == 0 && wire_consumer_frame(consumer, &frame, &hold) == 0) {
			seen++;
			wire_consumer_release(consumer, &hold);
		}
		timer(11);
	}
	CHECK(seen >= 300);
	CHECK_EQ(get64(memory, B7_FRAME_QUEUE + 416), 1ull << 32);
}

static void the_header_page_may_be_64_kib(void)
{
	begin_aligned(65536, 1);
	uint32_t payload = b7_post_frame(&b7, &bgra);
	CHECK_EQ(get32(memory, payload + 48), 65532);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
	CHECK_EQ(hold.offset, payload + 65536);
	b7_fill(&b7, payload, 0, 256000, 3);
	CHECK_EQ(wire_hold_filled(consumer, &hold), 256000);
	CHECK_EQ(memory[hold.offset], 3);
}

static void damage_truncation_and_rotation_are_read(void)
{
	struct b7_picture picture = { 1, 320, 200, 320, 100, 1280, 3, 0x7, 64 };
	begin();
	CHECK(b7_post_frame(&b7, &picture) != 0);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
	CHECK(!frame.damage_all);
	CHECK_EQ(region_area(&frame.damage), 64);
	CHECK_EQ(frame.flags, WIRE_FRAME_BLOCK_SCREENSAVER | WIRE_FRAME_REQUEST_ACTIVATION |
				      WIRE_FRAME_TRUNCATED);
	CHECK_EQ(frame.image.rotation, PIXEL_ROTATE_270);
	CHECK_EQ(frame.image.height, 200);
	CHECK_EQ(frame.image.data_height, 100);
	CHECK_EQ(hold.size, 128000);
}

static void rows_beyond_the_picture_are_not_waited_for(void)
{
	struct b7_picture picture = { 1, 320, 200, 320, 208, 1280, 0, 0, 0 };
	begin();
	CHECK(b7_post_frame(&b7, &picture) != 0);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
	CHECK_EQ(frame.image.data_height, 200);
	CHECK_EQ(hold.size, 1280 * 200);
}

static void six_formats_are_read(void)
{
	static const struct b7_picture table[] = {
		{ 1, 640, 480, 640, 480, 2560, 0, 0, 0 }, { 2, 640, 480, 640, 480, 2560, 0, 0, 0 },
		{ 3, 640, 480, 640, 480, 2560, 0, 8, 0 }, { 4, 640, 480, 640, 480, 5120, 0, 24, 0 },
		{ 5, 640, 480, 512, 480, 2048, 0, 0, 0 }, { 6, 640, 480, 640, 480, 1920, 0, 0, 0 },
	};
	begin();
	for (uint32_t i = 0; i < ARRAY_LEN(table); i++) {
		CHECK(b7_post_frame(&b7, &table[i]) != 0);
		CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
		CHECK_EQ(frame.image.format, i + 1);
		CHECK_EQ(frame.image.pitch, table[i].pitch);
		CHECK_EQ(frame.image.data_width, table[i].data_width);
		CHECK_EQ(frame.image.colour, table[i].flags);
		wire_consumer_release(consumer, &hold);
	}
}

static void a_second_too_slow_and_back_again(void)
{
	begin();
	CHECK(b7_post_frame(&b7, &bgra) != 0);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
	timer(1100);
	CHECK_EQ(check(0), WIRE_LIVE);
	struct wire_hold late = hold;
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), WIRE_E_TIMEOUT);
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(get64(memory, B7_FRAME_QUEUE + 416), 3ull << 32 | 1);
	CHECK(b7_post_frame(&b7, &bgra) != 0);
	wire_consumer_release(consumer, &late);
	CHECK_EQ(count(), 1);
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
	wire_consumer_release(consumer, &hold);
	CHECK_EQ(count(), 0);
}

static void we_share_a_queue_with_a_b7_consumer(void)
{
	struct b7_consumer peer = { 0 };
	struct b7_message message;
	begin();
	peer.memory = memory;
	CHECK(b7_subscribe(&peer, 2, 0x7777));
	for (int i = 0; i < 50; i++) {
		CHECK(b7_post_frame(&b7, &bgra) != 0);
		CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
		CHECK_EQ(b7_look(&peer, &message), B7_MESSAGE);
		CHECK_EQ(hold.offset, message.offset + 4096);
		if (i % 2)
			b7_finish(&peer);
		wire_consumer_release(consumer, &hold);
		CHECK_EQ(count(), i % 2 ? 0 : 1);
		if (i % 2 == 0)
			b7_finish(&peer);
		CHECK_EQ(count(), 0);
	}
}

static void a_full_house_turns_us_away_until_somebody_dies(void)
{
	struct b7_consumer crowd[32];
	begin();
	wire_consumer_unsubscribe(consumer, WIRE_QUEUE_FRAME);
	for (uint32_t i = 0; i < 32; i++) {
		crowd[i] = (struct b7_consumer){ .memory = memory };
		CHECK(b7_subscribe(&crowd[i], 2, i + 1));
	}
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME), WIRE_E_FULL);
	CHECK(b7_post_frame(&b7, &bgra) != 0); /* nobody answers */
	timer(1100);
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME), WIRE_E_FULL);
	timer(1100);
	CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME), 0);
	CHECK_EQ(get64(memory, B7_FRAME_QUEUE + 416), 1ull << 32);
}

/* ---- pointer ---- */

static uint32_t post_pointer(uint32_t flags, int16_t x, int16_t y)
{
	uint32_t at = b7.position_buffer + 24 * (b7.next_position++ % 20);
	set32(memory, at, (uint16_t)x | (uint32_t)(uint16_t)y << 16);
	CHECK(b7_post(&b7, B7_POINTER_QUEUE, flags, 24, at));
	return at;
}

static void positions_are_folded(void)
{
	begin();
	for (int16_t i = 0; i < 20; i++)
		post_pointer(3, i, (int16_t)-i);
	CHECK_EQ(wire_consumer_pointer(consumer, &cursor), 0);
	CHECK_EQ(cursor.x, 19);
	CHECK_EQ(cursor.y, -19);
	CHECK(cursor.visible && cursor.has_position && !cursor.has_shape);
	post_pointer(0, 99, 99); /* hidden, and says nothing of where */
	CHECK_EQ(wire_consumer_pointer(consumer, &cursor), 0);
	CHECK(!cursor.visible && !cursor.has_position);
	CHECK_EQ(cursor.x, 19);
	CHECK_EQ(get32(memory, B7_POINTER_QUEUE + 440), 0);
}

static void three_kinds_of_shape_are_read(void)
{
	static const uint32_t heights[] = { 32, 64, 32 }, pitches[] = { 128, 4, 128 };
	begin();
	for (uint32_t type = 0; type < 3; type++) {
		uint32_t at = b7.shape_buffer + 1048600 * (b7.next_shape++ % 3);
		set32(memory, at, 10 | 20 << 16);
		set32(memory, at + 4, type);
		memory[at + 8] = 3;
		memory[at + 9] = 0xfc;
		set32(memory, at + 12, 32);
		set32(memory, at + 16, heights[type]);
		set32(memory, at + 20, pitches[type]);
		memset(memory + at + 24, 0x40 + type, heights[type] * pitches[type]);
		CHECK(b7_post(&b7, B7_POINTER_QUEUE, 7, 1048600, at));
		CHECK_EQ(wire_consumer_pointer(consumer, &cursor), 0);
		CHECK(cursor.has_shape);
		CHECK_EQ(cursor.shape.type, type);
		CHECK_EQ(cursor.shape.width, 32);
		CHECK_EQ(cursor.shape.height, 32);
		CHECK_EQ(cursor.shape.hot_x, 3);
		CHECK_EQ(cursor.shape.hot_y, -4);
		CHECK_EQ(cursor.shape.data[heights[type] * pitches[type] - 1], 0x40 + type);
	}
}

static void a_position_buffer_is_no_shape(void)
{
	begin();
	uint32_t at = post_pointer(7, 1, 1);
	set32(memory, at + 4, 0);
	set32(memory, at + 12, 32);
	set32(memory, at + 16, 32);
	set32(memory, at + 20, 128);
	CHECK_EQ(wire_consumer_pointer(consumer, &cursor), WIRE_E_BAD);
}

static void mail_reaches_b7_and_its_answer_us(void)
{
	uint32_t serial;
	begin();
	for (uint32_t i = 0; i < 25; i++) {
		CHECK_EQ(wire_consumer_set_cursor(consumer, (int32_t)i, -5, &serial), 0);
		CHECK(!wire_consumer_acked(consumer, serial));
		timer(11);
		CHECK(wire_consumer_acked(consumer, serial));
		CHECK_EQ(b7.cursor_mails, i + 1);
		CHECK_EQ(b7.cursor_x, i);
		CHECK_EQ(b7.cursor_y, -5);
	}
	for (uint32_t i = 0; i < 10; i++)
		CHECK_EQ(wire_consumer_set_cursor(consumer, 1, 1, &serial), 0);
	CHECK_EQ(wire_consumer_set_cursor(consumer, 1, 1, &serial), WIRE_E_BUSY);
	begin_aligned(4096, 0); /* the Linux producer offers nothing */
	CHECK_EQ(wire_consumer_set_cursor(consumer, 1, 1, &serial), -ENOTSUP);
}

/* ---- recordings ---- */

static void load(const char *name)
{
	char command[1024];
	if (!zstd || !*zstd)
		test_skip("no zstd program to unpack the recordings with");
	begin_memory();
	snprintf(command, sizeof(command), "'%s' -dcq '%s/%s'", zstd, folder, name);
	FILE *pipe = popen(command, "r");
	CHECK(pipe != NULL);
	size_t size = fread(memory, 1, SIZE, pipe);
	CHECK_EQ(pclose(pipe), 0);
	CHECK_EQ(size, SIZE);
}

static void a_recording_has_no_heartbeat(void)
{
	static const char *const names[] = { "b7-producer-idle.img.zst",
					     "b7-producer-running.img.zst",
					     "b7-producer-after.img.zst" };
	for (uint32_t i = 0; i < ARRAY_LEN(names); i++) {
		load(names[i]);
		uint8_t *before = malloc(SIZE);
		memcpy(before, memory, SIZE);
		for (int looks = 0; looks < 50; looks++)
			CHECK_EQ(check(50), WIRE_STALE);
		CHECK_EQ(wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME), WIRE_E_LOST);
		CHECK(memcmp(before, memory, SIZE) == 0);
		free(before);
	}
}

/* The peer takes over the memory where the released program left it. */
static void adopt(const char *name)
{
	load(name);
	b7.now = get64(memory, 16);
	b7.write[0] = get32(memory, B7_FRAME_QUEUE + 16);
	b7.write[1] = get32(memory, B7_POINTER_QUEUE + 16);
	set64(memory, B7_FRAME_QUEUE + 416, 0); /* who was subscribed then has left */
	set64(memory, B7_POINTER_QUEUE + 416, 0);
	join();
}

static void a_recorded_guest_is_described(void)
{
	const struct wire_session *session;
	adopt("b7-producer-idle.img.zst");
	CHECK_EQ(wire_consumer_check(consumer, now, &session), WIRE_LIVE);
	CHECK_EQ(session->id, 2133192777);
	CHECK_STR(session->guest.host_version, "B7");
	CHECK_EQ(session->guest.features, 0);
	CHECK(session->guest.has_vm);
	CHECK(session->guest.has_os);
	CHECK_EQ(session->guest.os, WIRE_OS_LINUX);
	CHECK(session->guest.model[0] != 0);
	CHECK(session->guest.os_name[0] != 0);
}

/* Real descriptors, header and pixels: only the post is played again. */
static void a_recorded_frame_is_shown(void)
{
	adopt("b7-producer-running.img.zst");
	uint32_t ring = get32(memory, B7_FRAME_QUEUE + 20);
	uint32_t last = (b7.write[0] + 2) % 3;
	CHECK(b7_post(&b7, B7_FRAME_QUEUE, 0, get32(memory, ring + 16 * last + 4),
		      get32(memory, ring + 16 * last + 8)));
	CHECK_EQ(wire_consumer_frame(consumer, &frame, &hold), 0);
	CHECK_EQ(frame.image.format, PIXEL_BGRA);
	CHECK_EQ(frame.image.width, 640);
	CHECK_EQ(frame.image.height, 480);
	CHECK_EQ(frame.image.pitch, 2560);
	CHECK(!frame.damage_all);
	CHECK_EQ(frame.damage.count, 1);
	CHECK_EQ(frame.damage.rects[0].x, 1);
	CHECK_EQ(frame.damage.rects[0].y, 2);
	CHECK_EQ(frame.damage.rects[0].width, 3);
	CHECK_EQ(frame.damage.rects[0].height, 4);
	CHECK_EQ(hold.offset % 4096, 0);
	uint64_t filled = wire_hold_filled(consumer, &hold);
	CHECK(filled > 0);
	for (uint64_t i = 0; i < filled; i++)
		if (memory[hold.offset + i] != memory[hold.offset])
			test_fail("byte %" PRIu64 " differs", i);
	wire_consumer_release(consumer, &hold);
}

static void a_recorded_cursor_is_shown(void)
{
	adopt("b7-producer-running.img.zst");
	/* The shape went out once, before the ring came round; its buffer follows the positions. */
	uint32_t shape = 6344 + 20 * 24;
	CHECK(b7_post(&b7, B7_POINTER_QUEUE, 7, 1048600, shape));
	CHECK_EQ(wire_consumer_pointer(consumer, &cursor), 0);
	CHECK(cursor.visible && cursor.has_position && cursor.has_shape);
	CHECK_EQ(cursor.shape.type, CURSOR_COLOUR);
	CHECK_EQ(cursor.shape.width, 32);
	CHECK_EQ(cursor.shape.height, 32);
	CHECK_EQ(cursor.shape.pitch, 128);
	CHECK_EQ(cursor.shape.hot_x, 3);
	CHECK_EQ(cursor.shape.hot_y, 4);
	CHECK(memcmp(cursor.shape.data, memory + shape + 24, 32 * 128) == 0);

	uint32_t ring = get32(memory, B7_POINTER_QUEUE + 20);
	int32_t x = cursor.x;
	CHECK(b7_post(&b7, B7_POINTER_QUEUE, get32(memory, ring), get32(memory, ring + 4),
		      get32(memory, ring + 8)));
	CHECK_EQ(wire_consumer_pointer(consumer, &cursor), 0);
	CHECK(cursor.visible && cursor.has_position && !cursor.has_shape);
	CHECK(cursor.x != x);
}

/* The recorded consumer left with its bit in two messages; we get its place. */
static void a_recorded_leftover_does_not_count_against_us(void)
{
	adopt("b7-producer-after.img.zst");
	uint32_t ring = get32(memory, B7_FRAME_QUEUE + 20);
	for (uint32_t i = 0; i < 3; i++)
		CHECK_EQ(get32(memory, ring + 16 * i + 12), 0);
	timer(3000);
	CHECK_EQ(get32(memory, B7_FRAME_QUEUE + 416), 0);
}

static const struct test_case cases[] = {
	TEST(the_racy_order_of_b7_harms_nobody),
	TEST(a_queue_that_is_not_there_yet_is_retried),
	TEST(unknown_records_are_skipped),
	TEST(subscribing_leaves_the_words_that_b7_wants),
	TEST(a_dead_producer_is_noticed_and_its_successor_too),
	TEST(a_quick_restart_is_noticed_by_its_number),
	TEST(frames_arrive_before_their_pixels),
	TEST(of_two_in_the_queue_the_older_is_given_back_unread),
	TEST(the_newer_may_be_given_back_first),
	TEST(many_frames_go_round_the_ring),
	TEST(the_header_page_may_be_64_kib),
	TEST(damage_truncation_and_rotation_are_read),
	TEST(rows_beyond_the_picture_are_not_waited_for),
	TEST(six_formats_are_read),
	TEST(a_second_too_slow_and_back_again),
	TEST(we_share_a_queue_with_a_b7_consumer),
	TEST(a_full_house_turns_us_away_until_somebody_dies),
	TEST(positions_are_folded),
	TEST(three_kinds_of_shape_are_read),
	TEST(a_position_buffer_is_no_shape),
	TEST(mail_reaches_b7_and_its_answer_us),
	TEST(a_recording_has_no_heartbeat),
	TEST(a_recorded_guest_is_described),
	TEST(a_recorded_frame_is_shown),
	TEST(a_recorded_cursor_is_shown),
	TEST(a_recorded_leftover_does_not_count_against_us),
};

int main(int argc, char **argv)
{
	if (argc > 2) {
		zstd = argv[1];
		folder = argv[2];
		argv += 2;
		argc -= 2;
	}
	int ret = test_main(argc, argv, cases, ARRAY_LEN(cases));
	wire_consumer_destroy(consumer);
	free(memory);
	return ret;
}
