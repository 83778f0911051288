#include "guest/pointer.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

void pointer_init(struct pointer *self, struct capture *capture, struct wire_producer *producer,
		  struct ringer *ringer)
{
	memset(self, 0, sizeof(*self));
	self->capture = capture;
	self->producer = producer;
	self->ringer = ringer;
}

void pointer_wish(struct pointer *self, int32_t x, int32_t y)
{
	atomic_store_explicit(&self->wish, (uint64_t)(uint32_t)y << 32 | (uint32_t)x,
			      memory_order_relaxed);
	/* Partner: grant(). */
	atomic_store_explicit(&self->wished, true, memory_order_release);
	waker_wake(&self->worker.waker);
}

static enum worker_end capture_failed(int answer)
{
	if (answer > 0)
		return WORKER_BLIND;
	log_error("pointer: %s", strerror(-answer));
	return WORKER_BROKEN;
}

static enum worker_end grant(struct pointer *self)
{
	if (!atomic_exchange_explicit(&self->wished, false, memory_order_acquire))
		return WORKER_ASKED;
	uint64_t wish = atomic_load_explicit(&self->wish, memory_order_relaxed);
	int answer = capture_warp(self->capture, (int32_t)(uint32_t)wish, (int32_t)(wish >> 32));
	return answer == CAPTURE_E_LOST ? WORKER_BLIND : WORKER_ASKED;
}

static enum worker_end repost(struct pointer *self)
{
	self->owed |= worker_take_newcomer(&self->worker);
	if (!self->owed)
		return WORKER_ASKED;
	int answer = wire_producer_pointer_flush(self->producer);
	self->owed = answer == WIRE_E_BUSY;
	return answer == WIRE_E_LOST ? WORKER_SPOILT : WORKER_ASKED;
}

static enum worker_end tell(struct pointer *self, const struct cursor *cursor)
{
	int answer = wire_producer_pointer(self->producer, cursor);
	if (answer == WIRE_E_LOST)
		return WORKER_SPOILT;
	if (answer < 0) {
		log_debug("pointer: a shape of %ux%u cannot be told: %s", cursor->shape.width,
			  cursor->shape.height, strerror(-answer));
		return WORKER_ASKED;
	}
	ringer_announce(self->ringer, self->producer, WIRE_POINTER);
	self->owed |= answer == WIRE_E_BUSY;
	atomic_fetch_add_explicit(&self->moves, cursor->has_position, memory_order_relaxed);
	atomic_fetch_add_explicit(&self->shapes, cursor->has_shape, memory_order_relaxed);
	return WORKER_ASKED;
}

static enum worker_end turn(struct pointer *self)
{
	enum worker_end end = repost(self);
	if (!end)
		end = grant(self);
	if (end)
		return end;
	struct cursor cursor;
	uint64_t deadline = self->owed ? clock_ns() + NS_PER_MS : WAKER_FOREVER;
	int answer = capture_pointer(self->capture, &self->worker.waker, deadline, &cursor);
	if (answer == CAPTURE_E_TIMEOUT)
		return WORKER_ASKED;
	return answer ? capture_failed(answer) : tell(self, &cursor);
}

/* Nobody looks, but somebody may still wish. */
static enum worker_end rest(struct pointer *self)
{
	if (self->watching)
		capture_pointer_watch(self->capture, false);
	self->watching = false;
	enum worker_end end = grant(self);
	if (!end)
		waker_wait(&self->worker.waker, -1, WAKER_FOREVER);
	return end;
}

static enum worker_end rise(struct pointer *self)
{
	int answer = capture_pointer_watch(self->capture, true);
	self->watching = !answer;
	return answer ? capture_failed(answer) : WORKER_ASKED;
}

enum worker_end pointer_run(struct worker *worker)
{
	struct pointer *self = container_of(worker, struct pointer, worker);
	enum worker_end end = WORKER_ASKED;
	while (!end && !worker_stopping(worker)) {
		if (!worker_watched(worker))
			end = rest(self);
		else if (!self->watching)
			end = rise(self);
		else
			end = turn(self);
	}
	if (self->watching)
		capture_pointer_watch(self->capture, false);
	return end;
}
