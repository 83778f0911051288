#include "lib/receiver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"

#define REST_NS  (50 * NS_PER_MS) /* without a guest, or while nobody looks */
#define RETRY_NS (2 * NS_PER_MS)  /* a mailbox was full */
#define SPIN_NS  (20 * NS_PER_US) /* shorter waits are not worth a nap */

static void nap(struct receiver *self, uint64_t until_ns)
{
	struct timespec at = { (time_t)(until_ns / NS_PER_S), (long)(until_ns % NS_PER_S) };
	pthread_mutex_lock(&self->lock);
	while (!self->rung && pthread_cond_timedwait(&self->bell, &self->lock, &at) == 0)
		;
	self->rung = false;
	pthread_mutex_unlock(&self->lock);
	account_add(self->account, ACCOUNT_WAKEUPS);
}

static void wait_until(struct receiver *self, uint64_t until_ns)
{
	uint64_t now = clock_ns();
	if (until_ns > now + SPIN_NS)
		nap(self, until_ns);
	else
		for (; now < until_ns; now = clock_ns())
			cpu_relax();
}

void receiver_ring(struct receiver *self)
{
	pthread_mutex_lock(&self->lock);
	self->rung = true;
	pthread_cond_signal(&self->bell);
	pthread_mutex_unlock(&self->lock);
}

/* Hands on where the guest's pointer shall go; when its mailbox is full, the wish stays. */
static uint64_t move_cursor(struct receiver *self, uint64_t now)
{
	uint32_t serial;
	if (!atomic_exchange_explicit(&self->wishes.cursor, false, memory_order_acquire))
		return now + REST_NS;
	uint64_t at = atomic_load_explicit(&self->wishes.cursor_at, memory_order_relaxed);
	int answer = wire_consumer_set_cursor(self->source->consumer, (int32_t)(uint32_t)at,
					      (int32_t)(uint32_t)(at >> 32), &serial);
	if (answer == WIRE_E_LOST)
		session_lost(self, now);
	if (answer != WIRE_E_BUSY)
		return now + REST_NS;
	atomic_store_explicit(&self->wishes.cursor, true, memory_order_relaxed);
	return now + RETRY_NS;
}

/* Everything there is to do now; returns when to come back. */
static uint64_t step(struct receiver *self, uint64_t now)
{
	session_check(self, now);
	if (!self->live)
		return now + REST_NS;
	if (atomic_load_explicit(&self->wishes.hidden, memory_order_acquire)) {
		intake_end(self);
		return now + REST_NS;
	}
	if (atomic_exchange_explicit(&self->wishes.refresh, false, memory_order_acquire))
		intake_refresh(self);
	uint64_t retry = move_cursor(self, now);
	uint64_t look = intake_look(self, now);
	return min_u64(min_u64(look, retry), self->check_ns);
}

static void *run(void *data)
{
	struct receiver *self = data;
	thread_precise_timers();
	while (!atomic_load_explicit(&self->wishes.stop, memory_order_acquire))
		wait_until(self, step(self, clock_ns()));
	intake_end(self);
	return NULL;
}

static void init_bell(struct receiver *self)
{
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&self->bell, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&self->lock, NULL);
}

static void finish_bell(struct receiver *self)
{
	pthread_cond_destroy(&self->bell);
	pthread_mutex_destroy(&self->lock);
}

/* The place is looked for again when the region is replaced: keep our own copy of its name. */
static int remember_place(struct receiver *self, const char *path, int fd, struct err *err)
{
	self->path = path ? strdup(path) : NULL;
	if (path && !self->path)
		return err_set_errno(err, -ENOMEM, "cannot keep the name %s", path);
	self->fd = fd >= 0 ? dup(fd) : -1;
	if (fd >= 0 && self->fd < 0)
		return err_set_errno(err, -errno, "cannot duplicate the memory's descriptor");
	return 0;
}

static void forget_place(struct receiver *self)
{
	free(self->path);
	if (self->fd >= 0)
		close(self->fd);
}

int receiver_start(struct receiver *self, const char *path, int fd, bool early, struct err *err)
{
	*self = (struct receiver){ .early = early, .fd = -1, .quiet_start = true };
	int failed = outbox_init(&self->outbox);
	if (failed)
		return err_set_errno(err, failed, "cannot make an eventfd");
	init_bell(self);
	failed = remember_place(self, path, fd, err);
	if (failed)
		goto forget;
	self->account = account_create();
	failed = -ENOMEM;
	if (!self->account)
		goto forget;
	failed = source_open(&self->source, path, fd, self->account, err);
	if (failed)
		goto unref_account;
	self->started_ns = clock_ns();
	self->reopen_ns = self->started_ns + NS_PER_S;
	failed = thread_start(&self->thread, "oriel-receiver", run, self);
	if (!failed)
		return 0;
	err_set_errno(err, failed, "cannot start a thread");
	source_unref(self->source);
unref_account:
	account_unref(self->account);
forget:
	forget_place(self);
	finish_bell(self);
	outbox_finish(&self->outbox);
	return failed;
}

void receiver_stop(struct receiver *self)
{
	atomic_store_explicit(&self->wishes.stop, true, memory_order_release);
	receiver_ring(self);
	pthread_join(self->thread, NULL);
	outbox_finish(&self->outbox);
	source_unref(self->source);
	account_unref(self->account);
	forget_place(self);
	finish_bell(self);
}
