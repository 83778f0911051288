#include "bench/child.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

/* A fork that dies with its parent, also when that went away before it could say so. */
static pid_t fork_tied(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
		_exit(127);
	return pid;
}

/* Relative to this program's directory. */
static const char *const places[] = { "%s/%s",
				      "%s/../share/oriel/demo/%s",
				      "%s/../view/%s",
				      "%s/../guest/%s",
				      "%s/../vm/%s",
				      "%s/../spice/%s",
				      "%s/../../data/demo/%s" };

void child_find(char *out, size_t length, const char *given, const char *name)
{
	char own[PATH_MAX] = "";

	snprintf(out, length, "%s", given ? given : name);
	if (given || readlink("/proc/self/exe", own, sizeof(own) - 1) <= 0)
		return;
	*strrchr(own, '/') = '\0';
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		int used = snprintf(out, length, places[i], own, name);
		if (used > 0 && (size_t)used < length && access(out, R_OK) == 0)
			return;
	}
	snprintf(out, length, "%s", name);
}

pid_t child_start(char *const argv[], const char *display, int output)
{
	pid_t pid = fork_tied();

	if (pid != 0)
		return pid;
	int null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(output < 0 ? null : output, STDOUT_FILENO);
	dup2(output < 0 ? null : output, STDERR_FILENO);
	if (display)
		setenv("DISPLAY", display, 1);
	unsetenv("WAYLAND_DISPLAY"); /* programs would prefer it */
	unsetenv("WAYLAND_SOCKET");
	unsetenv("XDG_SESSION_TYPE");
	execvp(argv[0], argv);
	_exit(127);
}

pid_t child_fork(int (*run)(void *data), void *data)
{
	pid_t pid = fork_tied();

	if (pid == 0)
		_exit(run(data));
	return pid;
}

void child_stop(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	for (int i = 0; i < 100 && waitpid(pid, NULL, WNOHANG) == 0; i++)
		usleep(10000);
	if (kill(pid, 0) == 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

bool child_alive(pid_t pid)
{
	siginfo_t ended = { 0 };

	return pid > 0 && waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       ended.si_pid == 0;
}
