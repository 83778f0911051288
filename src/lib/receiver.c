#include "lib/receiver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"

#define RETRY_NS (2 * NS_PER_MS) /* a mailbox was full */

void receiver_ring(struct receiver *self)
{
	account_ring(self->account);
}

/* The guest shall look at what we wrote now rather than with its next pulse. */
void receiver_knock(struct receiver *self)
{
	_Atomic uint32_t *word = wire_consumer_knock(self->source->consumer);
	if (word)
		wake_ring(word);
	else if (self->can_knock)
		hub_ring(&self->hub, self->guest_peer);
}

/* Hands on where the guest's pointer shall go; when its mailbox is full, the wish stays. */
static uint64_t move_cursor(struct receiver *self, uint64_t now)
{
	uint32_t serial;
	if (!atomic_exchange_explicit(&self->wishes.cursor, false, memory_order_acquire))
		return UINT64_MAX;
	uint64_t at = atomic_load_explicit(&self->wishes.cursor_at, memory_order_relaxed);
	int answer = wire_consumer_set_cursor(self->source->consumer, (int32_t)(uint32_t)at,
					      (int32_t)(uint32_t)(at >> 32), &serial);
	if (answer == WIRE_E_LOST)
		session_lost(self, now);
	if (answer == 0)
		receiver_knock(self);
	if (answer != WIRE_E_BUSY)
		return UINT64_MAX;
	atomic_store_explicit(&self->wishes.cursor, true, memory_order_relaxed);
	return now + RETRY_NS;
}

/* Told once: the wire repeats it in each session. */
static void pass_want(struct receiver *self)
{
	struct wishes *wishes = &self->wishes;
	if (!atomic_exchange_explicit(&wishes->want, false, memory_order_acquire))
		return;
	uint64_t size = atomic_load_explicit(&wishes->want_size, memory_order_relaxed);
	uint64_t rate = atomic_load_explicit(&wishes->want_rate, memory_order_relaxed);
	self->want = (struct wire_want){ .width = (uint32_t)size,
					 .height = (uint32_t)(size >> 32),
					 .scale = (uint32_t)rate,
					 .refresh = (uint32_t)(rate >> 32) };
	wire_consumer_want(self->source->consumer, &self->want);
	receiver_knock(self);
}

/* Everything there is to do now; returns when to come back. */
static uint64_t step(struct receiver *self, uint64_t now)
{
	session_check(self, now);
	pass_want(self);
	if (!self->live)
		return self->check_ns;
	if (atomic_load_explicit(&self->wishes.hidden, memory_order_acquire)) {
		intake_end(self);
		return self->check_ns;
	}
	if (atomic_exchange_explicit(&self->wishes.refresh, false, memory_order_acquire))
		intake_refresh(self);
	uint64_t retry = move_cursor(self, now);
	uint64_t look = intake_look(self, now);
	return min_u64(min_u64(look, retry), min_u64(session_listen(self, now), self->check_ns));
}

/* Can the guest wake us, and do we want it to? */
static bool listens(const struct receiver *self)
{
	return self->live && self->extended &&
	       !atomic_load_explicit(&self->wishes.hidden, memory_order_relaxed);
}

static void tell_wake(struct receiver *self)
{
	enum oriel_wake wake = !self->live              ? ORIEL_WAKE_NONE
			       : ear_relies(&self->ear) ? self->ear.armed
							: ORIEL_WAKE_PACING;
	if (!atomic_load_explicit(&self->wishes.hidden, memory_order_relaxed))
		atomic_store_explicit(&self->account->wake, wake, memory_order_relaxed);
}

/* Whoever rings between the two looks has done so after we armed, and ends the sleep. */
static uint64_t turn(struct receiver *self, uint64_t now)
{
	uint64_t until = step(self, now);
	if (listens(self) && ear_arm(&self->ear, self->source->consumer))
		until = step(self, clock_ns());
	tell_wake(self);
	return ear_sleep(&self->ear, until);
}

static void *run(void *data)
{
	struct receiver *self = data;
	uint64_t now = clock_ns();
	thread_precise_timers();
	for (;;) {
		ear_attend(&self->ear);
		if (atomic_load_explicit(&self->wishes.stop, memory_order_acquire))
			break;
		now = turn(self, now);
	}
	intake_end(self);
	receiver_knock(self);
	ear_forget(&self->ear);
	return NULL;
}

/* What the guest shall wake us for. */
static uint32_t news_of(const struct receiver *self)
{
	return (self->early ? WIRE_POSTED : WIRE_FILLED) | WIRE_POINTER;
}

void receiver_adopt(struct receiver *self, struct source *source)
{
	self->source = source;
	ear_forget(&self->ear);
	ear_listen(&self->ear, -1);
	wire_consumer_extend(source->consumer, self->boot_id.bytes);
	wire_consumer_wake_by(source->consumer, WIRE_WAKE_FUTEX, 0, 0, news_of(self));
	wire_consumer_want(source->consumer, &self->want);
}

void receiver_listen(struct receiver *self, const struct wire_session *session)
{
	uint16_t id = 0;
	int bell = session->futex ? -1 : hub_bell(&self->hub, &id);
	enum wire_wake kind = bell < 0 ? WIRE_WAKE_FUTEX : WIRE_WAKE_DOORBELL;
	wire_consumer_wake_by(self->source->consumer, kind, id, 0, news_of(self));
	ear_listen(&self->ear, bell);
	self->can_knock = session->extended && session->has_peer;
	self->guest_peer = session->peer;
}

/* A file is looked for again when it is replaced: keep our own copy of its name. */
static int remember_file(struct receiver *self, const struct receiver_place *place, struct err *err)
{
	self->path = place->path ? strdup(place->path) : NULL;
	if (place->path && !self->path)
		return err_set_errno(err, -ENOMEM, "cannot keep the name %s", place->path);
	self->fd = place->fd >= 0 ? dup(place->fd) : -1;
	if (place->fd >= 0 && self->fd < 0)
		return err_set_errno(err, -errno, "cannot duplicate the memory's descriptor");
	return 0;
}

static void forget_place(struct receiver *self)
{
	hub_close(&self->hub);
	free(self->path);
	if (self->fd >= 0)
		close(self->fd);
}

static int open_file(struct receiver *self, const struct receiver_place *place, struct err *err)
{
	int failed = remember_file(self, place, err);
	if (failed)
		return failed;
	return source_open(&self->source, self->path, self->fd, self->account, err);
}

/* What it sent is no memory: says whose fault that is. */
static int blame(const char *server, int failed, const struct err *why, struct err *err)
{
	return err_set(err, failed, "%s: what the ivshmem server shares will not do: %s",
		       server ? server : "the connection", why->text);
}

static int open_server(struct receiver *self, const struct receiver_place *place, struct err *err)
{
	struct err why = { 0 };
	int failed = account_open_bell(self->account);
	if (failed)
		return err_set_errno(err, failed, "cannot make an eventfd");
	failed = hub_open(&self->hub, place->server, place->server_fd, err);
	if (failed)
		return failed;
	failed = source_open(&self->source, NULL, hub_memory(&self->hub), self->account, &why);
	if (failed)
		return blame(place->server, failed, &why, err);
	hub_name(&self->hub, self->source->shm);
	return 0;
}

/* Finds the memory and leaves it in `source`. */
static int open_place(struct receiver *self, const struct receiver_place *place, struct err *err)
{
	bool server = place->server || place->server_fd >= 0;
	self->account = account_create();
	if (!self->account)
		return err_set_errno(err, -ENOMEM, "cannot keep accounts");
	ear_init(&self->ear, self->account);
	return server ? open_server(self, place, err) : open_file(self, place, err);
}

int receiver_start(struct receiver *self, const struct receiver_place *place, bool early,
		   struct err *err)
{
	*self = (struct receiver){
		.early = early, .fd = -1, .quiet_start = true, .boot_id = wake_boot_id()
	};
	int failed = outbox_init(&self->outbox);
	if (failed)
		return err_set_errno(err, failed, "cannot make an eventfd");
	failed = open_place(self, place, err);
	if (failed)
		goto forget;
	receiver_adopt(self, self->source);
	self->started_ns = clock_ns();
	self->reopen_ns = self->started_ns + NS_PER_S;
	failed = thread_start(&self->thread, "oriel-receiver", run, self);
	if (!failed)
		return 0;
	err_set_errno(err, failed, "cannot start a thread");
	source_unref(self->source);
forget:
	account_unref(self->account);
	forget_place(self);
	outbox_finish(&self->outbox);
	return failed;
}

void receiver_stop(struct receiver *self)
{
	atomic_store_explicit(&self->wishes.stop, true, memory_order_release);
	receiver_ring(self);
	pthread_join(self->thread, NULL);
	outbox_finish(&self->outbox);
	dmabufs_unref(self->dmabufs);
	source_unref(self->source);
	account_unref(self->account);
	forget_place(self);
}
