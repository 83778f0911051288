/* The pointer through the area: one state, newest wins, and shapes that stay while they are read.
 */
#include "oriels.h"

static struct oriels o;
static uint8_t bytes[64 * 64 * 4];

static void move(int32_t x, int32_t y)
{
	struct cursor cursor = { .visible = true, .has_position = true, .x = x, .y = y };
	CHECK_EQ(wire_producer_pointer(o.f.producer, &cursor), 0);
}

static void reshape(uint8_t value)
{
	struct cursor cursor = { .visible = true, .has_shape = true };
	memset(bytes, value, sizeof(bytes));
	cursor.shape = (struct cursor_shape){ CURSOR_COLOUR, 3, -4, 64, 64, 256, bytes };
	CHECK_EQ(wire_producer_pointer(o.f.producer, &cursor), 0);
}

static struct cursor look(void)
{
	struct cursor cursor = { 0 };
	CHECK_EQ(wire_consumer_pointer(o.f.consumer, &cursor), 0);
	return cursor;
}

static void check_empty(void)
{
	struct cursor cursor;
	CHECK_EQ(wire_consumer_pointer(o.f.consumer, &cursor), WIRE_E_EMPTY);
}

static void moves_are_one_state_and_not_a_queue(void)
{
	oriels_begin(&o);
	check_empty();
	for (int32_t i = 0; i < 100; i++)
		move(i, -i);
	struct cursor cursor = look();
	CHECK(cursor.visible && cursor.has_position && !cursor.has_shape);
	CHECK_EQ(cursor.x, 99);
	CHECK_EQ(cursor.y, -99);
	check_empty();
	CHECK_EQ(fixture_peek(&o.f, AT_POINTER_QUEUE + Q_COUNT), 0);
	oriels_end(&o);
}

static void positions_keep_all_their_bits(void)
{
	oriels_begin(&o);
	move(100000, -100000); /* LGMP has 16 */
	struct cursor cursor = look();
	CHECK_EQ(cursor.x, 100000);
	CHECK_EQ(cursor.y, -100000);
	oriels_end(&o);
}

static void a_shape_comes_once_and_whole(void)
{
	oriels_begin(&o);
	reshape(7);
	struct cursor cursor = look();
	CHECK(cursor.has_shape);
	CHECK_EQ(cursor.shape.type, CURSOR_COLOUR);
	CHECK_EQ(cursor.shape.hot_x, 3);
	CHECK_EQ(cursor.shape.hot_y, -4);
	CHECK_EQ(cursor.shape.width, 64);
	CHECK_EQ(cursor.shape.pitch, 256);
	CHECK_EQ(cursor.shape.data[0], 7);
	CHECK_EQ(cursor.shape.data[sizeof(bytes) - 1], 7);
	move(1, 1);
	CHECK(!look().has_shape);
	for (uint8_t i = 8; i < 20; i++)
		reshape(i);
	cursor = look();
	CHECK(cursor.has_shape);
	CHECK_EQ(cursor.shape.data[100], 19);
	oriels_end(&o);
}

static void who_comes_late_or_again_gets_it_all(void)
{
	struct cursor cursor;
	oriels_begin(&o);
	move(5, 6);
	reshape(9);
	look();
	struct wire_consumer *late = oriels_join(&o, oriels_kernel);
	CHECK_EQ(wire_consumer_pointer(late, &cursor), 0);
	CHECK(cursor.has_shape && cursor.has_position);
	wire_consumer_destroy(late);
	wire_consumer_unsubscribe(o.f.consumer, WIRE_QUEUE_POINTER);
	CHECK_EQ(wire_consumer_pointer(o.f.consumer, &cursor), WIRE_E_TIMEOUT);
	CHECK_EQ(wire_consumer_subscribe(o.f.consumer, WIRE_QUEUE_POINTER), 0);
	CHECK(look().has_shape);
	oriels_end(&o);
}

static void a_new_session_knows_it_still(void)
{
	oriels_begin(&o);
	move(5, 6);
	reshape(9);
	CHECK_EQ(wire_producer_restart(o.f.producer, 0, NULL), 0);
	fixture_join(&o.f, o.f.consumer);
	struct cursor cursor = look();
	CHECK_EQ(cursor.x, 5);
	CHECK(cursor.has_shape);
	CHECK_EQ(cursor.shape.data[0], 9);
	oriels_end(&o);
}

static void nonsense_is_refused_once(void)
{
	struct cursor cursor;
	oriels_begin(&o);
	reshape(1);
	struct ext_pointer *pointer = &oriels_head(&o)->pointer;
	pointer->words.width = 100000;
	CHECK_EQ(wire_consumer_pointer(o.f.consumer, &cursor), WIRE_E_BAD);
	check_empty();
	atomic_fetch_add(&pointer->sequence, 1); /* being written, for ever */
	check_empty();
	reshape(2);
	CHECK_EQ(look().shape.data[0], 2);
	oriels_end(&o);
}

static void mail_reaches_the_guest_all_the_same(void)
{
	uint32_t serial;
	oriels_begin(&o);
	CHECK_EQ(wire_consumer_set_cursor(o.f.consumer, 11, 12, &serial), 0);
	CHECK_EQ(wire_producer_pulse(o.f.producer, o.f.now, NULL), 0);
	CHECK_EQ(wire_consumer_acked(o.f.consumer, serial), true);
	oriels_end(&o);
}

static const struct test_case cases[] = {
	TEST(moves_are_one_state_and_not_a_queue), TEST(positions_keep_all_their_bits),
	TEST(a_shape_comes_once_and_whole),        TEST(who_comes_late_or_again_gets_it_all),
	TEST(a_new_session_knows_it_still),        TEST(nonsense_is_refused_once),
	TEST(mail_reaches_the_guest_all_the_same),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
