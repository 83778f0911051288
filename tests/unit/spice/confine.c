/* What the process that speaks SPICE can still do, tried in one of its own. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/sandbox.h"
#include "spice/confine.h"
#include "test.h"

static char *folder, *secret;
static int listener; /* on TCP */
static struct sockaddr_in at = { .sin_family = AF_INET };

static void set_up(void)
{
	socklen_t size = sizeof(at);

	if (folder)
		return;
	folder = g_dir_make_tmp("oriel-confine-XXXXXX", NULL);
	secret = g_build_filename(folder, "secret", NULL);
	g_assert_true(g_file_set_contents(secret, "words", -1, NULL));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_EQ(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	CHECK_EQ(listen(listener, 4), 0);
	CHECK_EQ(getsockname(listener, (struct sockaddr *)&at, &size), 0);
}

/* The deed's answer: 0, or errno. */
static int confined(const struct confine_wishes *wishes, int (*deed)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		confine(wishes);
		_exit(deed());
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	if (!WIFEXITED(status))
		test_fail("ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static int read_secret(void)
{
	return open(secret, O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int write_secret(void)
{
	return open(secret, O_WRONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int make_file(void)
{
	g_autofree char *path = g_build_filename(folder, "made", NULL);

	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static int run_program(void)
{
	execl("/bin/true", "true", NULL);
	return errno;
}

static int beget(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child < 0 ? errno : 0;
}

static int reach(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) ? errno : 0;
}

static int talk_locally(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int talk_to_the_kernel(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int make_memory(void)
{
	int fd = memfd_create("memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd < 0 || ftruncate(fd, 4096) ? errno : 0;
}

static int take_memory(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_DATA, &limit) < 0 || limit.rlim_max == RLIM_INFINITY)
		return ENOTSUP;
	void *much = mmap(NULL, CONFINE_MEMORY, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return much == MAP_FAILED ? errno : 0;
}

static int no_landlock(void)
{
	struct sandbox_files files;

	sandbox_files_init(&files);
	return sandbox_close_files(&files) < 0;
}

static int no_seccomp(void)
{
	return sandbox_close_calls(0) < 0;
}

static int in_child(int (*deed)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(deed());
	CHECK_EQ(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static const struct confine_wishes nothing = { NULL, FALSE };

static void files_are_out_of_reach(void)
{
	set_up();
	if (in_child(no_landlock))
		test_skip("this kernel has no Landlock");
	CHECK_EQ(confined(&nothing, read_secret), EACCES);
	CHECK_EQ(confined(&nothing, write_secret), EACCES);
	CHECK_EQ(confined(&nothing, make_file), EACCES);
}

static void programs_and_servers_are_refused(void)
{
	set_up();
	if (in_child(no_seccomp))
		test_skip("built without libseccomp");
	CHECK_EQ(confined(&nothing, run_program), EPERM);
	CHECK_EQ(confined(&nothing, talk_to_the_kernel), EACCES);
#ifndef SANDBOX_KEEPS_PTRACE
	CHECK_EQ(confined(&nothing, beget), EPERM);
#endif
}

static void what_it_needs_it_still_can(void)
{
	set_up();
	CHECK_EQ(confined(&nothing, reach), 0);
	CHECK_EQ(confined(&nothing, talk_locally), 0);
	CHECK_EQ(confined(&nothing, make_memory), 0);
}

static void it_does_not_take_all_memory(void)
{
	int result = confined(&nothing, take_memory);

	if (result == ENOTSUP)
		test_skip("a sanitizer takes more than the limit");
	CHECK_EQ(result, ENOMEM);
}

static void a_folder_is_shared_by_wish(void)
{
	set_up();
	const struct confine_wishes wishes = { folder, FALSE };
	CHECK_EQ(confined(&wishes, read_secret), 0);
	CHECK_EQ(confined(&wishes, write_secret), 0);
	CHECK_EQ(confined(&wishes, make_file), 0);
}

static const struct test_case cases[] = {
	TEST(files_are_out_of_reach),     TEST(programs_and_servers_are_refused),
	TEST(what_it_needs_it_still_can), TEST(it_does_not_take_all_memory),
	TEST(a_folder_is_shared_by_wish),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", folder ? folder : "");

	return folder && system(command) ? 1 : status;
}
