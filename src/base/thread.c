#include "base/thread.h"

#include <signal.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

int thread_start(pthread_t *out, const char *name, void *(*run)(void *data), void *data)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(out, NULL, run, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed)
		return -failed;
#ifdef __linux__
	pthread_setname_np(*out, name);
#else
	(void)name;
#endif
	return 0;
}

void thread_precise_timers(void)
{
#ifdef __linux__
	prctl(PR_SET_TIMERSLACK, 1000ul);
#endif
}
