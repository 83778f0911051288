#include "vm/helper/deed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vm/helper/hooks.h"
#include "vm/helper/place.h"

/* SIGTERM, which is blocked in ourselves, must not be so in programs. What we have not begun when
 * we are killed is not begun any more. */
static void become_plain(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int wait_for(pid_t child, int ms)
{
	struct pollfd ended = { (int)syscall(SYS_pidfd_open, child, 0), POLLIN, 0 };
	int status = 0, ready;

	/* Signals do not end this: those that are ours to heed are blocked. */
	while ((ready = poll(&ended, 1, hook_patience(ms))) < 0 && errno == EINTR)
		;
	close(ended.fd);
	if (ready <= 0) {
		kill(child, SIGKILL);
		return ETIMEDOUT;
	}
	if (waitpid(child, &status, 0) != child)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int deed_do(int (*deed)(const void *data), const void *data, int ms)
{
	pid_t child = fork();

	if (child == 0) {
		become_plain();
		_exit(deed(data));
	}
	return child < 0 ? errno : wait_for(child, ms);
}

static int be_program(const void *data)
{
	static const char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C",
						   NULL };
	const char *const *argv = data;
	char path[PLACE_LENGTH];
	int nothing = open("/dev/null", O_RDWR);

	for (int fd = 0; nothing >= 0 && fd <= 2; fd++)
		dup2(nothing, fd);
	place(path, "%s", argv[0]);
	execve(path, (char *const *)argv, (char *const *)environment);
	return 127;
}

int deed_run(const char *const *argv)
{
	hook_step();
	int result = deed_do(be_program, argv, DEED_PROGRAM_MS);
	hook_step();
	return result;
}
