/* Two processes and the memory between them, and a parent that kills, stops and spoils them at
 * random moments. After each blow pictures must flow again within a bounded time, and no picture
 * that is still held may ever be of two colours.
 *
 * A few seconds by default; ORIEL_LONG=1 repeats each scenario for about a minute.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "base/thread.h"
#include "test.h"
#include "wire/consumer.h"
#include "wire/producer.h"

#define REGION   (8u << 20)
#define SIDE     64u
#define BYTES    (SIDE * SIDE * 4)
#define RECOVERY (10 * NS_PER_S) /* far beyond what is promised: the machine may be crowded */

/* What the children tell the parent; not part of the protocol. */
struct score {
	_Atomic uint64_t frames, torn, pointers;
	_Atomic uint32_t state, restarts;
};

struct stage {
	uint8_t *memory;
	struct score *scores; /* 0: the producer, 1 and 2: consumers */
	pid_t children[3];
	uint32_t seed;
	uint64_t worst; /* time from a blow to pictures, ns */
};

static struct stage stage;

/* ---- the producer's process ---- */

struct guest {
	struct wire_producer *producer;
	pthread_mutex_t restarting; /* the pulse thread stays out */
	_Atomic bool lost;
};

static void *pulse(void *data)
{
	struct guest *self = data;
	for (;; clock_sleep(5 * NS_PER_MS)) {
		pthread_mutex_lock(&self->restarting);
		if (wire_producer_pulse(self->producer, clock_ns(), NULL) == WIRE_E_LOST)
			atomic_store(&self->lost, true);
		pthread_mutex_unlock(&self->restarting);
	}
	return NULL;
}

static int draw(struct guest *self, uint8_t value)
{
	struct wire_frame frame = { .screen_width = SIDE, .screen_height = SIDE };
	struct wire_slot slot;

	pixel_image_init(&frame.image, PIXEL_BGRA, SIDE, SIDE);
	frame.damage_all = true;
	int ret = wire_producer_acquire(self->producer, &slot);
	if (ret)
		return ret;
	ret = wire_producer_publish(self->producer, &slot, &frame, NULL);
	if (ret)
		return ret;
	memset(slot.pixels, value, BYTES);
	wire_slot_fill(self->producer, &slot, BYTES);
	return 0;
}

static void point(struct guest *self, int32_t x)
{
	static uint8_t shape[32 * 128];
	struct cursor cursor = {
		.visible = true,
		.has_position = true,
		.x = x % 1000,
		.has_shape = x % 8 == 0,
		.shape = { .width = 32, .height = 32, .pitch = 128, .data = shape },
	};
	memset(shape, x / 8, sizeof(shape));
	wire_producer_pointer(self->producer, &cursor);
}

static void restart(struct guest *self, struct score *score)
{
	pthread_mutex_lock(&self->restarting);
	wire_producer_restart(self->producer, 0, NULL);
	atomic_store(&self->lost, false);
	pthread_mutex_unlock(&self->restarting);
	atomic_fetch_add(&score->restarts, 1);
}

static void run_producer(struct score *score)
{
	static struct guest self = { .restarting = PTHREAD_MUTEX_INITIALIZER };
	const struct wire_guest guest = { .host_version = "stress" };
	struct wire_producer_params params = {
		.base = stage.memory, .size = REGION, .guest = &guest, .frame_bytes = BYTES
	};
	pthread_t thread;

	if (wire_producer_create(&self.producer, &params, NULL) ||
	    thread_start(&thread, "pulse", pulse, &self))
		_exit(1);
	for (uint32_t i = 0;; i++) {
		int ret = draw(&self, (uint8_t)i);
		point(&self, (int32_t)i);
		if (ret == 0)
			ret = wire_producer_flush(self.producer);
		if (ret == WIRE_E_LOST || atomic_load(&self.lost))
			restart(&self, score);
		clock_sleep(300 * NS_PER_US);
	}
}

/* ---- a consumer's process ---- */

static bool one_colour(struct wire_consumer *consumer, const struct wire_hold *hold)
{
	const uint8_t *pixels = stage.memory + hold->offset;
	uint64_t end = clock_ns() + 5 * NS_PER_MS;

	while (wire_hold_filled(consumer, hold) < BYTES && clock_ns() < end)
		cpu_relax();
	if (wire_hold_filled(consumer, hold) < BYTES)
		return true; /* nothing was promised */
	for (uint32_t i = 1; i < BYTES; i++)
		if (pixels[i] != pixels[0])
			return !wire_hold_valid(consumer, hold);
	return true;
}

static void look(struct wire_consumer *consumer, struct score *score)
{
	struct wire_frame frame;
	struct wire_hold hold;
	struct cursor cursor;

	if (wire_consumer_frame(consumer, &frame, &hold) == 0) {
		if (!one_colour(consumer, &hold))
			atomic_fetch_add(&score->torn, 1);
		wire_consumer_release(consumer, &hold);
		atomic_fetch_add(&score->frames, 1);
	}
	if (wire_consumer_pointer(consumer, &cursor) == 0)
		atomic_fetch_add(&score->pointers, 1);
}

static void run_consumer(struct score *score)
{
	struct wire_consumer *consumer;

	if (wire_consumer_create(&consumer, stage.memory, REGION, NULL))
		_exit(1);
	for (;; clock_sleep(200 * NS_PER_US)) {
		atomic_store(&score->state, wire_consumer_check(consumer, clock_ns(), NULL));
		if (atomic_load(&score->state) != WIRE_LIVE)
			continue;
		wire_consumer_subscribe(consumer, WIRE_QUEUE_FRAME);
		wire_consumer_subscribe(consumer, WIRE_QUEUE_POINTER);
		look(consumer, score);
	}
}

/* ---- the parent ---- */

static void start(uint32_t role)
{
	pid_t parent = getpid(), pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		if (role == 0)
			run_producer(&stage.scores[0]);
		else
			run_consumer(&stage.scores[role]);
		_exit(0);
	}
	CHECK(pid > 0);
	stage.children[role] = pid;
}

static void kill_child(uint32_t role)
{
	if (stage.children[role] <= 0)
		return;
	kill(stage.children[role], SIGKILL);
	waitpid(stage.children[role], NULL, 0);
	stage.children[role] = 0;
}

static void begin(void)
{
	if (!stage.memory) {
		stage.memory = mmap(NULL, REGION, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		stage.scores = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				    -1, 0);
		stage.seed = (uint32_t)clock_ns() | 1;
		printf("# seed %u\n", stage.seed);
	}
	for (uint32_t role = 0; role < 3; role++)
		kill_child(role);
	memset(stage.memory, 0, REGION);
	memset(stage.scores, 0, 4096);
}

static uint32_t chance(uint32_t below)
{
	stage.seed ^= stage.seed << 13;
	stage.seed ^= stage.seed >> 17;
	stage.seed ^= stage.seed << 5;
	return stage.seed % below;
}

static uint64_t frames(uint32_t role)
{
	return atomic_load(&stage.scores[role].frames);
}

/* Do pictures (and pointers) flow to this consumer? */
static void must_flow(uint32_t role)
{
	struct score *score = &stage.scores[role];
	uint64_t before = frames(role), pointers = atomic_load(&score->pointers);
	uint64_t blow = clock_ns();

	while (frames(role) < before + 5 || atomic_load(&score->pointers) < pointers + 5) {
		if (clock_ns() - blow > RECOVERY)
			test_fail("consumer %u: %" PRIu64 " frames since the blow, state %u, "
				  "%u restarts",
				  role, frames(role) - before, atomic_load(&score->state),
				  atomic_load(&stage.scores[0].restarts));
		clock_sleep(NS_PER_MS);
	}
	stage.worst = max_u64(stage.worst, clock_ns() - blow);
	CHECK_EQ(atomic_load(&score->torn), 0);
}

static uint32_t rounds(uint32_t quick)
{
	const char *longer = getenv("ORIEL_LONG");
	return longer && *longer == '1' ? quick * 20 : quick;
}

static void finish(void)
{
	printf("# %" PRIu64 " frames, %" PRIu64 " pointers, %u sessions lost, back after %" PRIu64
	       " ms at most\n",
	       frames(1), atomic_load(&stage.scores[1].pointers),
	       atomic_load(&stage.scores[0].restarts), (uint64_t)(stage.worst / NS_PER_MS));
	stage.worst = 0;
	for (uint32_t role = 0; role < 3; role++)
		kill_child(role);
}

static void nap_random(void)
{
	clock_sleep((1 + chance(30000)) * NS_PER_US);
}

static void the_producer_is_killed(void)
{
	begin();
	start(0);
	start(1);
	must_flow(1);
	for (uint32_t i = 0; i < rounds(20); i++) {
		nap_random();
		kill_child(0);
		start(0);
		must_flow(1);
	}
	finish();
}

static void a_consumer_is_killed(void)
{
	begin();
	start(0);
	start(1);
	start(2);
	must_flow(1);
	must_flow(2);
	for (uint32_t i = 0; i < rounds(4); i++) {
		nap_random();
		kill_child(2);
		start(2);
		must_flow(2);
		must_flow(1);
	}
	finish();
}

static void both_are_killed_in_turn(void)
{
	begin();
	start(0);
	start(1);
	start(2);
	for (uint32_t i = 0; i < rounds(6); i++) {
		uint32_t victim = chance(3);
		must_flow(1);
		must_flow(2);
		nap_random();
		kill_child(victim);
		start(victim);
	}
	must_flow(1);
	must_flow(2);
	finish();
}

static void the_memory_is_wiped(void)
{
	begin();
	start(0);
	start(1);
	must_flow(1);
	for (uint32_t i = 0; i < rounds(20); i++) {
		nap_random();
		memset(stage.memory, 0, chance(2) ? REGION : 8192);
		must_flow(1);
	}
	CHECK(atomic_load(&stage.scores[0].restarts) >= rounds(20));
	finish();
}

static void the_memory_is_scribbled_on(void)
{
	begin();
	start(0);
	start(1);
	must_flow(1);
	for (uint32_t i = 0; i < rounds(20); i++) {
		/* Damage that heals: the magic goes too, so the producer begins anew. */
		for (uint32_t words = 1 + chance(50); words > 0; words--) {
			_Atomic uint32_t *at = (void *)(stage.memory + 4 * (8 + chance(1500)));
			atomic_store(at, chance(2) ? chance(UINT32_MAX) : chance(30));
		}
		nap_random();
		atomic_store((_Atomic uint32_t *)(void *)stage.memory, 0);
		must_flow(1);
	}
	finish();
}

static void a_lock_sticks(void)
{
	static const uint32_t locks[] = { 32 + 408, 32 + 1144 + 408 };
	begin();
	start(0);
	start(1);
	must_flow(1);
	for (uint32_t i = 0; i < rounds(10); i++) {
		_Atomic uint32_t *lock = (void *)(stage.memory + locks[i % 2]);
		uint32_t free = 0;
		nap_random();
		/* As a process that dies with the lock in its hand. */
		while (!atomic_compare_exchange_weak(lock, &free, 1))
			free = 0;
		must_flow(1);
	}
	CHECK(atomic_load(&stage.scores[0].restarts) >= rounds(10));
	finish();
}

static void a_stale_session_is_not_believed(void)
{
	begin();
	start(0);
	start(1);
	must_flow(1);
	kill_child(0);
	uint64_t end = clock_ns() + RECOVERY;
	while (atomic_load(&stage.scores[1].state) == WIRE_LIVE && clock_ns() < end)
		clock_sleep(NS_PER_MS);
	CHECK_EQ(atomic_load(&stage.scores[1].state), WIRE_STALE);
	/* a new consumer finds everything in place, but the heart */
	start(2);
	uint8_t *before = malloc(8192);
	clock_sleep(200 * NS_PER_MS);
	memcpy(before, stage.memory, 8192);
	clock_sleep(500 * NS_PER_MS);
	CHECK_EQ(atomic_load(&stage.scores[2].state), WIRE_STALE);
	CHECK_EQ(frames(2), 0);
	CHECK(memcmp(before, stage.memory, 8192) == 0);
	free(before);
	start(0);
	must_flow(1);
	must_flow(2);
	finish();
}

static void pause_child(uint32_t role, uint64_t ns)
{
	kill(stage.children[role], SIGSTOP);
	clock_sleep(ns);
}

static void resume_child(uint32_t role)
{
	kill(stage.children[role], SIGCONT);
}

static void a_stopped_consumer_stops_nobody(void)
{
	begin();
	start(0);
	start(1);
	start(2);
	must_flow(1);
	must_flow(2);
	for (uint32_t i = 0; i < rounds(2); i++) {
		nap_random();
		pause_child(2, 0);
		must_flow(1); /* after a second at most, while the other still stands */
		clock_sleep(1200 * NS_PER_MS);
		resume_child(2);
		must_flow(2);
		must_flow(1);
	}
	finish();
}

static void a_stopped_producer_comes_back(void)
{
	begin();
	start(0);
	start(1);
	must_flow(1);
	for (uint32_t i = 0; i < rounds(2); i++) {
		nap_random();
		pause_child(0, 1300 * NS_PER_MS);
		CHECK(atomic_load(&stage.scores[1].state) != WIRE_LIVE);
		resume_child(0);
		must_flow(1);
	}
	finish();
}

static const struct test_case cases[] = {
	TEST(the_producer_is_killed),          TEST(a_consumer_is_killed),
	TEST(both_are_killed_in_turn),         TEST(the_memory_is_wiped),
	TEST(the_memory_is_scribbled_on),      TEST(a_lock_sticks),
	TEST(a_stale_session_is_not_believed), TEST(a_stopped_consumer_stops_nobody),
	TEST(a_stopped_producer_comes_back),
};

int main(int argc, char **argv)
{
	int ret = test_main(argc, argv, cases, ARRAY_LEN(cases));
	for (uint32_t role = 0; role < 3; role++)
		kill_child(role);
	return ret;
}
