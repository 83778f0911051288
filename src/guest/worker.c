#include "guest/worker.h"

#include "base/thread.h"

static void *thread_main(void *data)
{
	struct worker *self = data;
	self->end = self->run(self);
	atomic_store_explicit(&self->running, false, memory_order_release);
	waker_wake(self->ended);
	return NULL;
}

int worker_start(struct worker *self, const char *name, enum worker_end (*run)(struct worker *self),
		 struct waker *ended)
{
	int failed = waker_init(&self->waker);
	if (failed)
		return failed;
	self->run = run;
	self->ended = ended;
	self->end = WORKER_ASKED;
	atomic_init(&self->stop, false);
	atomic_init(&self->running, true);
	atomic_init(&self->watched, false);
	atomic_init(&self->newcomer, false);
	atomic_init(&self->starved, false);
	failed = thread_start(&self->thread, name, thread_main, self);
	if (failed) {
		waker_finish(&self->waker);
		self->run = NULL;
	}
	return failed;
}

enum worker_end worker_stop(struct worker *self)
{
	if (!self->run)
		return WORKER_ASKED;
	worker_ask(self);
	waker_wake(&self->waker);
	pthread_join(self->thread, NULL);
	waker_finish(&self->waker);
	self->run = NULL;
	return self->end;
}

void worker_tell(struct worker *self, bool watched, bool newcomer)
{
	bool before = atomic_exchange_explicit(&self->watched, watched, memory_order_acq_rel);
	if (newcomer)
		atomic_store_explicit(&self->newcomer, true, memory_order_release);
	if (newcomer || watched != before)
		waker_wake(&self->waker);
}

void worker_knock(struct worker *self)
{
	if (atomic_load_explicit(&self->starved, memory_order_relaxed))
		waker_wake(&self->waker);
}
