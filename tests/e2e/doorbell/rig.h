/* What the tests with an ivshmem server and a machine have in common: starting both, ending both,
 * and the way to the server. There is one machine at a time. */
#ifndef TESTS_DOORBELL_RIG_H
#define TESTS_DOORBELL_RIG_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "shm/ivshmem_peer.h"
#include "shm/shm.h"
#include "test.h"

#define BOOT_NS     (60 * NS_PER_S)
#define PATIENCE_NS (20 * NS_PER_S)
#define LIFE_S      120 /* of each program we start, whatever happens */

static char work[64], socket_path[96], initrd[96], kernel[512], chardev[512];
static pid_t server, machine;
static struct err err;

/* How many samples: what figures of doc/doorbell.md need takes its time with ORIEL_LONG=1. */
static unsigned figures(unsigned brief, unsigned full)
{
	return getenv("ORIEL_LONG") ? full : brief;
}

/* ---- programs ---- */

static void limit_life(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIFE_S);
}

static pid_t spawn(char *const *argv)
{
	pid_t child = fork();

	if (child == 0) {
		limit_life();
		execvp(argv[0], argv);
		printf("# cannot run %s: %s\n", argv[0], strerror(errno));
		fflush(stdout);
		_exit(127);
	}
	return child;
}

static void end(pid_t *pid, int signal)
{
	if (*pid > 0) {
		kill(*pid, signal);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

/* The first line of what a command prints that begins with `start`. */
static void ask(const char *command, const char *start, char *out, size_t length)
{
	char line[512];
	FILE *output = popen(command, "r");

	out[0] = '\0';
	while (output && fgets(line, sizeof(line), output)) {
		line[strcspn(line, "\n")] = '\0';
		if (!out[0] && strncmp(line, start, strlen(start)) == 0)
			snprintf(out, length, "%s", line);
	}
	int status = output ? pclose(output) : -1;
	if (status != 0 || !out[0])
		test_skip("no guest to boot here: \"%s\" ends with %d", command, status);
}

/* `kind` is image.sh's, the same in all of a test's cases. */
static void make_guest(const char *kind)
{
	char command[1024];

	if (system("qemu-system-x86_64 --version >/dev/null 2>&1") != 0)
		test_skip("qemu-system-x86_64 is not installed");
	if (kernel[0])
		return;
	snprintf(command, sizeof(command), "timeout %d sh '%s' %s '%s'", LIFE_S, getenv("IMAGE"),
		 kind, initrd);
	ask(command, "/", kernel, sizeof(kernel));
	snprintf(command, sizeof(command), "'%s' shmd --socket '%s' --vectors 2 --print-qemu",
		 getenv("ORIEL"), socket_path);
	ask(command, "-chardev", chardev, sizeof(chardev));
}

static void start_server(void)
{
	char *argv[] = { getenv("ORIEL"),  (char *)"shmd",      (char *)"--socket",
			 socket_path,      (char *)"--vectors", (char *)"2",
			 (char *)"--size", (char *)"64M",       NULL };

	end(&machine, SIGKILL);
	end(&server, SIGTERM);
	server = spawn(argv);
}

/* `devices` come before ours, `append` is for the guest's kernel, `command` what its init runs. */
static void start_machine(const char *devices, const char *append, const char *command)
{
	char script[2048];
	char *argv[] = { (char *)"sh", (char *)"-c", script, NULL };

	snprintf(
		script, sizeof(script),
		"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -m 192 "
		"-nodefaults -no-user-config -display none -serial 'file:%s/serial' "
		"-kernel '%s' -initrd '%s' %s %s "
		"-append 'quiet console=ttyS0 tsc=reliable tsc_early_khz=%u no_timer_check mitigations=off "
		"panic=-1 %s -- %s'",
		work, kernel, initrd, devices, chardev, clock_tsc_khz(), append, command);
	machine = spawn(argv);
}

/* Fails the case if it has ended. */
static void check_machine(void)
{
	if (waitpid(machine, NULL, WNOHANG) == machine) {
		machine = 0;
		test_fail("the machine ended before its guest was ready");
	}
}

/* ---- the server ---- */

static void greet(struct ivshmem_peer *peer)
{
	if (ivshmem_peer_dispatch(peer, &err) < 0)
		test_fail("%s", err.text);
}

/* A peer that has its memory and its own bells. */
static struct ivshmem_peer *join_server(struct shm **shm)
{
	struct ivshmem_peer *peer;
	int result = -1;

	for (uint64_t until = clock_ns() + PATIENCE_NS; result < 0 && clock_ns() < until;) {
		result = ivshmem_peer_connect(&peer, socket_path, &err);
		clock_sleep(result < 0 ? 5 * NS_PER_MS : 0);
	}
	if (result < 0)
		test_fail("%s", err.text);
	while (ivshmem_peer_own(peer)->count < 2) {
		struct pollfd fd = { ivshmem_peer_fd(peer), POLLIN, 0 };
		CHECK_EQ(poll(&fd, 1, 5000), 1);
		greet(peer);
	}
	CHECK_EQ(shm_open_fd(shm, ivshmem_peer_memory(peer), &err), 0);
	CHECK_EQ((*shm)->size, 64u << 20);
	return peer;
}

/* ---- the whole test ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static int rig_main(int argc, char **argv, const struct test_case *cases, size_t count)
{
	snprintf(work, sizeof(work), "/tmp/oriel-doorbell-XXXXXX");
	if (!mkdtemp(work))
		return 1;
	snprintf(socket_path, sizeof(socket_path), "%s/socket", work);
	snprintf(initrd, sizeof(initrd), "%s/initrd", work);
	int status = test_main(argc, argv, cases, count);
	end(&machine, SIGKILL);
	end(&server, SIGTERM);
	nftw(work, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return status;
}

#endif
