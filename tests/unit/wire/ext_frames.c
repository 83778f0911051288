/* Frames through the area: who holds what, for how long, and what is told of the damage. */
#include "oriels.h"

static struct oriels o;

static void publish(uint8_t value)
{
	fixture_publish(&o.f, value, NULL);
}

static void publish_rect(uint8_t value, struct rect rect)
{
	struct region damage = { .count = 1, .rects = { rect } };
	fixture_publish(&o.f, value, &damage);
}

static int acquire(void)
{
	struct wire_slot slot;
	return wire_producer_acquire(o.f.producer, &slot);
}

static void a_frame_is_taken_once_with_all_it_says(void)
{
	struct wire_frame frame, sent = fixture_frame(320, 200);
	struct wire_slot slot;
	struct wire_hold hold;
	struct wire_stamps stamps;

	oriels_begin(&o);
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), WIRE_E_EMPTY);
	sent.image.rotation = 1;
	sent.screen_width = 640;
	sent.screen_height = 480;
	sent.flags = WIRE_FRAME_REQUEST_ACTIVATION;
	sent.image.colour = PIXEL_COLOUR_HDR;
	sent.stamps = (struct wire_stamps){ .captured = 1000, .posted = 2000 };
	CHECK_EQ(wire_producer_acquire(o.f.producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(o.f.producer, &slot, &sent, NULL), 0);

	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), 0);
	CHECK_EQ(hold.offset, slot.offset);
	CHECK_EQ(wire_hold_filled(o.f.consumer, &hold), 0);
	CHECK(pixel_image_same(&frame.image, &sent.image));
	CHECK_EQ(frame.screen_width, 640);
	CHECK_EQ(frame.screen_height, 480);
	CHECK_EQ(frame.flags, WIRE_FRAME_REQUEST_ACTIVATION);
	CHECK(frame.damage_all);
	CHECK_EQ(frame.serial, 1);
	CHECK_EQ((uint32_t)frame.ext_serial, 1);
	CHECK_EQ(frame.stamps.captured, 1000);
	CHECK_EQ(frame.stamps.posted, 2000);
	CHECK_EQ(frame.stamps.filled, 0);
	wire_slot_fill(o.f.producer, &slot, 4000);
	CHECK_EQ(wire_hold_filled(o.f.consumer, &hold), 4000);
	CHECK(wire_hold_stamps(o.f.consumer, &hold, &stamps));
	CHECK_EQ(stamps.filled, 0);
	wire_slot_fill(o.f.producer, &slot, hold.size);
	CHECK(wire_hold_stamps(o.f.consumer, &hold, &stamps));
	CHECK(stamps.filled != 0 && stamps.filled <= clock_ns());
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), WIRE_E_EMPTY);
	wire_consumer_release(o.f.consumer, &hold);
	oriels_end(&o);
}

static void lgmp_hears_nothing_between_two_oriels(void)
{
	oriels_begin(&o);
	publish(1);
	publish(2);
	CHECK_EQ(fixture_peek(&o.f, AT_FRAME_QUEUE + Q_ON), 0);
	CHECK_EQ(fixture_peek(&o.f, AT_FRAME_QUEUE + Q_COUNT), 0);
	CHECK_EQ(fixture_peek(&o.f, AT_FRAME_QUEUE + Q_POSITION), 0);
	CHECK_EQ(fixture_peek(&o.f, AT_POINTER_QUEUE + Q_ON), 0);
	oriels_end(&o);
}

static void the_newest_wins(void)
{
	struct wire_frame frame;
	oriels_begin(&o);
	for (uint8_t i = 1; i <= 10; i++)
		publish(i);
	struct wire_hold hold = oriels_take(&o, o.f.consumer, 10, &frame);
	CHECK_EQ(frame.serial, 10);
	wire_consumer_release(o.f.consumer, &hold);
	oriels_end(&o);
}

static struct wire_slot announce(void)
{
	struct wire_frame frame = fixture_frame(320, 200);
	struct wire_slot slot;
	CHECK_EQ(wire_producer_acquire(o.f.producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(o.f.producer, &slot, &frame, NULL), 0);
	return slot;
}

static int take_whole(uint32_t *serial)
{
	struct wire_frame frame;
	struct wire_hold hold;
	int ret = wire_consumer_whole_frame(o.f.consumer, &frame, &hold);
	if (ret)
		return ret;
	CHECK_EQ(wire_hold_filled(o.f.consumer, &hold), hold.size);
	wire_consumer_release(o.f.consumer, &hold);
	*serial = frame.serial;
	return 0;
}

static void while_the_newest_is_filled_the_one_before_is_had(void)
{
	uint32_t serial = 0;
	oriels_begin(&o);
	struct wire_slot slot = announce();
	CHECK_EQ(take_whole(&serial), WIRE_E_FILLING);
	wire_slot_fill(o.f.producer, &slot, UINT64_MAX);
	slot = announce();
	CHECK_EQ(take_whole(&serial), 0);
	CHECK_EQ(serial, 1);
	CHECK_EQ(take_whole(&serial), WIRE_E_FILLING);
	wire_consumer_again(o.f.consumer);
	CHECK_EQ(take_whole(&serial), 0);
	CHECK_EQ(serial, 1);
	wire_slot_fill(o.f.producer, &slot, UINT64_MAX);
	slot = announce();
	wire_slot_abandon(o.f.producer, &slot);
	CHECK_EQ(take_whole(&serial), 0);
	CHECK_EQ(serial, 2);
	CHECK_EQ(take_whole(&serial), WIRE_E_EMPTY);
	publish(4);
	CHECK_EQ(take_whole(&serial), 0);
	CHECK_EQ(serial, 4);
	CHECK_EQ(take_whole(&serial), WIRE_E_EMPTY);
	oriels_end(&o);
}

/* Two are held, so that all four come round. */
static void slots_lie_on_pages_apart_and_inside(void)
{
	struct wire_hold holds[2];
	uint64_t end = 0;
	oriels_begin(&o);
	for (uint32_t i = 0; i < 4; i++) {
		struct wire_slot slot;
		CHECK_EQ(wire_producer_acquire(o.f.producer, &slot), 0);
		CHECK_EQ(slot.index, i);
		CHECK_EQ(slot.offset % 4096, 0);
		CHECK_EQ(slot.pixels - o.f.memory, slot.offset);
		CHECK(slot.offset >= end + 4096);
		end = slot.offset + slot.size;
		CHECK(end <= o.f.size);
		publish((uint8_t)i);
		if (i < 2)
			holds[i] = oriels_take(&o, o.f.consumer, (uint8_t)i, NULL);
	}
	wire_consumer_release(o.f.consumer, &holds[0]);
	wire_consumer_release(o.f.consumer, &holds[1]);
	oriels_end(&o);
}

/* What was used last has missed the least. */
static void two_slots_are_enough_while_nothing_is_held(void)
{
	struct wire_slot slots[10];
	oriels_begin(&o);
	for (unsigned i = 0; i < 10; i++) {
		CHECK_EQ(wire_producer_acquire(o.f.producer, &slots[i]), 0);
		publish((uint8_t)i);
		CHECK(i < 2 || slots[i].index == slots[i - 2].index);
	}
	oriels_end(&o);
}

static void a_held_frame_stays_while_others_come(void)
{
	oriels_begin(&o);
	publish(1);
	struct wire_hold hold = oriels_take(&o, o.f.consumer, 1, NULL);
	for (unsigned i = 2; i < 100; i++) {
		publish((uint8_t)i);
		CHECK_EQ(o.f.memory[hold.offset], 1);
		CHECK(wire_hold_valid(o.f.consumer, &hold));
	}
	wire_consumer_release(o.f.consumer, &hold);
	struct wire_hold other = oriels_take(&o, o.f.consumer, 99, NULL);
	for (unsigned i = 0; i < 4; i++)
		publish(100);
	CHECK_EQ(o.f.memory[hold.offset], 100);
	wire_consumer_release(o.f.consumer, &other);
	CHECK(!wire_hold_valid(o.f.consumer, &hold));
	oriels_end(&o);
}

static void two_holds_and_not_three(void)
{
	struct wire_frame frame;
	struct wire_hold third;
	oriels_begin(&o);
	publish(1);
	struct wire_hold first = oriels_take(&o, o.f.consumer, 1, NULL);
	publish(2);
	struct wire_hold second = oriels_take(&o, o.f.consumer, 2, NULL);
	publish(3);
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &third), WIRE_E_BUSY);
	CHECK(wire_hold_valid(o.f.consumer, &first));
	wire_consumer_release(o.f.consumer, &first);
	third = oriels_take(&o, o.f.consumer, 3, NULL);
	wire_consumer_release(o.f.consumer, &second);
	wire_consumer_release(o.f.consumer, &second); /* once too often does no harm */
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold) & 0xFF, 1u << third.slot);
	wire_consumer_release(o.f.consumer, &third);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold) & 0xFF, 0);
	oriels_end(&o);
}

static void the_same_frame_again_counts_twice(void)
{
	struct wire_frame frame;
	oriels_begin(&o);
	publish_rect(1, (struct rect){ 0, 0, 8, 8 });
	struct wire_hold first = oriels_take(&o, o.f.consumer, 1, NULL);
	wire_consumer_again(o.f.consumer);
	struct wire_hold again = oriels_take(&o, o.f.consumer, 1, &frame);
	CHECK(frame.damage_all);
	CHECK_EQ(again.serial, first.serial);
	wire_consumer_release(o.f.consumer, &first);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold) & 0xFF, 1u << again.slot);
	wire_consumer_release(o.f.consumer, &again);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold) & 0xFF, 0);
	oriels_end(&o);
}

/* ---- damage ---- */

static void skipped_frames_still_say_what_changed(void)
{
	struct wire_frame frame;
	oriels_begin(&o);
	publish(1);
	struct wire_hold hold = oriels_take(&o, o.f.consumer, 1, &frame);
	uint64_t first = frame.ext_serial;
	wire_consumer_release(o.f.consumer, &hold);
	for (uint32_t i = 0; i < 31; i++)
		publish_rect(2, (struct rect){ i * 8, i * 4, 4, 4 });
	hold = oriels_take(&o, o.f.consumer, 2, &frame);
	CHECK(!frame.damage_all);
	CHECK_EQ(region_area(&frame.damage), 31 * 16);
	struct region since;
	CHECK(wire_consumer_damage_since(o.f.consumer, first + 30, &since));
	CHECK_EQ(since.count, 1);
	CHECK_EQ(since.rects[0].x, 30 * 8);
	CHECK(wire_consumer_damage_since(o.f.consumer, first + 31, &since));
	CHECK_EQ(since.count, 0);
	CHECK(!wire_consumer_damage_since(o.f.consumer, first + 32, &since));
	CHECK(!wire_consumer_damage_since(o.f.consumer, first - 1, &since));
	wire_consumer_release(o.f.consumer, &hold);

	for (uint32_t i = 0; i < 33; i++)
		publish_rect(3, (struct rect){ i * 8, i * 4, 4, 4 });
	hold = oriels_take(&o, o.f.consumer, 3, &frame);
	CHECK(frame.damage_all); /* further back than anybody remembers */
	wire_consumer_release(o.f.consumer, &hold);
	oriels_end(&o);
}

static void another_format_or_an_abandoned_frame_changes_everything(void)
{
	struct wire_frame frame, other = fixture_frame(320, 200);
	struct region small = { .count = 1, .rects = { { 1, 1, 2, 2 } } };
	struct wire_slot slot;
	struct wire_hold hold;

	oriels_begin(&o);
	publish(1);
	hold = oriels_take(&o, o.f.consumer, 1, &frame);
	uint32_t version = frame.format_version;
	wire_consumer_release(o.f.consumer, &hold);
	other.screen_width = 321;
	other.damage_all = false;
	other.damage = small;
	CHECK_EQ(wire_producer_acquire(o.f.producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(o.f.producer, &slot, &other, NULL), 0);
	wire_slot_abandon(o.f.producer, &slot);
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), WIRE_E_EMPTY);

	CHECK_EQ(wire_producer_acquire(o.f.producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(o.f.producer, &slot, &other, NULL), 0);
	wire_slot_fill(o.f.producer, &slot, UINT64_MAX);
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), 0);
	CHECK(frame.damage_all);
	CHECK_EQ(frame.format_version, version + 1);
	wire_consumer_release(o.f.consumer, &hold);
	oriels_end(&o);
}

static void a_frame_never_completed_is_abandoned_by_the_next(void)
{
	struct wire_frame frame = fixture_frame(320, 200);
	struct wire_slot slot;
	struct wire_hold hold;
	struct wire_stamps stamps;

	oriels_begin(&o);
	CHECK_EQ(wire_producer_acquire(o.f.producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(o.f.producer, &slot, &frame, NULL), 0);
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), 0);
	publish_rect(2, (struct rect){ 0, 0, 1, 1 });
	CHECK(!wire_hold_stamps(o.f.consumer, &hold, &stamps));
	wire_consumer_release(o.f.consumer, &hold);
	hold = oriels_take(&o, o.f.consumer, 2, &frame);
	CHECK(frame.damage_all);
	oriels_end(&o);
}

/* ---- no slot free ---- */

/* Two consumers that stopped, with three of four slots between them. */
static void hold_three(struct wire_consumer *other, struct wire_hold holds[3])
{
	publish(1);
	holds[0] = oriels_take(&o, o.f.consumer, 1, NULL);
	publish(2);
	holds[1] = oriels_take(&o, o.f.consumer, 2, NULL);
	publish(3);
	holds[2] = oriels_take(&o, other, 3, NULL);
}

static void a_stopped_consumer_delays_nobody_for_long(void)
{
	struct wire_hold holds[3];
	oriels_begin(&o);
	struct wire_consumer *other = oriels_join(&o, oriels_kernel);
	hold_three(other, holds);
	publish(4);
	CHECK_EQ(acquire(), WIRE_E_BUSY); /* three held, one newest */
	uint64_t since = clock_ns();
	while (acquire() == WIRE_E_BUSY)
		clock_sleep(NS_PER_MS);
	CHECK(clock_ns() - since >= 15 * NS_PER_MS);
	publish(5);
	CHECK(!wire_hold_valid(o.f.consumer, &holds[0])); /* the oldest went */
	CHECK(wire_hold_valid(o.f.consumer, &holds[1]));
	CHECK(wire_hold_valid(other, &holds[2]));
	/* Both holders sleep on: nobody waits for them a second time. */
	for (unsigned i = 0; i < 100; i++) {
		CHECK_EQ(acquire(), 0);
		publish((uint8_t)i);
	}
	CHECK(wire_hold_valid(o.f.consumer, &holds[1]));
	wire_consumer_destroy(other);
	oriels_end(&o);
}

static void who_comes_back_is_protected_again(void)
{
	struct wire_hold holds[3];
	oriels_begin(&o);
	struct wire_consumer *other = oriels_join(&o, oriels_kernel);
	hold_three(other, holds);
	publish(4);
	while (acquire() == WIRE_E_BUSY)
		clock_sleep(NS_PER_MS);
	publish(5); /* in the slot of holds[0] */
	wire_consumer_release(o.f.consumer, &holds[1]);
	struct wire_hold newer = oriels_take(&o, o.f.consumer, 5, NULL);
	CHECK_EQ(newer.slot, holds[0].slot);
	wire_consumer_release(o.f.consumer, &holds[0]); /* must not free the newer one's slot */
	for (unsigned i = 0; i < 100; i++) {
		publish(6);
		CHECK(wire_hold_valid(o.f.consumer, &newer));
		CHECK_EQ(o.f.memory[newer.offset], 5);
	}
	wire_consumer_destroy(other);
	oriels_end(&o);
}

static void a_newer_frame_in_a_lost_slot_is_protected(void)
{
	struct wire_hold first, others[2], newer;
	oriels_begin(&o);
	struct wire_consumer *other = oriels_join(&o, oriels_kernel);
	publish(1);
	first = oriels_take(&o, o.f.consumer, 1, NULL);
	for (uint8_t i = 0; i < 2; i++) {
		publish(2 + i);
		others[i] = oriels_take(&o, other, 2 + i, NULL);
	}
	publish(4);
	while (acquire() == WIRE_E_BUSY)
		clock_sleep(NS_PER_MS);
	publish(5); /* in the slot of the first */
	newer = oriels_take(&o, o.f.consumer, 5, NULL);
	CHECK_EQ(newer.slot, first.slot); /* the mask is what it was, but the word is not */
	wire_consumer_release(other, &others[0]);
	for (unsigned i = 0; i < 100; i++) {
		publish(6);
		CHECK(wire_hold_valid(o.f.consumer, &newer));
	}
	wire_consumer_destroy(other);
	oriels_end(&o);
}

/* The producer chose the slot for its next frame between our look and our bit. */
static void a_slot_that_is_being_refilled_is_not_taken(void)
{
	struct wire_frame frame;
	struct wire_hold hold;
	oriels_begin(&o);
	publish(1);
	uint64_t serial = atomic_load(&oriels_head(&o)->newest);
	for (unsigned i = 0; i < EXT_SLOTS; i++)
		atomic_store(&oriels_head(&o)->slot_serial[i], 0);
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), WIRE_E_EMPTY);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold) & 0xFF, 0);
	for (unsigned i = 0; i < EXT_SLOTS; i++)
		atomic_store(&oriels_head(&o)->slot_serial[i], serial);
	hold = oriels_take(&o, o.f.consumer, 1, NULL);
	oriels_end(&o);
}

static void an_entry_of_another_frame_is_not_believed(void)
{
	struct wire_frame frame;
	struct wire_hold hold;
	oriels_begin(&o);
	publish(1);
	uint8_t *history = (uint8_t *)oriels_head(&o) + EXT_HISTORY_AT;
	struct ext_entry *entry = (void *)(history + EXT_ENTRY_STRIDE);
	uint64_t mark = atomic_load(&entry->mark);
	atomic_store(&entry->mark, mark + EXT_HISTORY);
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), WIRE_E_EMPTY);
	atomic_store(&entry->mark, mark);
	entry->frame.slot = 4;
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), WIRE_E_BAD);
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), WIRE_E_EMPTY); /* said once */
	publish(2);
	entry = (void *)(history + 2 * EXT_ENTRY_STRIDE);
	entry->frame.pitch = 1;
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), WIRE_E_BAD);
	CHECK_EQ(atomic_load(&oriels_block(&o, 0)->hold) & 0xFF, 0);
	publish(3);
	entry = (void *)(history + 3 * EXT_ENTRY_STRIDE);
	entry->frame.data_height = entry->frame.frame_height = 30000;
	CHECK_EQ(wire_consumer_frame(o.f.consumer, &frame, &hold), WIRE_E_BAD);
	publish(4);
	oriels_take(&o, o.f.consumer, 4, &frame);
	CHECK(frame.damage_all);
	oriels_end(&o);
}

static void a_greedy_block_counts_for_nothing(void)
{
	oriels_begin(&o);
	struct ext_block *block = oriels_block(&o, 5);
	atomic_store(&block->hold, 0x7777ull << 32 | 0xF);
	atomic_fetch_or((_Atomic uint32_t *)(void *)((uint8_t *)oriels_head(&o) + EXT_COMMON_AT +
						     offsetof(struct ext_common, claimed)),
			1u << 5);
	for (unsigned i = 0; i < 20; i++)
		publish(1);
	oriels_end(&o);
}

/* ---- plain peers beside ---- */

static void a_plain_consumer_is_served_from_the_same_slots(void)
{
	struct wire_frame frame;
	struct wire_hold plain, held;

	oriels_begin(&o);
	struct wire_consumer *b7 = fixture_consumer(&o.f);
	fixture_join(&o.f, b7);
	publish(1);
	CHECK_EQ(wire_consumer_frame(b7, &frame, &plain), 0);
	CHECK(!plain.extended);
	CHECK_EQ(frame.serial, 1);
	held = oriels_take(&o, o.f.consumer, 1, NULL);
	CHECK_EQ(held.offset, plain.offset);
	/* It sits on its message; Oriels go on, and what it has is not touched. */
	for (uint8_t i = 2; i < 50; i++) {
		wire_consumer_release(o.f.consumer, &held);
		CHECK(wire_producer_ready(o.f.producer));
		publish_rect(i, (struct rect){ i, 0, 1, 1 });
		held = oriels_take(&o, o.f.consumer, i, &frame);
		CHECK(!frame.damage_all);
		CHECK_EQ(o.f.memory[plain.offset], 1);
	}
	wire_consumer_release(b7, &plain);
	CHECK_EQ(wire_producer_flush(o.f.producer), 0);
	CHECK_EQ(wire_consumer_frame(b7, &frame, &plain), 0);
	CHECK_EQ(frame.serial, 2); /* counts posts */
	CHECK_EQ(o.f.memory[plain.offset], 49);
	CHECK(!frame.damage_all);
	CHECK_EQ(region_bounds(&frame.damage).width, 48);
	wire_consumer_release(b7, &plain);
	wire_consumer_destroy(b7);
	oriels_end(&o);
}

static const struct test_case cases[] = {
	TEST(a_frame_is_taken_once_with_all_it_says),
	TEST(lgmp_hears_nothing_between_two_oriels),
	TEST(the_newest_wins),
	TEST(while_the_newest_is_filled_the_one_before_is_had),
	TEST(slots_lie_on_pages_apart_and_inside),
	TEST(two_slots_are_enough_while_nothing_is_held),
	TEST(a_held_frame_stays_while_others_come),
	TEST(two_holds_and_not_three),
	TEST(the_same_frame_again_counts_twice),
	TEST(skipped_frames_still_say_what_changed),
	TEST(another_format_or_an_abandoned_frame_changes_everything),
	TEST(a_frame_never_completed_is_abandoned_by_the_next),
	TEST(a_stopped_consumer_delays_nobody_for_long),
	TEST(who_comes_back_is_protected_again),
	TEST(a_newer_frame_in_a_lost_slot_is_protected),
	TEST(a_slot_that_is_being_refilled_is_not_taken),
	TEST(an_entry_of_another_frame_is_not_believed),
	TEST(a_greedy_block_counts_for_nothing),
	TEST(a_plain_consumer_is_served_from_the_same_slots),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
