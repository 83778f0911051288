/* guest/waker.h - a nap that any thread can end.
 *
 * One thread naps, any thread (a signal handler, too) wakes. A wake before the nap is kept, so none
 * is lost; several wakes count as one.
 */
#ifndef GUEST_WAKER_H
#define GUEST_WAKER_H

#include <stdint.h>

#define WAKER_FOREVER UINT64_MAX

struct waker {
	int fd; /* readable while a wake is due; for those who wait on more than one thing */
};

/* 0 or a negative errno. */
int waker_init(struct waker *self);
void waker_finish(struct waker *self);

/* Never blocks; async-signal-safe. */
void waker_wake(struct waker *self);

enum waker_cause { WAKER_WOKEN = 1, WAKER_READABLE = 2 };

/* Blocks until woken, until `also` (a descriptor, or -1) is readable or broken, or until clock_ns()
 * reaches `deadline_ns`. Returns enum waker_cause bits, 0 at the deadline. Takes the wake. */
unsigned waker_wait(struct waker *self, int also, uint64_t deadline_ns);

#endif
