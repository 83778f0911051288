/* Slots, posting and holding of frames. */
#include "fixture.h"

#define FRAME_BYTES (1280 * 200)

static void first_frame_arrives(void)
{
	struct fixture f;
	struct wire_frame frame;
	struct wire_hold hold;

	fixture_pair(&f, 16 * MIB, FRAME_BYTES);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), WIRE_E_EMPTY);
	CHECK(fixture_publish(&f, 7, NULL));
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
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
	fixture_finish(&f);
}

static void newest_wins(void)
{
	struct fixture f;
	struct wire_frame frame;
	struct wire_hold hold;

	fixture_pair(&f, 16 * MIB, FRAME_BYTES);
	CHECK(fixture_publish(&f, 1, NULL));
	for (int i = 2; i <= 100; i++)
		CHECK(!fixture_publish(&f, (uint8_t)i, NULL));
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
	CHECK_EQ(f.memory[hold.offset], 1);
	CHECK_EQ(wire_producer_flush(f.producer), WIRE_E_BUSY);
	wire_consumer_release(f.consumer, &hold);
	CHECK_EQ(wire_producer_flush(f.producer), 0);
	CHECK_EQ(wire_consumer_frame(f.consumer, &frame, &hold), 0);
	CHECK_EQ(f.memory[hold.offset], 100);
	CHECK_EQ(frame.serial, 2);
	fixture_finish(&f);
}

static const struct test_case cases[] = {
	TEST(first_frame_arrives),
	TEST(newest_wins),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
