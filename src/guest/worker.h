/* guest/worker.h - one of the session's threads: started, told about the audience, ended, joined.
 *
 * The pulse thread tells, the worker's own thread asks, the session starts and stops.
 */
#ifndef GUEST_WORKER_H
#define GUEST_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest/waker.h"

/* Why a worker's run() returned; the larger, the more has to be built anew. */
enum worker_end {
	WORKER_ASKED,  /* worker_stop() */
	WORKER_RESIZE, /* the picture wants other slots */
	WORKER_SPOILT, /* the session in the memory is unusable (WIRE_E_LOST) */
	WORKER_BLIND,  /* the screen is gone (CAPTURE_E_LOST) */
	WORKER_BROKEN, /* something that trying again will not cure */
};

struct worker {
	pthread_t thread;
	struct waker waker;  /* the worker naps on it */
	struct waker *ended; /* woken when run() returns */
	enum worker_end (*run)(struct worker *self);
	_Atomic bool stop, running; /* session -> worker, worker -> session */
	_Atomic bool watched;       /* pulse -> worker: somebody looks */
	_Atomic bool newcomer;      /* pulse -> worker: show again; the worker clears it */
	_Atomic bool starved;       /* worker -> pulse: naps until somebody makes room */
	enum worker_end end;        /* valid after worker_stop() */
};

/* Starts run(self) in a thread called `name`. 0 or a negative errno. */
int worker_start(struct worker *self, const char *name, enum worker_end (*run)(struct worker *self),
		 struct waker *ended);

/* Asks, waits for the thread, says why it ended. Harmless on a worker that was never started (all
 * bytes 0): WORKER_ASKED. */
enum worker_end worker_stop(struct worker *self);

/* Pulse thread: who looks now. Wakes the worker if that is news. */
void worker_tell(struct worker *self, bool watched, bool newcomer);

/* The worker's own thread: it naps until somebody makes room (true), or does not any more. */
static inline void worker_starve(struct worker *self, bool starved)
{
	atomic_store_explicit(&self->starved, starved, memory_order_relaxed);
}

/* Pulse thread: somebody knocked; ends the nap of a starved worker. A knock that just misses the
 * nap costs one look. */
void worker_knock(struct worker *self);

/* worker_stop() in two, for a worker that needs more than its waker to notice. */
static inline void worker_ask(struct worker *self)
{
	atomic_store_explicit(&self->stop, true, memory_order_release);
}

static inline bool worker_stopping(struct worker *self)
{
	return atomic_load_explicit(&self->stop, memory_order_acquire);
}

static inline bool worker_running(struct worker *self)
{
	return atomic_load_explicit(&self->running, memory_order_acquire);
}

static inline bool worker_watched(struct worker *self)
{
	return atomic_load_explicit(&self->watched, memory_order_acquire);
}

static inline bool worker_take_newcomer(struct worker *self)
{
	return atomic_exchange_explicit(&self->newcomer, false, memory_order_acq_rel);
}

#endif
