#include "vm/helper/steady.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"

/* A small enough one would end us between two steps. */
static void take_limits_off(void)
{
	static const int limits[] = { RLIMIT_AS,    RLIMIT_CPU,   RLIMIT_DATA,
				      RLIMIT_FSIZE, RLIMIT_NPROC, RLIMIT_STACK };
	static const struct rlimit files = { 1024, 4096 };

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		setrlimit(limits[i], &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
}

/* Ctrl-C and a terminal that closes are `oriel up`'s to heed: when it ends, we give back. */
static void take_signals_back(void)
{
	static const int ignored[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM,
				       SIGXFSZ, SIGTSTP, SIGTTIN, SIGTTOU };
	sigset_t mask;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	setitimer(ITIMER_VIRTUAL, &(struct itimerval){ 0 }, NULL);
	setitimer(ITIMER_PROF, &(struct itimerval){ 0 }, NULL);
}

void steady(void)
{
	/* Otherwise a file of ours might become what somebody believes to be the terminal. */
	while (fcntl(2, F_GETFD) < 0 && open("/dev/null", O_RDWR) >= 0)
		;
	syscall(SYS_close_range, 3u, ~0u, 0u);
	clearenv();
	umask(077);
	if (chdir("/") != 0)
		abort();
	take_limits_off();
	take_signals_back();
}
