#include "spice/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "spice/confine.h"
#include "spice/opener.h"
#include "spice/watchdog.h"

#define NAP_MIN_NS  (100 * NS_PER_MS)
#define NAP_MAX_NS  (5 * NS_PER_S)
#define LONG_NS     (10 * NS_PER_S) /* who lived so long did not fall over at its start */
#define HANG_S      20              /* no word of a server takes so long */
#define FAREWELL_MS 2000            /* to release keys and hang up */

static void work(int fd, const struct service_secrets *secrets)
{
	const struct confine_wishes wishes = { secrets->share.folder, secrets->share.usb != NULL };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!secrets->unconfined)
		confine(&wishes);
	watchdog_start(HANG_S);
	int result = service_run(fd, secrets);

	exit(result < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* Until the worker has ended; one that outlives the viewer is ended. */
static int wait_for(pid_t worker, int fd)
{
	struct pollfd wait[2] = { { .fd = pidfd_open(worker, 0), .events = POLLIN },
				  { .fd = fd, .events = 0 } }; /* POLLHUP is always told */
	int status = 0;

	if (wait[0].fd >= 0) {
		while (poll(wait, 2, -1) < 0 && errno == EINTR)
			;
		if (!(wait[0].revents & POLLIN) && poll(wait, 1, FAREWELL_MS) == 0)
			kill(worker, SIGKILL);
		close(wait[0].fd);
	}
	while (waitpid(worker, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static bool viewer_left(int fd)
{
	struct pollfd wait = { .fd = fd };

	return poll(&wait, 1, 0) != 0;
}

static int keep(int fd, const struct service_secrets *secrets)
{
	uint64_t nap = NAP_MIN_NS;

	while (!viewer_left(fd)) {
		uint64_t born = clock_ns();
		pid_t worker = fork();

		if (worker < 0)
			return -errno;
		if (worker == 0)
			work(fd, secrets);
		int status = wait_for(worker, fd);
		if (WIFEXITED(status))
			return WEXITSTATUS(status) ? -EPROTO : 0;
		log_warn("the worker was killed by signal %d", WTERMSIG(status));
		nap = clock_ns() - born > LONG_NS ? NAP_MIN_NS : nap;
		if (!viewer_left(fd))
			clock_sleep(nap);
		nap = min_u64(nap * 2, NAP_MAX_NS);
	}
	return 0;
}

/* Before the first worker, and with nothing of its: who parses asks nobody for files. */
static void start_opener(int fd, int opener, bool trusting)
{
	pid_t child = opener >= 0 ? fork() : -1;

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "oriel-opener");
		close(fd);
		exit(opener_run(opener, trusting) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	if (child < 0 && opener >= 0)
		log_warn("no files for the guest: %s", strerror(errno));
	if (opener >= 0)
		close(opener);
}

int keeper_run(int fd, int opener, const struct service_secrets *secrets)
{
	start_opener(fd, opener, secrets->unconfined);
	return keep(fd, secrets);
}
