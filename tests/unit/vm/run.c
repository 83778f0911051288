/* Children, probes and paths of vm/run. */
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "test.h"
#include "vm/paths.h"
#include "vm/run/child.h"
#include "vm/run/kvm_probe.h"

static GSubprocess *spawn(const char *script)
{
	GError *error = NULL;
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGKILL);
	GSubprocess *child = g_subprocess_launcher_spawn(launcher, &error, "sh", "-c", script,
							 NULL);
	if (!child)
		test_fail("%s", error->message);
	return child;
}

static bool is_alive(const char *pid)
{
	return kill(atoi(pid), 0) == 0;
}

/* Wherever a vCPU hangs, the answer comes. */
static void kvm_probe_answers_in_time(void)
{
	uint64_t begin = clock_ns();
	const char *why_not = kvm_probe();
	printf("# KVM: %s\n", why_not ? why_not : "a virtual CPU runs");
	CHECK(clock_ns() - begin < 20 * NS_PER_S);
}

static void ended_child_is_gone(void)
{
	GSubprocess *child = spawn("exec sleep 60");
	g_autofree char *pid = g_strdup(g_subprocess_get_identifier(child));
	CHECK(is_alive(pid));
	child_end(child, SIGTERM);
	CHECK(!is_alive(pid));
}

static void stubborn_child_is_killed(void)
{
	char ready;
	int ends[2];
	GError *error = NULL;
	CHECK_EQ(pipe(ends), 0);
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGKILL);
	g_subprocess_launcher_take_stdout_fd(launcher, ends[1]);
	GSubprocess *child = g_subprocess_launcher_spawn(
		launcher, &error, "sh", "-c", "trap '' TERM; echo; while :; do sleep 1; done",
		NULL);
	CHECK(child != NULL);
	CHECK_EQ(read(ends[0], &ready, 1), 1);
	close(ends[0]);
	g_autofree char *pid = g_strdup(g_subprocess_get_identifier(child));
	child_end(child, SIGTERM);
	CHECK(!is_alive(pid));
}

static void child_gets_its_descriptor(void)
{
	GError *error = NULL;
	g_autofree char *output = NULL, *path = NULL;
	int file = g_file_open_tmp("oriel-XXXXXX", &path, &error);
	CHECK(file >= 0);
	unlink(path);
	CHECK_EQ(pwrite(file, "hello", 5, 0), 5);
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGKILL);
	g_subprocess_launcher_set_flags(launcher, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
	child_give_fd(launcher, file, 20);
	close(file);
	g_autoptr(GSubprocess) child = g_subprocess_launcher_spawn(launcher, &error, "cat",
								   "/proc/self/fd/20", NULL);
	CHECK(child != NULL);
	g_subprocess_communicate_utf8(child, NULL, NULL, &output, NULL, NULL);
	CHECK_STR(output, "hello");
}

static void ending_nobody_is_fine(void)
{
	child_end(NULL, SIGTERM);
}

static void data_lies_beside_the_program(void)
{
	g_autofree char *script = path_of_data("demo/image.sh");
	g_autofree char *nothing = path_of_data("demo/no-such-thing");
	CHECK(script != NULL);
	CHECK(nothing == NULL);
	CHECK(path_of_program("oriel-no-such-program") == NULL);
}

static const struct test_case cases[] = {
	TEST(kvm_probe_answers_in_time), TEST(ended_child_is_gone),
	TEST(stubborn_child_is_killed),  TEST(child_gets_its_descriptor),
	TEST(ending_nobody_is_fine),     TEST(data_lies_beside_the_program),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
