#include "guest/pulse.h"

#include "stage.h"

#include "base/mem.h"
#include "wakes.h"

/* How often the heart has to beat, by who looks. */
static void beats_are_counted(void)
{
	struct stage *stage = stage_new(64, 64, 16 << 20);
	struct viewer viewer;
	viewer_open(&viewer, stage);
	viewer_live(&viewer);
	/* The viewer's own looks are not the program's: its threads are counted by their names. */
	uint64_t alone = wakes_per_second("oriel-", 1000 * NS_PER_MS, NULL, NULL);
	viewer_catch_up(&viewer, stage);
	viewer_release(&viewer);
	uint64_t watched = wakes_per_second("oriel-", 1000 * NS_PER_MS, NULL, NULL);
	viewer_close(&viewer);
	stage_end(stage);
	printf("# %" PRIu64 " wake-ups/s alone, %" PRIu64 " for a plain consumer\n", alone,
	       watched);
	CHECK(alone > 0 && alone <= 21);
	CHECK(watched > 2 * alone && watched <= 110);
}

/* Found at the next beat; then the next ones are expected soon, for a while. */
static void requests_come_in_groups(void)
{
	struct stage *stage = stage_new(64, 64, 16 << 20);
	struct viewer viewer;
	uint32_t serial;
	viewer_open(&viewer, stage);
	viewer_live(&viewer);
	while (!viewer_check(&viewer) || wire_consumer_subscribe(viewer.wire, WIRE_QUEUE_POINTER))
		clock_sleep(NS_PER_MS);
	clock_sleep(300 * NS_PER_MS);
	uint64_t before = wakes_of("oriel-pulse");
	clock_sleep(200 * NS_PER_MS);
	uint64_t calm = wakes_of("oriel-pulse") - before;
	CHECK_EQ(wire_consumer_set_cursor(viewer.wire, 1, 2, &serial), 0);
	before = wakes_of("oriel-pulse");
	clock_sleep(200 * NS_PER_MS);
	uint64_t lively = wakes_of("oriel-pulse") - before;
	clock_sleep(100 * NS_PER_MS);
	before = wakes_of("oriel-pulse");
	clock_sleep(200 * NS_PER_MS);
	uint64_t after = wakes_of("oriel-pulse") - before;
	viewer_close(&viewer);
	stage_end(stage);
	printf("# beats in 200 ms: %" PRIu64 ", after a request %" PRIu64 ", then %" PRIu64 "\n",
	       calm, lively, after);
	CHECK(lively > 2 * calm && after < lively / 2);
}

/* A sleeping heart is stopped without waiting for its next beat. */
static void stopping_is_prompt(void)
{
	struct shm *memory;
	struct wire_producer *producer;
	struct wire_guest guest = { .host_version = "test" };
	struct worker idle[2] = { 0 };
	struct pulse pulse;
	struct waker ended;
	CHECK_EQ(shm_create_memfd(&memory, "pulse", 16 << 20, NULL), 0);
	struct wire_producer_params params = {
		.base = memory->base, .size = memory->size, .guest = &guest, .frame_bytes = 4096
	};
	CHECK_EQ(wire_producer_create(&producer, &params, NULL), 0);
	CHECK_EQ(waker_init(&ended), 0);
	const unsigned rounds = 20;
	uint64_t begin = clock_ns();
	for (unsigned i = 0; i < rounds; i++) {
		pulse_init(&pulse, producer, &idle[0], &idle[1]);
		CHECK_EQ(worker_start(&pulse.worker, "another", pulse_run, &ended), 0);
		clock_sleep(2 * NS_PER_MS);
		CHECK_EQ(pulse_stop(&pulse), WORKER_ASKED);
	}
	uint64_t took = clock_ns() - begin;
	waker_finish(&ended);
	wire_producer_destroy(producer);
	shm_close(memory);
	CHECK(took < rounds * 25 * NS_PER_MS); /* a sleep is twice as long */
}

static const struct test_case cases[] = {
	TEST(beats_are_counted),
	TEST(requests_come_in_groups),
	TEST(stopping_is_prompt),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
