/* Three viewers of one guest. What one of them does, the others do not notice. */
#include <signal.h>

#include "eye.h"

static struct scene scene;
static struct eye eyes[3];

static void begin(const char *capture, uint32_t width, uint32_t height)
{
	scene_open(&scene, capture, width, height);
	for (unsigned i = 0; i < ARRAY_LEN(eyes); i++)
		eye_start(&eyes[i], &scene);
	for (unsigned i = 0; i < ARRAY_LEN(eyes); i++)
		eye_must_flow(&eyes[i], 30);
}

static void end(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(eyes); i++)
		eye_end(&eyes[i]);
	SCENE_EVENTUALLY(scene_claims(&scene, NULL) == 0);
	scene_close(&scene);
}

/* Of the guest, and of the first two viewers. */
struct rates {
	double guest, eyes[2];
};

static uint64_t count_of(int who)
{
	return who < 0 ? scene_newest(&scene).serial : atomic_load(&eyes[who].score->frames);
}

static struct rates measure(unsigned seconds)
{
	uint64_t counts[3], since = clock_ns();
	for (int who = -1; who < 2; who++)
		counts[who + 1] = count_of(who);
	clock_sleep(seconds * NS_PER_S);
	double took = (double)(clock_ns() - since) / NS_PER_S;
	struct rates rates = { (double)(count_of(-1) - counts[0]) / took,
			       { (double)(count_of(0) - counts[1]) / took,
				 (double)(count_of(1) - counts[2]) / took } };
	printf("# guest %.1f/s, viewers %.1f/s and %.1f/s\n", rates.guest, rates.eyes[0],
	       rates.eyes[1]);
	return rates;
}

static void keeps_pace(double rate, double before)
{
	if (rate < before * 0.7)
		test_fail("%.1f/s, down from %.1f/s", rate, before);
}

static void one_stands_still_for_long(void)
{
	begin("pattern:1280x720@60", 1280, 720);
	struct scene_usage usage = scene_usage(scene.guest);
	struct rates before = measure(scene_seconds(3, 10));
	kill(eyes[2].pid, SIGSTOP);
	struct rates meanwhile = measure(scene_seconds(5, 60));
	keeps_pace(meanwhile.guest, before.guest);
	for (unsigned i = 0; i < 2; i++)
		keeps_pace(meanwhile.eyes[i], before.eyes[i]);
	SCENE_EVENTUALLY(scene_claims(&scene, NULL) == 2); /* its block is free again */

	uint64_t newest = scene_newest(&scene).captured, since = clock_ns();
	kill(eyes[2].pid, SIGCONT);
	SCENE_EVENTUALLY(atomic_load(&eyes[2].score->stamp) >= newest);
	printf("# back after %.1f ms\n", (double)(clock_ns() - since) / NS_PER_MS);
	CHECK(clock_ns() - since < 2 * NS_PER_S);
	eye_must_flow(&eyes[2], 60);
	CHECK_EQ(scene_claims(&scene, NULL), 3);
	CHECK_EQ(scene_usage(scene.guest).files, usage.files);
	CHECK_EQ(scene_usage(scene.guest).threads, usage.threads);
	end();
}

/* The guest program itself, and its viewers: killed, stopped, stopped and then killed. */
static void blow(uint32_t draw)
{
	unsigned hit = draw % 4;
	pid_t *pid = hit < 3 ? &eyes[hit].pid : &scene.guest;
	bool dies = draw & 4;
	kill(*pid, SIGSTOP);
	clock_sleep((draw >> 8) % (dies ? 20 : 400) * NS_PER_MS);
	if (!dies) {
		kill(*pid, SIGCONT);
		return;
	}
	scene_kill(pid);
	if (hit < 3)
		eye_start(&eyes[hit], &scene);
	else
		scene_start_guest(&scene);
}

static void any_of_them_is_killed_and_stopped(void)
{
	uint32_t seed = 7;
	unsigned blows = 0;
	begin("pattern:640x360@120", 640, 360);
	uint64_t until = clock_ns() + scene_seconds(6, 60) * NS_PER_S;
	for (; clock_ns() < until; blows++) {
		seed = seed * 1664525u + 1013904223u;
		blow(seed >> 8);
		for (unsigned i = 0; i < ARRAY_LEN(eyes); i++)
			eye_must_flow(&eyes[i], 5);
	}
	uint64_t gone = 0;
	for (unsigned i = 0; i < ARRAY_LEN(eyes); i++)
		gone += atomic_load(&eyes[i].score->gone);
	printf("# %u blows, %" PRIu64 " pictures taken away while they were looked at\n", blows,
	       gone);
	SCENE_EVENTUALLY(scene_claims(&scene, NULL) == 3); /* of the killed ones nothing is left */
	end();
}

static const struct test_case cases[] = {
	TEST(one_stands_still_for_long),
	TEST(any_of_them_is_killed_and_stopped),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
