#include "wire/sender.h"

#include "base/atomic.h"
#include "base/mem.h"
#include "wire/wire.h"

void wire_sender_init(struct wire_sender *self, struct lgmp6_queue *queue, void *base,
		      uint32_t ring_offset, uint32_t id, uint32_t length)
{
	self->queue = queue;
	self->ring = (void *)((uint8_t *)base + ring_offset);
	self->id = id;
	self->length = length;
	self->ring_offset = ring_offset;
	atomic_store(&self->position, 0);
	atomic_store(&self->newcomer, false);

	atomic_store(&queue->id, id);
	atomic_store(&queue->length, length);
	atomic_store(&queue->max_time, LGMP6_MAX_TIME_MS);
	atomic_store(&queue->ring, ring_offset);
	atomic_store(&queue->mail_free, LGMP6_MAIL_SLOTS);
}

bool wire_sender_intact(const struct wire_sender *self)
{
	struct lgmp6_queue *queue = self->queue;
	return atomic_load(&queue->id) == self->id && atomic_load(&queue->length) == self->length &&
	       atomic_load(&queue->ring) == self->ring_offset &&
	       atomic_load(&queue->max_time) == LGMP6_MAX_TIME_MS;
}

uint32_t wire_sender_live(const struct wire_sender *self)
{
	return lgmp6_live(atomic_load(&self->queue->subs));
}

bool wire_sender_newcomer(struct wire_sender *self)
{
	/* The plain load first: an exchange of every look would take the line from subscribers. */
	if (atomic_load_explicit(&self->queue->newcomers, memory_order_relaxed) != 0 &&
	    atomic_exchange(&self->queue->newcomers, 0) != 0)
		atomic_store(&self->newcomer, true);
	return atomic_load(&self->newcomer);
}

void wire_sender_greeted(struct wire_sender *self)
{
	atomic_store(&self->newcomer, false);
}

int wire_sender_count(const struct wire_sender *self, uint32_t *count)
{
	uint32_t found = atomic_load(&self->queue->count);
	if (found >= self->length)
		return WIRE_E_LOST;
	*count = found;
	return 0;
}

bool wire_sender_names(const struct wire_sender *self, uint32_t count, uint32_t offset)
{
	uint32_t at = atomic_load_explicit(&self->position, memory_order_relaxed);
	for (; count > 0; count--) {
		at = at == 0 ? self->length - 1 : at - 1;
		if (self->named[at] == offset)
			return true;
	}
	return false;
}

static uint32_t next_index(const struct wire_sender *self, uint32_t index)
{
	return index + 1 == self->length ? 0 : index + 1;
}

/* Under the lock the three words fit together, or a peer has spoilt them. */
static bool read_span(const struct wire_sender *self, uint32_t *start, uint32_t *count)
{
	*start = atomic_load(&self->queue->start);
	*count = atomic_load(&self->queue->count);
	return *start < self->length && *count < self->length &&
	       (*start + *count) % self->length == atomic_load(&self->position);
}

static int post_locked(struct wire_sender *self, const struct wire_post *post, uint64_t now_ms,
		       bool *delivered)
{
	struct lgmp6_queue *queue = self->queue;
	uint32_t start, count, live = wire_sender_live(self);

	if (!read_span(self, &start, &count))
		return WIRE_E_LOST;
	if (live != 0 && count == self->length - 1)
		return WIRE_E_BUSY;
	*delivered = live != 0;
	if (live == 0)
		return 0;

	uint32_t at = (start + count) % self->length, next = next_index(self, at);
	struct lgmp6_message *message = &self->ring[at];
	self->named[at] = post->offset;
	atomic_store_explicit(&message->udata, post->udata, memory_order_relaxed);
	atomic_store_explicit(&message->size, post->size, memory_order_relaxed);
	atomic_store_explicit(&message->offset, post->offset, memory_order_relaxed);
	atomic_store_explicit(&message->pending, live, memory_order_relaxed);
	if (count == 0)
		atomic_store_explicit(&queue->head_deadline, now_ms + LGMP6_MAX_TIME_MS,
				      memory_order_relaxed);
	/* The payload and all of the above, before anybody may look. Partner: the load of position
	 * in wire_place_read(). */
	fence_stores();
	atomic_store_explicit(&queue->count, count + 1, memory_order_release);
	atomic_store_explicit(&self->position, next, memory_order_relaxed);
	atomic_store(&queue->position, next);
	return 0;
}

int wire_sender_post(struct wire_sender *self, const struct wire_post *post, uint64_t now_ms,
		     bool *delivered)
{
	int ret = lgmp6_lock(&self->queue->lock);
	if (ret)
		return ret;
	ret = post_locked(self, post, now_ms, delivered);
	lgmp6_unlock(&self->queue->lock);
	return ret;
}

/* Marks `late` subscribers BAD; their places may be given to others after another maxTime. */
static void condemn(struct lgmp6_queue *queue, uint32_t late, uint64_t now_ms)
{
	uint64_t subs = atomic_load(&queue->subs);
	atomic_store(&queue->subs, lgmp6_subs(lgmp6_on(subs), lgmp6_bad(subs) | late));
	for (uint32_t bit = 0; bit < LGMP6_SUBSCRIBERS; bit++)
		if (late >> bit & 1)
			atomic_store(&queue->timeout[bit], now_ms + LGMP6_MAX_TIME_MS);
}

/* Who keeps the head; 0 once nobody does, or nobody may any longer. */
static uint32_t keepers(struct lgmp6_queue *queue, const struct lgmp6_message *head)
{
	return atomic_load(&head->pending) & lgmp6_live(atomic_load(&queue->subs));
}

/* The head's term; what is forgiven moves it on. No term that is found can be longer than one. */
static uint64_t renew_deadline(struct lgmp6_queue *queue, uint64_t now_ms, uint64_t forgive_ms)
{
	uint64_t found = atomic_load(&queue->head_deadline);
	uint64_t deadline = min_u64(found, now_ms + LGMP6_MAX_TIME_MS) + forgive_ms;

	if (deadline != found)
		atomic_store(&queue->head_deadline, deadline);
	return deadline;
}

static void condemn_late(struct wire_sender *self, uint32_t start, uint64_t now_ms,
			 uint64_t forgive_ms)
{
	struct lgmp6_message *head = &self->ring[start];
	uint32_t late = keepers(self->queue, head);

	if (late == 0 || now_ms <= renew_deadline(self->queue, now_ms, forgive_ms))
		return;
	condemn(self->queue, late, now_ms);
	atomic_store(&head->pending, 0);
}

static void retire_locked(struct wire_sender *self, uint32_t start, uint32_t count, uint64_t now_ms)
{
	struct lgmp6_queue *queue = self->queue;

	while (count > 0 && keepers(queue, &self->ring[start]) == 0) {
		start = next_index(self, start);
		count--;
		atomic_store(&queue->start, start);
		atomic_store(&queue->count, count);
		if (count > 0)
			atomic_store(&queue->head_deadline, now_ms + LGMP6_MAX_TIME_MS);
	}
}

static int tend(struct wire_sender *self, uint64_t now_ms, bool strict, uint64_t forgive_ms)
{
	uint32_t start, count;
	int ret = lgmp6_lock(&self->queue->lock);
	if (ret)
		return ret;
	if (!read_span(self, &start, &count))
		ret = WIRE_E_LOST;
	if (!ret && count > 0 && strict)
		condemn_late(self, start, now_ms, forgive_ms);
	if (!ret)
		retire_locked(self, start, count, now_ms);
	lgmp6_unlock(&self->queue->lock);
	return ret;
}

int wire_sender_retire(struct wire_sender *self, uint64_t now_ms)
{
	return tend(self, now_ms, false, 0);
}

int wire_sender_reap(struct wire_sender *self, uint64_t now_ms, uint64_t forgive_ms)
{
	return tend(self, now_ms, true, forgive_ms);
}
