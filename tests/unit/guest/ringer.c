#include "guest/ringer.h"

#include "test.h"

static void memory_without_a_device_has_no_doorbell(void)
{
	struct ringer ringer;
	struct shm *memory;
	CHECK_EQ(shm_create_memfd(&memory, "ringer", 1 << 20, NULL), 0);
	ringer_init(&ringer, memory);
	CHECK(!ringer.doorbell.registers);
	ringer_finish(&ringer);
	shm_close(memory);
}

static void a_futex_is_moved_once(void)
{
	struct ringer ringer = { 0 };
	_Atomic uint32_t bell = 41;
	struct wire_ring ring = { .kind = WIRE_WAKE_FUTEX, .bell = &bell };
	ringer_ring(&ringer, &ring);
	CHECK_EQ(bell, 42);
	CHECK_EQ(ringer.rung, 1);
}

/* Only the doorbell register is touched. */
static void a_doorbell_takes_one_store(void)
{
	volatile uint32_t registers[] = { 9, 9, 9, 9, 9 };
	struct ringer ringer = { .doorbell = { .registers = registers } };
	struct wire_ring ring = { .kind = WIRE_WAKE_DOORBELL, .peer = 7, .vector = 3 };
	ringer_ring(&ringer, &ring);
	for (unsigned i = 0; i < ARRAY_LEN(registers); i++)
		CHECK_EQ(registers[i], i == 3 ? 7 << 16 | 3 : 9);
	CHECK_EQ(ringer.rung, 1);
}

static void who_cannot_be_rung_is_left_alone(void)
{
	struct ringer ringer = { 0 };
	struct wire_ring rings[] = { { .kind = WIRE_WAKE_DOORBELL, .peer = 1 },
				     { .kind = WIRE_WAKE_NONE } };
	for (unsigned i = 0; i < ARRAY_LEN(rings); i++)
		ringer_ring(&ringer, &rings[i]);
	CHECK_EQ(ringer.rung, 0);
}

static const struct test_case cases[] = {
	TEST(memory_without_a_device_has_no_doorbell),
	TEST(a_futex_is_moved_once),
	TEST(a_doorbell_takes_one_store),
	TEST(who_cannot_be_rung_is_left_alone),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
