/* Slots, posting and holding of frames. */
#include <errno.h>

#include "fixture.h"

#define FRAME_BYTES (1280 * 200)
#define REGION      (16 * MIB)

static struct wire_frame frame;
static struct wire_hold hold;

static int take(struct fixture *f)
{
	return wire_consumer_frame(f->consumer, &frame, &hold);
}

static void take_and_release(struct fixture *f)
{
	CHECK_EQ(take(f), 0);
	wire_consumer_release(f->consumer, &hold);
}

static int publish(struct fixture *f, const struct wire_frame *what)
{
	struct wire_slot slot;
	CHECK_EQ(wire_producer_acquire(f->producer, &slot), 0);
	return wire_producer_publish(f->producer, &slot, what, NULL);
}

/* Publishes, takes and gives back; the frame is in `frame`. */
static void pass(struct fixture *f, const struct wire_frame *what)
{
	CHECK_EQ(publish(f, what), 0);
	take_and_release(f);
}

static struct region one_rect(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	struct region region = { 0 };
	region_add(&region, (struct rect){ x, y, width, height });
	return region;
}

static void first_frame_arrives(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	CHECK_EQ(take(&f), WIRE_E_EMPTY);
	CHECK(fixture_publish(&f, 7, NULL));
	CHECK_EQ(take(&f), 0);
	CHECK_EQ(frame.serial, 1);
	CHECK_EQ(frame.image.width, 320);
	CHECK_EQ(frame.image.height, 200);
	CHECK_EQ(frame.image.pitch, 1280);
	CHECK_EQ(frame.damage_all, true);
	CHECK_EQ(hold.offset % 4096, 0);
	CHECK_EQ(hold.size, 1280 * 200);
	CHECK_EQ(wire_hold_filled(f.consumer, &hold), hold.size);
	CHECK_EQ(f.memory[hold.offset], 7);
	CHECK_EQ(f.memory[hold.offset + hold.size - 1], 7);
	CHECK(!wire_producer_ready(f.producer));
	wire_consumer_release(f.consumer, &hold);
	CHECK(wire_producer_ready(f.producer));
	CHECK_EQ(take(&f), WIRE_E_EMPTY);
	fixture_finish(&f);
}

static void newest_wins_and_nothing_queues(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	CHECK(fixture_publish(&f, 1, NULL));
	for (int i = 2; i <= 100; i++)
		CHECK(!fixture_publish(&f, (uint8_t)i, NULL));
	CHECK_EQ(take(&f), 0);
	CHECK_EQ(f.memory[hold.offset], 1);
	CHECK_EQ(wire_producer_flush(f.producer), WIRE_E_BUSY);
	wire_consumer_release(f.consumer, &hold);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	CHECK_EQ(take(&f), 0);
	CHECK_EQ(f.memory[hold.offset], 100);
	CHECK_EQ(frame.serial, 2); /* the serial counts posts, not publications */
	fixture_finish(&f);
}

static void the_pulse_drains_what_a_trylock_left(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	CHECK_EQ(take(&f), 0);
	fixture_poke(&f, AT_FRAME_QUEUE + Q_LOCK, 1); /* somebody is busy just now */
	wire_consumer_release(f.consumer, &hold);
	fixture_poke(&f, AT_FRAME_QUEUE + Q_LOCK, 0);
	CHECK(!wire_producer_ready(f.producer));
	CHECK_EQ(fixture_tick(&f, NULL), 0);
	CHECK(wire_producer_ready(f.producer));
	fixture_finish(&f);
}

static void flush_drains_without_waiting_for_the_pulse(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	fixture_publish(&f, 2, NULL);
	CHECK_EQ(take(&f), 0);
	fixture_poke(&f, AT_FRAME_QUEUE + Q_LOCK, 1);
	wire_consumer_release(f.consumer, &hold);
	fixture_poke(&f, AT_FRAME_QUEUE + Q_LOCK, 0);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	CHECK_EQ(take(&f), 0);
	CHECK_EQ(f.memory[hold.offset], 2);
	fixture_finish(&f);
}

/* ---- damage ---- */

static void damage_arrives(void)
{
	struct fixture f;
	struct region damage = one_rect(3, 5, 7, 11);
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	take_and_release(&f);
	fixture_publish(&f, 2, &damage);
	take_and_release(&f);
	CHECK(!frame.damage_all);
	CHECK_EQ(frame.damage.count, 1);
	CHECK_EQ(frame.damage.rects[0].x, 3);
	CHECK_EQ(frame.damage.rects[0].y, 5);
	CHECK_EQ(frame.damage.rects[0].width, 7);
	CHECK_EQ(frame.damage.rects[0].height, 11);
	fixture_finish(&f);
}

static void damage_unites_over_frames_never_posted(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	take_and_release(&f);
	struct region damage = one_rect(0, 0, 1, 1);
	fixture_publish(&f, 2, &damage); /* goes out and blocks the queue */
	for (uint32_t i = 1; i < 5; i++) {
		damage = one_rect(20 * i, 10, 2, 2);
		fixture_publish(&f, (uint8_t)(2 + i), &damage);
	}
	take_and_release(&f);
	CHECK_EQ(region_area(&frame.damage), 1);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	take_and_release(&f);
	CHECK(!frame.damage_all);
	CHECK_EQ(frame.damage.count, 4);
	CHECK_EQ(region_area(&frame.damage), 16);
	/* and the account is closed */
	damage = one_rect(0, 0, 1, 1);
	fixture_publish(&f, 9, &damage);
	take_and_release(&f);
	CHECK_EQ(region_area(&frame.damage), 1);
	fixture_finish(&f);
}

static void a_full_frame_never_posted_makes_the_next_full(void)
{
	struct fixture f;
	struct region damage = one_rect(0, 0, 1, 1);
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	fixture_publish(&f, 2, NULL);
	fixture_publish(&f, 3, &damage);
	take_and_release(&f);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	take_and_release(&f);
	CHECK(frame.damage_all);
	fixture_finish(&f);
}

static void too_many_rectangles_grow_coarser_and_lose_nothing(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	take_and_release(&f);
	struct region damage = one_rect(0, 0, 1, 1);
	fixture_publish(&f, 2, &damage);
	for (uint32_t i = 0; i < 100; i++) {
		damage = one_rect(3 * (i % 50), 3 * (i / 50), 1, 1);
		fixture_publish(&f, 3, &damage);
	}
	take_and_release(&f);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	take_and_release(&f);
	CHECK(frame.damage.count <= REGION_MAX);
	for (uint32_t i = 0; i < 100 && !frame.damage_all; i++) {
		struct rect want = { 3 * (i % 50), 3 * (i / 50), 1, 1 };
		bool found = false;
		for (uint32_t r = 0; r < frame.damage.count; r++)
			found |= !rect_empty(rect_intersect(want, frame.damage.rects[r]));
		CHECK(found);
	}
	fixture_finish(&f);
}

static void no_damage_is_sent_as_one_pixel(void)
{
	struct fixture f;
	struct region nothing = { 0 }, outside = one_rect(5000, 5000, 1, 1);
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	take_and_release(&f);
	fixture_publish(&f, 1, &nothing);
	take_and_release(&f);
	CHECK(!frame.damage_all);
	CHECK_EQ(region_area(&frame.damage), 1);
	fixture_publish(&f, 1, &outside);
	take_and_release(&f);
	CHECK(!frame.damage_all);
	CHECK_EQ(region_area(&frame.damage), 1);
	fixture_finish(&f);
}

/* ---- newcomers ---- */

static void nobody_subscribed_nothing_posted(void)
{
	struct fixture f;
	fixture_memory(&f, REGION);
	fixture_produce(&f, FRAME_BYTES);
	for (int i = 0; i < 10; i++)
		CHECK(!fixture_publish(&f, (uint8_t)i, NULL));
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	CHECK(wire_producer_ready(f.producer));
	f.consumer = fixture_consumer(&f);
	fixture_join(&f, f.consumer);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	CHECK_EQ(take(&f), 0);
	CHECK_EQ(frame.serial, 1);
	CHECK(frame.damage_all);
	CHECK_EQ(f.memory[hold.offset], 9);
	fixture_finish(&f);
}

static void a_newcomer_gets_the_still_picture_with_its_serial(void)
{
	struct fixture f;
	struct region damage = one_rect(1, 1, 1, 1);
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	take_and_release(&f);
	fixture_publish(&f, 2, &damage);
	take_and_release(&f);
	CHECK_EQ(frame.serial, 2);

	struct wire_consumer *second = fixture_consumer(&f);
	struct wire_audience audience;
	fixture_join(&f, second);
	CHECK_EQ(fixture_tick(&f, &audience), 0);
	CHECK(audience.frame_newcomer);
	CHECK_EQ(audience.frame, 2);
	CHECK(audience.plain);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_frame(second, &frame, &hold), 0);
	CHECK_EQ(frame.serial, 2);
	CHECK(frame.damage_all);
	CHECK_EQ(f.memory[hold.offset], 2);
	wire_consumer_release(second, &hold);
	take_and_release(&f);
	CHECK_EQ(frame.serial, 2); /* who had it sees a repeat */
	CHECK_EQ(fixture_tick(&f, &audience), 0);
	CHECK(!audience.frame_newcomer);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	CHECK_EQ(take(&f), WIRE_E_EMPTY); /* once */
	wire_consumer_destroy(second);
	fixture_finish(&f);
}

static void a_newcomer_does_not_wait_for_a_slow_consumer(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, FRAME_BYTES);
	fixture_publish(&f, 1, NULL);
	CHECK_EQ(take(&f), 0);
	struct wire_consumer *second = fixture_consumer(&f);
	struct wire_hold theirs;
	fixture_join(&f, second);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_frame(second, &frame, &theirs), 0);
	CHECK_EQ(f.memory[theirs.offset], 1);
	for (int i = 2; i < 20; i++)
		fixture_publish(&f, (uint8_t)i, NULL);
	CHECK_EQ(f.memory[theirs.offset], 1);
	CHECK_EQ(f.memory[hold.offset], 1);
	wire_consumer_release(second, &theirs);
	wire_consumer_release(f.consumer, &hold);
	wire_consumer_destroy(second);
	fixture_finish(&f);
}

/* ---- formats ---- */

static void format_version_moves_with_every_change_of_shape(void)
{
	struct fixture f;
	struct wire_frame shape = fixture_frame(320, 200);
	fixture_pair(&f, REGION, FRAME_BYTES);
	pass(&f, &shape);
	uint32_t version = frame.format_version;
	CHECK(version != 0);
	pass(&f, &shape);
	CHECK_EQ(frame.format_version, version);

	struct wire_frame changes[8];
	for (size_t i = 0; i < ARRAY_LEN(changes); i++)
		changes[i] = shape;
	changes[0].image.width = 319;
	changes[1].image.height = changes[1].image.data_height = 199;
	changes[2].image.format = PIXEL_RGBA;
	changes[3].image.pitch = 1536;
	changes[4].image.rotation = PIXEL_ROTATE_90;
	changes[5].image.colour = PIXEL_COLOUR_HDR;
	changes[6].screen_width = 640;
	changes[7].screen_height = 400;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		changes[i].damage_all = false; /* a change of shape damages everything by itself */
		pass(&f, &changes[i]);
		CHECK_EQ(frame.format_version, version + 1);
		CHECK(frame.damage_all);
		version = frame.format_version;
		pass(&f, &changes[i]);
		CHECK_EQ(frame.format_version, version);
		CHECK(!frame.damage_all);
	}
	fixture_finish(&f);
}

static void six_formats_four_rotations_and_colours_arrive(void)
{
	struct fixture f;
	fixture_pair(&f, REGION, 8 * 320 * 200);
	for (uint32_t format = PIXEL_BGRA; format < PIXEL_FORMAT_COUNT; format++) {
		struct wire_frame shape = fixture_frame(320, 200);
		CHECK_EQ(pixel_image_init(&shape.image, format, 317, 201), 0);
		shape.image.rotation = format % 4;
		shape.image.colour = format % 2 ? PIXEL_COLOUR_HDR
						: PIXEL_COLOUR_HDR | PIXEL_COLOUR_PQ;
		shape.flags = WIRE_FRAME_BLOCK_SCREENSAVER;
		pass(&f, &shape);
		CHECK(pixel_image_same(&frame.image, &shape.image));
		CHECK_EQ(frame.flags, WIRE_FRAME_BLOCK_SCREENSAVER);
		CHECK_EQ(frame.screen_width, 320);
		CHECK_EQ(frame.screen_height, 200);
	}
	fixture_finish(&f);
}

static void rows_that_do_not_fit_are_cut(void)
{
	struct fixture f;
	struct wire_frame shape = fixture_frame(1920, 1080);
	fixture_pair(&f, 8 * MIB, 7680 * 1080);
	uint64_t bytes = wire_producer_slot_bytes(f.producer);
	CHECK_EQ(wire_producer_slots(f.producer), 2);
	CHECK_EQ(publish(&f, &shape), 0);
	CHECK_EQ(take(&f), 0);
	CHECK_EQ(frame.flags, WIRE_FRAME_TRUNCATED);
	CHECK_EQ(frame.image.height, 1080);
	CHECK_EQ(frame.image.data_height, bytes / 7680);
	CHECK(frame.image.data_height < 1080);
	CHECK(hold.size <= bytes);
	fixture_finish(&f);
}

static void impossible_images_are_refused(void)
{
	struct fixture f;
	struct wire_frame shape = fixture_frame(320, 200);
	fixture_pair(&f, REGION, FRAME_BYTES);
	shape.image.pitch = 100;
	CHECK_EQ(publish(&f, &shape), -EINVAL);
	shape.image.pitch = 32 * MIB; /* not one row fits */
	CHECK_EQ(publish(&f, &shape), -EINVAL);
	shape = fixture_frame(320, 200);
	shape.image.format = PIXEL_INVALID;
	CHECK_EQ(publish(&f, &shape), -EINVAL);
	CHECK_EQ(take(&f), WIRE_E_EMPTY);
	fixture_finish(&f);
}

/* ---- slots ---- */

static void slots_by_region_size(void)
{
	static const struct {
		uint64_t region, frame;
		uint32_t slots;
	} table[] = {
		{ 64 * MIB, 7680 * 1080, 4 },   { 32 * MIB, 7680 * 1080, 3 },
		{ 16 * MIB, 7680 * 1080, 2 },   { 256 * MIB, 15360 * 2160, 4 },
		{ 128 * MIB, 15360 * 2160, 3 }, { 16 * MIB, 0, 4 },
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct fixture f;
		fixture_memory(&f, table[i].region);
		fixture_produce(&f, table[i].frame);
		CHECK_EQ(wire_producer_slots(f.producer), table[i].slots);
		fixture_finish(&f);
	}
}

static void a_slot_is_handed_out_again_until_published(void)
{
	struct fixture f;
	struct wire_slot first, again;
	fixture_memory(&f, REGION);
	fixture_produce(&f, FRAME_BYTES);
	CHECK_EQ(wire_producer_acquire(f.producer, &first), 0);
	CHECK_EQ(wire_producer_acquire(f.producer, &again), 0);
	CHECK_EQ(first.index, again.index);
	fixture_finish(&f);
}

static void least_recently_used_slot_comes_first(void)
{
	struct fixture f;
	uint8_t order[12];
	fixture_memory(&f, REGION);
	fixture_produce(&f, FRAME_BYTES);
	for (size_t i = 0; i < sizeof(order); i++) {
		struct wire_frame shape = fixture_frame(320, 200);
		struct wire_slot slot;
		CHECK_EQ(wire_producer_acquire(f.producer, &slot), 0);
		order[i] = (uint8_t)slot.index;
		CHECK_EQ(wire_producer_publish(f.producer, &slot, &shape, NULL), 0);
	}
	for (size_t i = 4; i < sizeof(order); i++)
		CHECK_EQ(order[i], order[i - 4]);
	fixture_finish(&f);
}

static void two_slots_wait_for_the_consumer(void)
{
	struct fixture f;
	struct wire_frame shape = fixture_frame(320, 200);
	struct wire_slot slot;
	fixture_pair(&f, 4 * MIB, 4 * MIB);
	CHECK_EQ(wire_producer_slots(f.producer), 2);
	CHECK_EQ(publish(&f, &shape), 0); /* undelivered */
	CHECK_EQ(publish(&f, &shape), 0); /* newest */
	CHECK_EQ(wire_producer_acquire(f.producer, &slot), WIRE_E_BUSY);
	take_and_release(&f);
	CHECK_EQ(wire_producer_acquire(f.producer, &slot), 0);
	fixture_finish(&f);
}

static void what_a_consumer_holds_is_never_written(void)
{
	struct fixture f;
	uint32_t seed = 1;
	fixture_pair(&f, REGION, FRAME_BYTES);
	for (int round = 0; round < 200; round++) {
		fixture_publish(&f, (uint8_t)round, NULL);
		wire_producer_flush(f.producer);
		if (take(&f))
			continue;
		uint8_t seen = f.memory[hold.offset];
		seed = seed * 1103515245 + 12345;
		for (uint32_t i = 0; i < seed >> 28; i++)
			fixture_publish(&f, (uint8_t)(seed + i), NULL);
		for (uint64_t at = 0; at < hold.size; at += 997)
			CHECK_EQ(f.memory[hold.offset + at], seen);
		wire_consumer_release(f.consumer, &hold);
	}
	fixture_finish(&f);
}

static void filling_is_clamped_to_what_was_promised(void)
{
	struct fixture f;
	struct wire_frame shape = fixture_frame(320, 200);
	struct wire_slot slot;
	fixture_pair(&f, REGION, FRAME_BYTES);
	CHECK_EQ(wire_producer_acquire(f.producer, &slot), 0);
	CHECK_EQ(wire_producer_publish(f.producer, &slot, &shape, NULL), 0);
	CHECK_EQ(take(&f), 0);
	CHECK_EQ(wire_hold_filled(f.consumer, &hold), 0);
	wire_slot_fill(f.producer, &slot, 1280);
	CHECK_EQ(wire_hold_filled(f.consumer, &hold), 1280);
	wire_slot_fill(f.producer, &slot, UINT64_MAX);
	CHECK_EQ(wire_hold_filled(f.consumer, &hold), 1280 * 200);
	CHECK_EQ(fixture_peek(&f, hold.fill_word), 1280 * 200);
	fixture_poke(&f, hold.fill_word, UINT32_MAX); /* the guest says more than it has */
	CHECK_EQ(wire_hold_filled(f.consumer, &hold), 1280 * 200);
	fixture_finish(&f);
}

static const struct test_case cases[] = {
	TEST(first_frame_arrives),
	TEST(newest_wins_and_nothing_queues),
	TEST(the_pulse_drains_what_a_trylock_left),
	TEST(flush_drains_without_waiting_for_the_pulse),
	TEST(damage_arrives),
	TEST(damage_unites_over_frames_never_posted),
	TEST(a_full_frame_never_posted_makes_the_next_full),
	TEST(too_many_rectangles_grow_coarser_and_lose_nothing),
	TEST(no_damage_is_sent_as_one_pixel),
	TEST(nobody_subscribed_nothing_posted),
	TEST(a_newcomer_gets_the_still_picture_with_its_serial),
	TEST(a_newcomer_does_not_wait_for_a_slow_consumer),
	TEST(format_version_moves_with_every_change_of_shape),
	TEST(six_formats_four_rotations_and_colours_arrive),
	TEST(rows_that_do_not_fit_are_cut),
	TEST(impossible_images_are_refused),
	TEST(slots_by_region_size),
	TEST(a_slot_is_handed_out_again_until_published),
	TEST(least_recently_used_slot_comes_first),
	TEST(two_slots_wait_for_the_consumer),
	TEST(what_a_consumer_holds_is_never_written),
	TEST(filling_is_clamped_to_what_was_promised),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
