/* What test.h does with cases that fail: this program runs itself, once for each of them. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "test.h"

/* ---- inside ---- */

static void *scribble(void *data)
{
	atomic_uint *stack = data;

	for (;;)
		for (unsigned i = 0; i < 512; i++)
			atomic_store(&stack[i], ~0u);
	return NULL;
}

/* Its thread works on its stack, and goes on when the check fails. */
static void leaves_a_thread(void)
{
	atomic_uint stack[512] = { 0 };
	pthread_t thread;

	pthread_create(&thread, NULL, scribble, stack);
	while (!atomic_load(&stack[511]))
		;
	CHECK_EQ(1, 2);
}

static void *fail(void *data)
{
	(void)data;
	CHECK_EQ(3, 4);
	return NULL;
}

static void fails_in_a_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, fail, NULL);
	pthread_join(thread, NULL);
}

static void fails(void)
{
	CHECK_EQ(5, 6);
}

static void skips(void)
{
	test_skip("no reason");
}

static void passes(void)
{
}

static const struct test_case inner[][3] = {
	{ TEST(leaves_a_thread), TEST(passes), TEST(passes) },
	{ TEST(passes), TEST(fails_in_a_thread), TEST(passes) },
	{ TEST(fails), TEST(skips), TEST(passes) },
};

/* ---- outside ---- */

static const char *self;

static int run(int which, char *text, size_t size)
{
	char command[512];

	snprintf(command, sizeof(command), "%s inside %d", self, which);
	FILE *pipe = popen(command, "r");
	CHECK(pipe);
	text[fread(text, 1, size - 1, pipe)] = 0;
	int status = pclose(pipe);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_thread_that_is_left_ends_the_program(void)
{
	char text[2000];

	CHECK_EQ(run(0, text, sizeof(text)), 1);
	CHECK_CONTAINS(text, "1 is 1 (0x1), wanted 2");
	CHECK_CONTAINS(text, "\nnot ok 1 - leaves_a_thread\n"
			     "not ok 2 - passes # not run\n"
			     "not ok 3 - passes # not run\n"
			     "1..3\n");
}

static void a_check_may_fail_in_a_thread(void)
{
	char text[2000];

	CHECK_EQ(run(1, text, sizeof(text)), 1);
	CHECK_CONTAINS(text, "3 is 3 (0x3), wanted 4");
	CHECK_CONTAINS(text, "\nnot ok 2 - fails_in_a_thread\n"
			     "not ok 3 - passes # not run\n"
			     "1..3\n");
}

static void others_run_on(void)
{
	char text[2000];

	CHECK_EQ(run(2, text, sizeof(text)), 1);
	CHECK_CONTAINS(text, "\nnot ok 1 - fails\n"
			     "ok 2 - skips # SKIP no reason\n"
			     "ok 3 - passes\n"
			     "1..3\n");
}

static const struct test_case cases[] = {
	TEST(a_thread_that_is_left_ends_the_program),
	TEST(a_check_may_fail_in_a_thread),
	TEST(others_run_on),
};

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc == 3 && strcmp(argv[1], "inside") == 0)
		return test_main(1, argv, inner[atoi(argv[2]) % 3], 3);
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
