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
	CHECK(alone > 0 && alone <= 17);
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

/* ---- a heart of its own ---- */

struct heart {
	struct shm *memory;
	struct wire_producer *producer;
	struct worker idle[2];
	int bell; /* what the interrupt of a device would ring, or -1 */
	_Atomic uint32_t requests;
	struct pulse pulse;
	struct waker ended;
};

static void on_request(void *data, int32_t x, int32_t y)
{
	struct heart *self = data;
	(void)x, (void)y;
	atomic_fetch_add(&self->requests, 1);
	pulse_note_request(&self->pulse);
}

static void heart_init(struct heart *self)
{
	struct wire_guest guest = { .host_version = "test", .features = WIRE_FEATURE_SETCURSORPOS };
	memset(self, 0, sizeof(*self));
	self->bell = -1;
	CHECK_EQ(shm_create_memfd(&self->memory, "pulse", 16 << 20, NULL), 0);
	struct wire_producer_params params = { .base = self->memory->base,
					       .size = self->memory->size,
					       .guest = &guest,
					       .frame_bytes = 4096,
					       .set_cursor = on_request,
					       .data = self };
	CHECK_EQ(wire_producer_create(&self->producer, &params, NULL), 0);
	CHECK_EQ(waker_init(&self->ended), 0);
}

/* On which word it listens can be chosen, for what real devices do. */
static void heart_start(struct heart *self, _Atomic uint32_t *device)
{
	pulse_init(&self->pulse, self->producer, self->bell, &self->idle[0], &self->idle[1]);
	if (device)
		self->pulse.knock = device;
	self->pulse.heard = *self->pulse.knock;
	CHECK_EQ(worker_start(&self->pulse.worker, "another", pulse_run, &self->ended), 0);
}

static void heart_finish(struct heart *self)
{
	waker_finish(&self->ended);
	wire_producer_destroy(self->producer);
	shm_close(self->memory);
}

/* A sleeping heart is stopped without waiting for its next beat. */
static void stopping_is_prompt(void)
{
	const unsigned rounds = 20;
	struct heart heart;
	heart_init(&heart);
	uint64_t begin = clock_ns();
	for (unsigned i = 0; i < rounds; i++) {
		heart_start(&heart, NULL);
		clock_sleep(2 * NS_PER_MS);
		CHECK_EQ(pulse_stop(&heart.pulse), WORKER_ASKED);
	}
	uint64_t took = clock_ns() - begin;
	heart_finish(&heart);
	CHECK(took < rounds * 25 * NS_PER_MS); /* a sleep is twice as long */
}

/* A page that is mapped as a device's memory is: readable, but the kernel lets nobody sleep on it.
 */
static _Atomic uint32_t *device_memory(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start = 0, at;
	char line[256];
	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "[vvar]") && sscanf(line, "%lx-", &at) == 1)
			start = at;
	if (maps)
		fclose(maps);
	/* The last word of the page, for the first ones may move. */
	return start ? (_Atomic uint32_t *)(start + MEM_PAGE) - 1 : NULL;
}

static void a_device_s_memory_is_no_reason_to_spin(void)
{
	struct heart heart;
	_Atomic uint32_t *word = device_memory();
	if (!word)
		test_skip("this kernel maps no [vvar] to stand for a device");
	heart_init(&heart);
	heart_start(&heart, word);
	clock_sleep(150 * NS_PER_MS); /* its beginning is lively */
	CHECK(wakes_of("another") > 10);
	uint64_t before = clock_cpu_ns(), wakes = wakes_of("another");
	clock_sleep(1000 * NS_PER_MS);
	wakes = wakes_of("another") - wakes;
	uint64_t spent = clock_cpu_ns() - before;
	/* As pulse_stop(), but the page is not for writing. */
	worker_ask(&heart.pulse.worker);
	wake_ring(&heart.pulse.quiet);
	CHECK_EQ(worker_stop(&heart.pulse.worker), WORKER_ASKED);
	CHECK(heart.pulse.deaf);
	heart_finish(&heart);
	printf("# %" PRIu64 " looks a second where nobody can wake us\n", wakes);
	CHECK(wakes > 5 && wakes <= 21);
	CHECK(spent < 100 * NS_PER_MS);
}

/* ---- the interrupt of a device ---- */

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* How long a request waits for its answer, mostly. */
static uint64_t answer_ns(struct heart *heart, struct wire_consumer *consumer, bool ring)
{
	uint64_t took[9];
	uint32_t serial;
	for (unsigned i = 0; i < ARRAY_LEN(took); i++) {
		clock_sleep(130 * NS_PER_MS); /* nothing may look closely any more */
		uint32_t before = atomic_load(&heart->requests);
		uint64_t begin = clock_ns();
		CHECK_EQ(wire_consumer_set_cursor(consumer, 1, 2, &serial), 0);
		if (ring)
			CHECK_EQ(wake_eventfd_ring(heart->bell), 0);
		while (atomic_load(&heart->requests) == before)
			CHECK(clock_ns() - begin < SOON_NS);
		took[i] = clock_ns() - begin;
	}
	qsort(took, ARRAY_LEN(took), sizeof(took[0]), compare);
	return took[ARRAY_LEN(took) / 2];
}

static struct wire_consumer *consumer_of(struct heart *heart)
{
	struct wire_consumer *consumer;
	const struct wire_session *session;
	CHECK_EQ(wire_consumer_create(&consumer, heart->memory->base, heart->memory->size, NULL),
		 0);
	for (uint64_t end = clock_ns() + SOON_NS;
	     wire_consumer_check(consumer, clock_ns(), &session) != WIRE_LIVE;) {
		CHECK(clock_ns() < end);
		clock_sleep(NS_PER_MS);
	}
	return consumer;
}

static uint64_t looks_in_200_ms(void)
{
	uint64_t before = wakes_of("another");
	clock_sleep(200 * NS_PER_MS);
	return wakes_of("another") - before;
}

/* Every 50 ms; every 1 ms in the 100 ms after a request; and every 50 ms again. */
static void who_cannot_be_woken_looks_closely_for_a_while(void)
{
	struct heart heart;
	uint32_t serial;
	_Atomic uint32_t *word = device_memory();
	if (!word)
		test_skip("this kernel maps no [vvar] to stand for a device");
	heart_init(&heart);
	heart_start(&heart, word);
	struct wire_consumer *consumer = consumer_of(&heart);
	clock_sleep(200 * NS_PER_MS);
	uint64_t calm = looks_in_200_ms();
	CHECK_EQ(wire_consumer_set_cursor(consumer, 1, 2, &serial), 0);
	uint64_t lively = looks_in_200_ms();
	clock_sleep(100 * NS_PER_MS);
	uint64_t after = looks_in_200_ms();
	wire_consumer_destroy(consumer);
	worker_ask(&heart.pulse.worker);
	wake_ring(&heart.pulse.quiet);
	CHECK_EQ(worker_stop(&heart.pulse.worker), WORKER_ASKED);
	heart_finish(&heart);
	printf("# looks in 200 ms: %" PRIu64 ", after a request %" PRIu64 ", then %" PRIu64 "\n",
	       calm, lively, after);
	CHECK(calm <= 6 && after <= 6);
	CHECK(lively >= 4 * calm && lively <= 110);
}

static void an_interrupt_is_answered_at_once(void)
{
	struct heart heart;
	heart_init(&heart);
	heart.bell = wake_eventfd();
	heart_start(&heart, NULL);
	struct wire_consumer *consumer = consumer_of(&heart);
	uint64_t looked = answer_ns(&heart, consumer, false);
	uint64_t knocks = atomic_load(&heart.pulse.knocks);
	uint64_t rung = answer_ns(&heart, consumer, true);
	printf("# answered after %" PRIu64 " us, without a ring %" PRIu64 " us (medians)\n",
	       (uint64_t)(rung / NS_PER_US), (uint64_t)(looked / NS_PER_US));
	CHECK_EQ(knocks, 0);
	CHECK_EQ(atomic_load(&heart.pulse.knocks), 9);
	CHECK(rung * 2 < looked);
	wire_consumer_destroy(consumer);
	CHECK_EQ(pulse_stop(&heart.pulse), WORKER_ASKED);
	close(heart.bell);
	heart_finish(&heart);
}

/* Whoever gave a frame back and says so ends the nap of a frame thread that found none free. */
static void an_interrupt_ends_a_starved_nap(void)
{
	const unsigned rounds = 20;
	struct heart heart;
	unsigned woken = 0;
	heart_init(&heart);
	heart.bell = wake_eventfd();
	CHECK_EQ(waker_init(&heart.idle[0].waker), 0);
	heart_start(&heart, NULL);
	for (unsigned i = 0; i < rounds; i++) {
		bool starved = i % 2;
		uint64_t limit = starved ? SOON_NS : 20 * NS_PER_MS;
		worker_starve(&heart.idle[0], starved);
		CHECK_EQ(wake_eventfd_ring(heart.bell), 0);
		while (atomic_load(&heart.pulse.knocks) <= i)
			clock_sleep(NS_PER_MS / 4);
		woken += waker_wait(&heart.idle[0].waker, -1, clock_ns() + limit) == WAKER_WOKEN;
	}
	CHECK_EQ(woken, rounds / 2); /* and who is not starved is left alone */
	CHECK_EQ(pulse_stop(&heart.pulse), WORKER_ASKED);
	waker_finish(&heart.idle[0].waker);
	close(heart.bell);
	heart_finish(&heart);
}

/* The longest knocks come from whoever does nothing else. */
static void who_knocks_without_end_is_not_heard(void)
{
	struct heart heart;
	heart_init(&heart);
	heart.bell = wake_eventfd();
	heart_start(&heart, NULL);
	for (uint64_t end = clock_ns() + 2500 * NS_PER_MS; clock_ns() < end;)
		CHECK_EQ(wake_eventfd_ring(heart.bell), 0);
	uint64_t knocks = atomic_load(&heart.pulse.knocks), wakes = wakes_of("another");
	for (uint64_t end = clock_ns() + 500 * NS_PER_MS; clock_ns() < end;)
		CHECK_EQ(wake_eventfd_ring(heart.bell), 0);
	wakes = wakes_of("another") - wakes;
	printf("# %" PRIu64 " knocks heard, then %" PRIu64 " wake-ups in half a second\n", knocks,
	       wakes);
	CHECK(knocks > 100 && knocks <= 5000);
	/* Where the processors are too busy for so many, there is no need to hear less. */
	if (knocks == 2000)
		CHECK(wakes <= 12);
	CHECK_EQ(pulse_stop(&heart.pulse), WORKER_ASKED);
	close(heart.bell);
	heart_finish(&heart);
}

static const struct test_case cases[] = {
	TEST(beats_are_counted),
	TEST(requests_come_in_groups),
	TEST(stopping_is_prompt),
	TEST(a_device_s_memory_is_no_reason_to_spin),
	TEST(who_cannot_be_woken_looks_closely_for_a_while),
	TEST(an_interrupt_is_answered_at_once),
	TEST(an_interrupt_ends_a_starved_nap),
	TEST(who_knocks_without_end_is_not_heard),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
