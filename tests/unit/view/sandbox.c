/* What a viewer can still do in its sandbox, tried in a process of its own. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"
#include "view/sandbox/enter.h"
#include "view/settings/settings.h"

static char *home, *memory, *secret, *unix_path;
static uint16_t port;

static char *written(const char *folder, const char *name)
{
	char *path = g_build_filename(folder, name, NULL);

	g_assert_true(g_file_set_contents(path, "words", -1, NULL));
	return path;
}

static int listening(int domain, const void *address, socklen_t size)
{
	int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_assert_cmpint(bind(fd, address, size), ==, 0);
	g_assert_cmpint(listen(fd, 4), ==, 0);
	return fd;
}

/* A home with a secret, memory elsewhere, servers on TCP and on a socket. */
static void set_up(void)
{
	struct sockaddr_in tcp = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(tcp);

	home = g_dir_make_tmp("oriel-sandbox-XXXXXX", NULL);
	g_autofree char *shm = g_build_filename(home, "shm", NULL);
	g_mkdir(shm, 0700);
	memory = written(shm, "memory");
	secret = written(home, "secret");
	unix_path = g_build_filename(home, "socket", NULL);
	g_strlcpy(local.sun_path, unix_path, sizeof(local.sun_path));
	listening(AF_UNIX, &local, sizeof(local));
	int fd = listening(AF_INET, &tcp, sizeof(tcp));
	g_assert_cmpint(getsockname(fd, (struct sockaddr *)&tcp, &size), ==, 0);
	port = tcp.sin_port;
}

/* ---- deeds: 0, or what stopped them ---- */

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int read_secret(void)
{
	return opened(secret, O_RDONLY);
}

static int make_file(void)
{
	g_autofree char *path = g_build_filename(home, "new", NULL);

	return opened(path, O_CREAT | O_WRONLY);
}

static int run_program(void)
{
	execl("/bin/true", "true", NULL);
	return errno;
}

static int connected(int domain, const void *address, socklen_t size)
{
	int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, address, size))
		return errno;
	close(fd);
	return 0;
}

static int connect_tcp(void)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = port,
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return connected(AF_INET, &address, sizeof(address));
}

static int make_udp(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) < 0 ? errno : 0;
}

static int connect_unix(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	g_strlcpy(address.sun_path, unix_path, sizeof(address.sun_path));
	return connected(AF_UNIX, &address, sizeof(address));
}

static int trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? errno : 0;
}

static int start_process(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child < 0 ? errno : 0;
}

static int signal_parent(void)
{
	return kill(getppid(), 0) ? errno : 0;
}

static int enter_namespace(void)
{
	return syscall(SYS_unshare, CLONE_NEWUSER) ? errno : 0;
}

static int add_key(void)
{
	return syscall(SYS_keyctl, 0, 0, 0, 0, 0) < 0 ? errno : 0;
}

/* Here and not allowed to: EPERM. Not here, or wrong arguments: something else. */
static int use_uring(void)
{
	return syscall(SYS_io_uring_setup, 0, NULL) < 0 ? errno : 0;
}

static void *nothing(void *data)
{
	return data;
}

static int start_thread(void)
{
	pthread_t thread;
	int failed = pthread_create(&thread, NULL, nothing, NULL);

	return failed ? failed : pthread_join(thread, NULL);
}

/* What a compiler of shaders does. */
static int map_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	return at == MAP_FAILED ? errno : munmap(at, 4096);
}

static int load_library(void)
{
	return opened("/etc/ld.so.cache", O_RDONLY);
}

/* The machine ended and made the file anew: a parent outside does that. */
static sem_t *turn;

static int open_new_memory(void)
{
	sem_post(&turn[0]);
	sem_wait(&turn[1]);
	return opened(memory, O_RDWR);
}

/* ---- the process ---- */

/* In the child, which leaves no case of the test. */
static void enter(const char *line)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	struct options options;

	if (options_parse(&options, (int)g_strv_length(argv), argv, &error) == OPTIONS_RUN &&
	    sandbox_begin(&options, NULL, &error) && sandbox_complete(&options, &error))
		return;
	printf("# %s\n", error->message);
	fflush(stdout);
	_exit(98);
}

static void remake_memory(void)
{
	sem_wait(&turn[0]);
	g_unlink(memory);
	g_file_set_contents(memory, "anew", -1, NULL);
	sem_post(&turn[1]);
}

/* What `deed` comes to in a viewer that was started like that. */
static int tried(int (*deed)(void), const char *mode)
{
	g_autofree char *line = g_strdup_printf("oriel-view --memory=%s --sandbox=%s", memory,
						mode);
	int status;
	pid_t child = fork();

	if (child == 0) {
		alarm(20);
		enter(line);
		_exit(deed());
	}
	if (deed == open_new_memory)
		remake_memory();
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

struct deed {
	const char *name;
	int (*run)(void);
};
#define DEED(f)                                                                                    \
	{                                                                                          \
#f, f                                                                              \
	}

static const struct deed by_files[] = { DEED(read_secret), DEED(make_file) };
static const struct deed by_calls[] = {
	DEED(make_udp), DEED(signal_parent), DEED(enter_namespace), DEED(add_key), DEED(use_uring),
};
static const struct deed by_both[] = { DEED(run_program), DEED(connect_tcp) };
static const struct deed kept[] = {
	DEED(connect_unix), DEED(start_thread),    DEED(map_code),
	DEED(load_library), DEED(open_new_memory), DEED(start_process),
};

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static int close_calls(void)
{
	return sandbox_close_calls(0) == -ENOSYS;
}

/* To be asked in a process that may be spoilt. */
static bool has_seccomp(void)
{
	return tried(close_calls, "off") == 0;
}

static void check_refused(const struct deed *deeds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int result = tried(deeds[i].run, "auto");
		if (result != EPERM && result != EACCES)
			test_fail("%s: %s", deeds[i].name, strerror(result));
	}
}

static void without_it_everything_works(void)
{
	CHECK_EQ(tried(read_secret, "off"), 0);
	CHECK_EQ(tried(make_file, "off"), 0);
	CHECK_EQ(tried(run_program, "off"), 0);
	CHECK_EQ(tried(connect_tcp, "off"), 0);
	CHECK_EQ(tried(make_udp, "off"), 0);
	CHECK_EQ(tried(signal_parent, "off"), 0);
}

static void other_files_are_out_of_reach(void)
{
	if (!has_landlock())
		test_skip("this kernel has no Landlock");
	check_refused(by_files, ARRAY_LEN(by_files));
}

static void dangerous_calls_are_refused(void)
{
	if (!has_seccomp())
		test_skip("built without libseccomp");
	check_refused(by_calls, ARRAY_LEN(by_calls));
#ifndef SANDBOX_KEEPS_PTRACE
	CHECK_EQ(tried(trace, "auto"), EPERM);
#endif
}

static void programs_and_tcp_are_refused(void)
{
	if (!has_seccomp())
		test_skip("built without libseccomp");
	check_refused(by_both, ARRAY_LEN(by_both));
}

static void what_a_viewer_does_it_still_can(void)
{
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		int result = tried(kept[i].run, "auto");
		if (result)
			test_fail("%s: %s", kept[i].name, strerror(result));
	}
}

/* Each half alone, or one could be broken behind the other. */
static int files_only(int (*deed)(void))
{
	struct sandbox_files files;
	int status;
	pid_t child = fork();

	if (child == 0) {
		sandbox_files_init(&files);
		_exit(sandbox_close_files(&files) < 0 ? 99 : deed());
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static int calls_only(int (*deed)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(sandbox_close_calls(0) ? 99 : deed());
	CHECK_EQ(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static void either_half_stops_programs(void)
{
	if (!has_seccomp())
		test_skip("built without libseccomp");
	CHECK_EQ(calls_only(run_program), EPERM);
	CHECK_EQ(calls_only(connect_tcp), EACCES);
	CHECK_EQ(calls_only(read_secret), 0);
	if (!has_landlock())
		test_skip("this kernel has no Landlock");
	CHECK_EQ(files_only(run_program), EACCES);
	CHECK_EQ(files_only(read_secret), EACCES);
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 4)
		test_skip("this kernel's Landlock leaves TCP open");
	CHECK_EQ(files_only(connect_tcp), EACCES);
}

static void strict_closes_processes_and_sockets(void)
{
	if (!has_seccomp())
		test_skip("built without libseccomp");
	if (!has_landlock())
		test_skip("this kernel has no Landlock");
	CHECK_EQ(tried(connect_unix, "strict"), EACCES);
	CHECK_EQ(tried(start_thread, "strict"), 0);
	CHECK_EQ(tried(open_new_memory, "strict"), 0);
#ifndef SANDBOX_KEEPS_PTRACE
	CHECK_EQ(tried(start_process, "strict"), EPERM);
#endif
}

/* A thread that runs since before. */
static void *wait_and_try(void *data)
{
	sem_t *turns = data;

	sem_wait(&turns[0]);
	_exit(make_udp());
	return NULL;
}

static int thread_from_before(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, wait_and_try, turn);
	if (sandbox_close_calls(0))
		return 99;
	sem_post(&turn[0]);
	pause();
	return 0;
}

static void threads_of_before_are_in_it(void)
{
	int status;

	if (!has_seccomp())
		test_skip("built without libseccomp");
	pid_t child = fork();

	if (child == 0)
		_exit(thread_from_before());
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(WEXITSTATUS(status), EACCES);
}

static const struct test_case cases[] = {
	TEST(without_it_everything_works),         TEST(other_files_are_out_of_reach),
	TEST(dangerous_calls_are_refused),         TEST(programs_and_tcp_are_refused),
	TEST(either_half_stops_programs),          TEST(what_a_viewer_does_it_still_can),
	TEST(strict_closes_processes_and_sockets), TEST(threads_of_before_are_in_it),
};

int main(int argc, char **argv)
{
	turn = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sem_init(&turn[0], 1, 0);
	sem_init(&turn[1], 1, 0);
	set_up();
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
