/* What costs next to nothing: a picture that stands still, and a pointer that moves over it. */
#include <signal.h>

#include "eye.h"

#define VIEWER_WAKES  3 /* a second */
#define GUEST_WAKES   20
#define SETTLE        (2 * NS_PER_S)
#define MOVES         1000
#define POINTER_SHARE 0.03 /* of a core; cores differ, and share their time with other programs */
#define VIEWER_SHARE  0.02 /* it hears of no move */
#define STILL_SHARE   0.001

static struct scene scene;

struct cost {
	double wakes, share; /* a second; of a core */
};

/* Of several processes during the same time. */
static void measure(const pid_t *pids, unsigned count, unsigned seconds, struct cost *out)
{
	struct scene_usage before[4];
	uint64_t since = clock_ns();
	for (unsigned i = 0; i < count; i++)
		before[i] = scene_usage(pids[i]);
	clock_sleep(seconds * NS_PER_S);
	double took = (double)(clock_ns() - since);
	for (unsigned i = 0; i < count; i++) {
		CHECK(scene_alive(pids[i]));
		struct scene_usage now = scene_usage(pids[i]);
		CHECK_EQ(now.threads, before[i].threads);
		out[i].wakes = (double)(now.wakes - before[i].wakes) * NS_PER_S / took;
		out[i].share = (double)(now.cpu_ns - before[i].cpu_ns) / took;
		printf("# %s: %.1f wake-ups/s, %.3f %% of a core\n", i ? "viewer" : "guest",
		       out[i].wakes, 100 * out[i].share);
	}
}

/* Counts within what a second more would add. */
static void at_most(double rate, double limit, unsigned seconds)
{
	if (rate > limit * (seconds + 1) / seconds)
		test_fail("%.2f a second, wanted at most %g", rate, limit);
}

static void still_picture(unsigned viewers)
{
	unsigned seconds = scene_seconds(5, 60);
	pid_t pids[4];
	struct cost costs[4];
	scene_open(&scene, "pattern:1920x1080:still", 1920, 1080);
	pids[0] = scene.guest;
	for (unsigned i = 1; i <= viewers; i++)
		pids[i] = scene_viewer(&scene);
	SCENE_EVENTUALLY(scene_newest(&scene).serial && scene_claims(&scene, NULL) == viewers);
	clock_sleep(SETTLE);
	uint64_t newest = scene_newest(&scene).serial;
	measure(pids, viewers + 1, seconds, costs);
	CHECK_EQ(scene_newest(&scene).serial, newest);
	CHECK_EQ(scene_claims(&scene, NULL), viewers);
	at_most(costs[0].wakes, GUEST_WAKES, seconds);
	for (unsigned i = 1; i <= viewers; i++) {
		CHECK(costs[i].wakes >= 1); /* it shows that it lives */
		at_most(costs[i].wakes, VIEWER_WAKES, seconds);
		CHECK(costs[i].share < (scene_long() ? 1 : 10) * STILL_SHARE);
		scene_kill(&pids[i]);
	}
	scene_close(&scene);
}

static void a_still_picture_wakes_nobody(void)
{
	still_picture(1);
}

static void nor_with_three_viewers(void)
{
	still_picture(3);
}

static uint64_t place(struct scene_pointer pointer)
{
	return (uint64_t)(uint32_t)pointer.y << 32 | (uint32_t)pointer.x;
}

/* ---- the pointer ---- */

static void open_moving(void)
{
	char capture[64];
	snprintf(capture, sizeof(capture), "pattern:1920x1080:still:cursor@%d", MOVES);
	scene_open(&scene, capture, 1920, 1080);
}

static void moves_are_cheap(void)
{
	unsigned seconds = scene_seconds(4, 20);
	struct cost costs[2];
	open_moving();
	pid_t viewer = scene_viewer(&scene);
	SCENE_EVENTUALLY(scene_newest(&scene).serial && scene_claims(&scene, NULL) == 1);
	clock_sleep(SETTLE);
	uint64_t moves = scene_pointer(&scene).sequence;
	measure((pid_t[]){ scene.guest, viewer }, 2, seconds, costs);
	moves = (scene_pointer(&scene).sequence - moves) / 2; /* a sequence is odd while written */
	printf("# %.0f moves/s\n", (double)moves / seconds);
	CHECK(moves > MOVES / 2 * seconds);
	CHECK(costs[0].share < (scene_long() ? 1.25 : 3) * POINTER_SHARE);
	CHECK(costs[1].share < (scene_long() ? 1 : 3) * VIEWER_SHARE);
	CHECK(costs[1].wakes < 1.25 * costs[0].wakes + 50); /* the library, not the window */
	scene_kill(&viewer);
	scene_close(&scene);
}

static void no_frame_is_sent_for_moves_and_the_last_one_arrives(void)
{
	struct eye eye = { 0 };
	open_moving();
	eye_start(&eye, &scene);
	SCENE_EVENTUALLY(atomic_load(&eye.score->pointers) > 0 && scene_newest(&scene).serial);
	uint64_t newest = scene_newest(&scene).serial;
	for (unsigned round = 0; round < scene_seconds(4, 30); round++) {
		uint64_t seen = atomic_load(&eye.score->pointers);
		uint64_t moved = scene_pointer(&scene).sequence;
		clock_sleep(500 * NS_PER_MS);
		moved = (scene_pointer(&scene).sequence - moved) / 2;
		seen = atomic_load(&eye.score->pointers) - seen;
		printf("# %" PRIu64 " moves, %" PRIu64 " seen\n", moved, seen);
		CHECK(moved > MOVES / 4);
		CHECK(seen > moved / 2); /* what was missed gave way to a newer one */
		kill(scene.guest, SIGSTOP);
		SCENE_EVENTUALLY(atomic_load(&eye.score->at) == place(scene_pointer(&scene)));
		kill(scene.guest, SIGCONT);
	}
	CHECK_EQ(scene_newest(&scene).serial, newest);
	CHECK(atomic_load(&eye.score->delivered) <= 1);
	eye_end(&eye);
	scene_close(&scene);
}

static const struct test_case cases[] = {
	TEST(a_still_picture_wakes_nobody),
	TEST(nor_with_three_viewers),
	TEST(moves_are_cheap),
	TEST(no_frame_is_sent_for_moves_and_the_last_one_arrives),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
