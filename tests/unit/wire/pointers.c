/* The pointer's own way: positions, shapes, and the mail that comes back. */
#include <errno.h>

#include "fixture.h"

#define FRAME_BYTES (1280 * 200)
#define REGION      (16 * MIB)

static uint8_t pixels[CURSOR_MAX_BYTES + 4];
static struct cursor got;

static struct cursor at(int32_t x, int32_t y)
{
	return (struct cursor){ .visible = true, .has_position = true, .x = x, .y = y };
}

static struct cursor shaped(enum cursor_type type, uint32_t side, uint8_t value)
{
	struct cursor cursor = at(1, 2);
	memset(pixels, value, sizeof(pixels));
	cursor.has_shape = true;
	cursor.shape = (struct cursor_shape){
		.type = type,
		.hot_x = 3,
		.hot_y = -4,
		.width = side,
		.height = side,
		.pitch = type == CURSOR_MONO ? side / 8 : side * 4,
		.data = pixels,
	};
	return cursor;
}

static void a_position_arrives(void)
{
	struct fixture f;
	struct cursor cursor = at(-7, 1079);
	fixture_pair(&f, REGION, FRAME_BYTES);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), WIRE_E_EMPTY);
	CHECK_EQ(wire_producer_pointer(f.producer, &cursor), 0);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	CHECK(got.visible && got.has_position && !got.has_shape);
	CHECK_EQ(got.x, -7);
	CHECK_EQ(got.y, 1079);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), WIRE_E_EMPTY);
	CHECK_EQ(fixture_peek(&f, AT_POINTER_QUEUE + Q_COUNT), 0);
	fixture_finish(&f);
}

static void hiding_keeps_the_position(void)
{
	struct fixture f;
	struct cursor cursor = at(5, 6), hidden = { 0 };
	fixture_pair(&f, REGION, FRAME_BYTES);
	wire_producer_pointer(f.producer, &cursor);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	wire_producer_pointer(f.producer, &hidden);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	CHECK(!got.visible);
	CHECK_EQ(got.x, 5);
	CHECK_EQ(got.y, 6);
	fixture_finish(&f);
}

static void many_messages_fold_into_one(void)
{
	struct fixture f;
	struct cursor cursor = shaped(CURSOR_COLOUR, 32, 0x11);
	fixture_pair(&f, REGION, FRAME_BYTES);
	CHECK_EQ(wire_producer_pointer(f.producer, &cursor), 0);
	for (int i = 0; i < 10; i++) {
		cursor = at(i, -i);
		CHECK_EQ(wire_producer_pointer(f.producer, &cursor), 0);
	}
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	CHECK(got.has_shape);
	CHECK_EQ(got.shape.data[0], 0x11);
	CHECK_EQ(got.x, 9);
	CHECK_EQ(got.y, -9);
	CHECK_EQ(fixture_peek(&f, AT_POINTER_QUEUE + Q_COUNT), 0);
	fixture_finish(&f);
}

static void a_full_queue_keeps_the_newest_position(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	for (int i = 0; i < 1000; i++) {
		struct cursor cursor = at(i, i);
		CHECK_EQ(wire_producer_pointer(f.producer, &cursor), i < 20 ? 0 : WIRE_E_BUSY);
	}
	CHECK_EQ(fixture_peek(&f, AT_POINTER_QUEUE + Q_COUNT), 20);
	CHECK_EQ(wire_producer_pointer_flush(f.producer), WIRE_E_BUSY);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	CHECK_EQ(got.x, 19);
	CHECK_EQ(wire_producer_pointer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	CHECK_EQ(got.x, 999);
	CHECK_EQ(wire_producer_pointer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), WIRE_E_EMPTY);
	fixture_finish(&f);
}

static void three_kinds_of_shape_arrive(void)
{
	for (uint32_t type = 0; type < CURSOR_TYPE_COUNT; type++) {
		struct fixture f;
		struct cursor cursor = shaped(type, 32, 0x5a);
		uint32_t bytes = cursor_shape_bytes(&cursor.shape);
		fixture_pair(&f, REGION, FRAME_BYTES);
		pixels[bytes - 1] = 0x77;
		CHECK_EQ(wire_producer_pointer(f.producer, &cursor), 0);
		/* on the wire both masks are counted */
		uint32_t ring = fixture_peek(&f, AT_POINTER_QUEUE + Q_RING);
		uint32_t payload = fixture_peek(&f, ring + 8);
		CHECK_EQ(fixture_peek(&f, payload + 16), type == CURSOR_MONO ? 64 : 32);
		CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
		CHECK(got.has_shape);
		CHECK_EQ(got.shape.type, type);
		CHECK_EQ(got.shape.hot_x, 3);
		CHECK_EQ(got.shape.hot_y, -4);
		CHECK_EQ(got.shape.width, 32);
		CHECK_EQ(got.shape.height, 32);
		CHECK_EQ(got.shape.pitch, cursor.shape.pitch);
		CHECK(got.shape.data != pixels);
		CHECK_EQ(got.shape.data[0], 0x5a);
		CHECK_EQ(got.shape.data[bytes - 1], 0x77);
		fixture_finish(&f);
	}
}

static void the_largest_shape_fits(void)
{
	struct fixture f;
	struct cursor cursor = shaped(CURSOR_COLOUR, CURSOR_MAX, 0x33);
	fixture_pair(&f, REGION, FRAME_BYTES);
	pixels[CURSOR_MAX_BYTES - 1] = 0x44;
	CHECK_EQ(wire_producer_pointer(f.producer, &cursor), 0);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	CHECK_EQ(got.shape.data[CURSOR_MAX_BYTES - 1], 0x44);
	fixture_finish(&f);
}

static void shapes_that_do_not_fit_are_refused(void)
{
	struct fixture f;
	struct cursor cursor = shaped(CURSOR_COLOUR, 32, 0);
	fixture_pair(&f, REGION, FRAME_BYTES);
	cursor.shape.width = CURSOR_MAX + 1;
	CHECK_EQ(wire_producer_pointer(f.producer, &cursor), -EINVAL);
	cursor = shaped(CURSOR_COLOUR, 32, 0);
	cursor.shape.pitch = CURSOR_MAX_BYTES;
	CHECK_EQ(wire_producer_pointer(f.producer, &cursor), -EINVAL);
	cursor = shaped(CURSOR_COLOUR, 32, 0);
	cursor.shape.pitch = 4;
	CHECK_EQ(wire_producer_pointer(f.producer, &cursor), -EINVAL);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), WIRE_E_EMPTY);
	fixture_finish(&f);
}

static void an_undelivered_shape_is_never_overwritten(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	for (int i = 0; i < 10; i++) {
		struct cursor cursor = shaped(CURSOR_COLOUR, 32, (uint8_t)(0x10 + i));
		CHECK_EQ(wire_producer_pointer(f.producer, &cursor), i < 3 ? 0 : WIRE_E_BUSY);
		for (int repeat = 0; repeat < 5; repeat++)
			wire_producer_pointer_flush(f.producer);
	}
	/* three shapes, and a position each for the seven that waited: no flood of repeats */
	CHECK_EQ(fixture_peek(&f, AT_POINTER_QUEUE + Q_COUNT), 10);
	uint32_t ring = fixture_peek(&f, AT_POINTER_QUEUE + Q_RING);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t payload = fixture_peek(&f, ring + 16 * i + 8);
		CHECK_EQ(f.memory[payload + 24], 0x10 + i);
		CHECK_EQ(f.memory[payload + 24 + 32 * 32 * 4 - 1], 0x10 + i);
	}
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	CHECK_EQ(got.shape.data[0], 0x12);
	CHECK_EQ(wire_producer_pointer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	CHECK(got.has_shape);
	CHECK_EQ(got.shape.data[0], 0x19);
	fixture_finish(&f);
}

static void a_newcomer_gets_shape_position_and_visibility(void)
{
	struct fixture f;
	struct cursor cursor = shaped(CURSOR_MASKED, 16, 0x66);
	struct wire_audience audience;
	fixture_pair(&f, REGION, FRAME_BYTES);
	wire_producer_pointer(f.producer, &cursor);
	cursor = at(100, 200);
	wire_producer_pointer(f.producer, &cursor);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	struct wire_consumer *second = fixture_consumer(&f);
	fixture_join(&f, second);
	CHECK_EQ(fixture_tick(&f, &audience), 0);
	CHECK(audience.pointer_newcomer);
	CHECK_EQ(audience.pointer, 2);
	CHECK_EQ(wire_producer_pointer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_pointer(second, &got), 0);
	CHECK(got.visible && got.has_position && got.has_shape);
	CHECK_EQ(got.x, 100);
	CHECK_EQ(got.shape.type, CURSOR_MASKED);
	CHECK_EQ(got.shape.data[16 * 16 * 4 - 1], 0x66);
	CHECK_EQ(wire_producer_pointer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_pointer(second, &got), WIRE_E_EMPTY); /* once */
	wire_consumer_destroy(second);
	fixture_finish(&f);
}

static void the_pointer_outlives_a_restart(void)
{
	struct fixture f;
	struct cursor cursor = shaped(CURSOR_COLOUR, 16, 0x66);
	fixture_pair(&f, REGION, FRAME_BYTES);
	wire_producer_pointer(f.producer, &cursor);
	CHECK_EQ(wire_producer_restart(f.producer, 0, NULL), 0);
	wire_consumer_check(f.consumer, f.now, NULL);
	fixture_join(&f, f.consumer);
	CHECK_EQ(wire_producer_pointer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	CHECK(got.has_shape && got.has_position);
	fixture_finish(&f);
}

static void far_positions_and_hot_spots_are_clamped(void)
{
	struct fixture f;
	struct cursor cursor = shaped(CURSOR_COLOUR, 256, 0);
	fixture_pair(&f, REGION, FRAME_BYTES);
	cursor.x = 40000;
	cursor.y = -40000;
	cursor.shape.hot_x = 200;
	cursor.shape.hot_y = -200;
	CHECK_EQ(wire_producer_pointer(f.producer, &cursor), 0);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	CHECK_EQ(got.x, 32767);
	CHECK_EQ(got.y, -32768);
	CHECK_EQ(got.shape.hot_x, 127);
	CHECK_EQ(got.shape.hot_y, -128);
	fixture_finish(&f);
}

static void bad_shapes_are_given_back(void)
{
	static const struct {
		uint32_t at, value;
	} table[] = {
		{ 4, 3 },  { 4, 0xffffffff }, { 12, 0 },          { 12, 513 },     { 16, 0 },
		{ 20, 8 }, { 16, 513 },       { 16, 0xffffffff }, { 20, 1 << 31 },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct fixture f;
		struct cursor cursor = shaped(CURSOR_COLOUR, 32, 1);
		fixture_pair(&f, REGION, FRAME_BYTES);
		wire_producer_pointer(f.producer, &cursor);
		uint32_t ring = fixture_peek(&f, AT_POINTER_QUEUE + Q_RING);
		fixture_poke(&f, fixture_peek(&f, ring + 8) + table[i].at, table[i].value);
		int ret = wire_consumer_pointer(f.consumer, &got);
		if (ret != WIRE_E_BAD)
			test_fail("row %zu: %d", i, ret);
		CHECK_EQ(fixture_peek(&f, AT_POINTER_QUEUE + Q_COUNT), 0);
		fixture_finish(&f);
	}
}

static void bad_pointer_descriptors_are_given_back(void)
{
	static const struct {
		uint32_t at, value;
	} table[] = {
		{ 8, 0xffffffff }, { 8, 16 * MIB },      { 8, 6 }, { 4, 23 }, { 4, 0xffffffff },
		{ 4, 24 },         { 8, 16 * MIB - 64 },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct fixture f;
		struct cursor cursor = shaped(CURSOR_COLOUR, 32, 1);
		fixture_pair(&f, REGION, FRAME_BYTES);
		wire_producer_pointer(f.producer, &cursor);
		uint32_t ring = fixture_peek(&f, AT_POINTER_QUEUE + Q_RING);
		fixture_poke(&f, ring + table[i].at, table[i].value);
		int ret = wire_consumer_pointer(f.consumer, &got);
		if (ret != WIRE_E_BAD)
			test_fail("row %zu: %d", i, ret);
		fixture_finish(&f);
	}
}

static void an_odd_monochrome_height_is_refused(void)
{
	struct fixture f;
	struct cursor cursor = shaped(CURSOR_MONO, 32, 1);
	fixture_pair(&f, REGION, FRAME_BYTES);
	wire_producer_pointer(f.producer, &cursor);
	uint32_t ring = fixture_peek(&f, AT_POINTER_QUEUE + Q_RING);
	fixture_poke(&f, fixture_peek(&f, ring + 8) + 16, 63);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), WIRE_E_BAD);
	fixture_finish(&f);
}

static void a_late_reader_is_dropped_and_comes_back(void)
{
	struct fixture f;
	struct cursor cursor = at(1, 1);
	fixture_pair(&f, REGION, FRAME_BYTES);
	wire_producer_pointer(f.producer, &cursor);
	fixture_ticks(&f, 1020);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), WIRE_E_TIMEOUT);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), WIRE_E_TIMEOUT);
	CHECK_EQ(wire_consumer_subscribe(f.consumer, WIRE_QUEUE_POINTER), 0);
	CHECK_EQ(wire_producer_pointer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_pointer(f.consumer, &got), 0);
	fixture_finish(&f);
}

/* ---- mail ---- */

static void moving_the_pointer_is_asked_and_acknowledged(void)
{
	struct fixture f;
	uint32_t serial = 0;
	fixture_pair(&f, REGION, FRAME_BYTES);
	for (int32_t i = 1; i <= 25; i++) {
		CHECK_EQ(wire_consumer_set_cursor(f.consumer, i, -i, &serial), 0);
		CHECK_EQ(serial, i);
		CHECK(!wire_consumer_acked(f.consumer, serial));
		CHECK_EQ(fixture_tick(&f, NULL), 0);
		CHECK(wire_consumer_acked(f.consumer, serial));
		CHECK_EQ(f.mails, i);
		CHECK_EQ(f.mail_x, i);
		CHECK_EQ(f.mail_y, -i);
	}
	fixture_finish(&f);
}

static void ten_letters_and_no_more(void)
{
	struct fixture f;
	uint32_t serial = 0;
	fixture_pair(&f, REGION, FRAME_BYTES);
	for (int i = 0; i < 10; i++)
		CHECK_EQ(wire_consumer_set_cursor(f.consumer, i, i, &serial), 0);
	CHECK_EQ(wire_consumer_set_cursor(f.consumer, 10, 10, &serial), WIRE_E_BUSY);
	CHECK_EQ(fixture_tick(&f, NULL), 0);
	CHECK_EQ(f.mails, 10);
	CHECK_EQ(f.mail_x, 9);
	CHECK(wire_consumer_acked(f.consumer, serial));
	CHECK_EQ(wire_consumer_set_cursor(f.consumer, 10, 10, &serial), 0);
	fixture_finish(&f);
}

static void moving_is_not_asked_of_a_guest_that_cannot(void)
{
	struct fixture f;
	uint32_t serial;
	fixture_memory(&f, REGION);
	fixture_produce(&f, FRAME_BYTES);
	fixture_poke(&f, AT_UDATA + 44, 0);
	f.consumer = fixture_consumer(&f);
	fixture_join(&f, f.consumer);
	CHECK_EQ(wire_consumer_set_cursor(f.consumer, 1, 1, &serial), -ENOTSUP);
	fixture_finish(&f);
}

/* Whatever its type and size: a released consumer waits for the number without an end. */
static void every_letter_is_acknowledged(void)
{
	static const struct {
		uint32_t size, type;
	} table[] = { { 0, 0 }, { 4, 0 }, { 12, 1 }, { 12, 99 }, { 64, 7 }, { 0xffffffff, 5 } };
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct fixture f;
		fixture_pair(&f, REGION, FRAME_BYTES);
		fixture_poke(&f, AT_POINTER_QUEUE + Q_MAIL, table[i].size);
		fixture_poke(&f, AT_POINTER_QUEUE + Q_MAIL + 4, table[i].type);
		fixture_poke(&f, AT_POINTER_QUEUE + Q_MAIL_NEXT, 1);
		fixture_poke(&f, AT_POINTER_QUEUE + Q_MAIL_FREE, 9);
		fixture_poke(&f, AT_POINTER_QUEUE + Q_MAIL_WRITTEN, 1);
		CHECK_EQ(fixture_tick(&f, NULL), 0);
		CHECK_EQ(fixture_peek(&f, AT_POINTER_QUEUE + Q_MAIL_ACKED), 1);
		CHECK_EQ(fixture_peek(&f, AT_POINTER_QUEUE + Q_MAIL_FREE), 10);
		CHECK_EQ(f.mails, 0);
		fixture_finish(&f);
	}
}

static void a_mailbox_locked_for_ever_is_a_lost_session(void)
{
	struct fixture f;
	uint32_t serial;
	fixture_pair(&f, REGION, FRAME_BYTES);
	CHECK_EQ(wire_consumer_set_cursor(f.consumer, 1, 1, &serial), 0);
	fixture_poke(&f, AT_POINTER_QUEUE + Q_MAIL_LOCK, 1);
	CHECK_EQ(wire_consumer_set_cursor(f.consumer, 1, 1, &serial), WIRE_E_LOST);
	CHECK_EQ(fixture_tick(&f, NULL), WIRE_E_LOST);
	fixture_finish(&f);
}

static const struct test_case cases[] = {
	TEST(a_position_arrives),
	TEST(hiding_keeps_the_position),
	TEST(many_messages_fold_into_one),
	TEST(a_full_queue_keeps_the_newest_position),
	TEST(three_kinds_of_shape_arrive),
	TEST(the_largest_shape_fits),
	TEST(shapes_that_do_not_fit_are_refused),
	TEST(an_undelivered_shape_is_never_overwritten),
	TEST(a_newcomer_gets_shape_position_and_visibility),
	TEST(the_pointer_outlives_a_restart),
	TEST(far_positions_and_hot_spots_are_clamped),
	TEST(bad_shapes_are_given_back),
	TEST(bad_pointer_descriptors_are_given_back),
	TEST(an_odd_monochrome_height_is_refused),
	TEST(a_late_reader_is_dropped_and_comes_back),
	TEST(moving_the_pointer_is_asked_and_acknowledged),
	TEST(ten_letters_and_no_more),
	TEST(moving_is_not_asked_of_a_guest_that_cannot),
	TEST(every_letter_is_acknowledged),
	TEST(a_mailbox_locked_for_ever_is_a_lost_session),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
