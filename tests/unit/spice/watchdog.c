/* Main loops that come back, and one that does not. */
#include "spice/watchdog.h"

#include <glib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static gboolean hang(gpointer data)
{
	for (volatile unsigned *turns = data;; ++*turns)
		;
	return G_SOURCE_REMOVE;
}

static gboolean end(gpointer loop)
{
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

/* How a process ends that is watched with a patience of one second. */
static int watched(guint rest_ms, GSourceFunc then)
{
	pid_t child = fork();
	unsigned turns = 0;
	int status;

	if (child == 0) {
		GMainLoop *loop = g_main_loop_new(NULL, FALSE);
		watchdog_start(1);
		g_timeout_add(rest_ms, then, then == end ? (gpointer)loop : &turns);
		g_main_loop_run(loop);
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	return status;
}

static void who_rests_is_left_alone(void)
{
	int status = watched(2500, end);

	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
}

static void who_hangs_is_ended(void)
{
	int status = watched(10, hang);

	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGALRM);
}

static const struct test_case cases[] = {
	TEST(who_rests_is_left_alone),
	TEST(who_hangs_is_ended),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
