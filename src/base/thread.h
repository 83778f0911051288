/* base/thread.h - what POSIX threads leave to the caller. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* Starts `run(data)` with all signals blocked (they belong to main) and `name` (at most 15
 * characters) as seen in top. 0 or a negative errno; the caller joins. */
int thread_start(pthread_t *out, const char *name, void *(*run)(void *data), void *data);

/* Lets the calling thread's naps end within about 1 us of what was asked, instead of the kernel's
 * default 50 us. Costs nothing while it sleeps long. */
void thread_precise_timers(void);

#endif
