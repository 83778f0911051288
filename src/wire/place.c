#include "wire/place.h"

#include "base/mem.h"
#include "wire/wire.h"

static struct lgmp6_header *header_of(const struct wire_region *region)
{
	return (void *)region->base;
}

static struct lgmp6_queue *queue_of(const struct wire_region *region, uint32_t index)
{
	return &header_of(region)->queues[index];
}

/* `ring` and `length` were checked when the place was taken, `index` is below `length`. */
static struct lgmp6_message *message_of(const struct wire_region *region, uint32_t ring,
					uint32_t index)
{
	struct lgmp6_message *messages = (void *)(region->base + ring);
	return &messages[index];
}

static uint32_t next_index(uint32_t index, uint32_t length)
{
	return index + 1 == length ? 0 : index + 1;
}

int wire_place_find(const struct wire_region *region, uint32_t id)
{
	struct lgmp6_header *header = header_of(region);
	uint32_t count = min_u32(atomic_load(&header->queue_count), LGMP6_QUEUES);

	for (uint32_t i = 0; i < count; i++)
		if (atomic_load(&header->queues[i].id) == id)
			return (int)i;
	return -1;
}

/* The words that stay as they are for a session, each read once. */
static bool read_shape(const struct wire_region *region, struct lgmp6_queue *queue, uint32_t *ring,
		       uint32_t *length)
{
	*ring = atomic_load(&queue->ring);
	*length = atomic_load(&queue->length);
	return *ring % 4 == 0 && *length >= 2 && *length <= LGMP6_RING_MAX &&
	       range_inside(*ring, (uint64_t)*length * sizeof(struct lgmp6_message), region->size);
}

bool wire_place_sane(const struct wire_region *region, uint32_t queue)
{
	uint32_t ring, length;
	struct lgmp6_queue *words = queue_of(region, queue);
	return read_shape(region, words, &ring, &length) &&
	       atomic_load(&words->position) < length && atomic_load(&words->lock) == 0;
}

/* ---- coming and going ---- */

static void clear_place(struct lgmp6_queue *queue, uint32_t bits)
{
	uint64_t subs = atomic_load(&queue->subs);
	atomic_store(&queue->subs, lgmp6_subs(lgmp6_on(subs) & ~bits, lgmp6_bad(subs) & ~bits));
	for (uint32_t i = 0; i < LGMP6_SUBSCRIBERS; i++) {
		if (!(bits >> i & 1))
			continue;
		atomic_store(&queue->timeout[i], 0);
		atomic_store(&queue->client[i], 0);
	}
}

/* BAD places whose term is over. */
static uint32_t expired(const struct wire_region *region, struct lgmp6_queue *queue)
{
	uint64_t now = atomic_load(&header_of(region)->timestamp), subs = atomic_load(&queue->subs);
	uint32_t dead = lgmp6_on(subs) & lgmp6_bad(subs);

	for (uint32_t i = 0; i < LGMP6_SUBSCRIBERS; i++)
		if ((dead >> i & 1) && now <= atomic_load(&queue->timeout[i]))
			dead &= ~(1u << i);
	return dead;
}

static bool owns(struct lgmp6_queue *queue, uint32_t bit, uint32_t claim)
{
	return (lgmp6_live(atomic_load(&queue->subs)) >> bit & 1) &&
	       atomic_load(&queue->client[bit]) == claim;
}

/* Whoever sat here before may have left messages unfinished; they are nobody's now, but would be
 * counted against us. */
static void disown_messages(const struct wire_place *self, const struct wire_region *region)
{
	for (uint32_t i = 0; i < self->length; i++)
		atomic_fetch_and(&message_of(region, self->ring, i)->pending, ~(1u << self->bit));
}

static int take_locked(struct wire_place *self, const struct wire_region *region,
		       struct lgmp6_queue *queue)
{
	/* A session that stood still for a while: the place we had may be there yet, and everybody
	 * would wait for it. */
	if (self->claim != 0 && owns(queue, self->bit, self->claim))
		clear_place(queue, 1u << self->bit);
	clear_place(queue, expired(region, queue));

	uint64_t subs = atomic_load(&queue->subs);
	uint32_t used = lgmp6_on(subs) | lgmp6_bad(subs);
	if (used == UINT32_MAX)
		return WIRE_E_FULL;
	uint32_t next = atomic_load(&queue->position);
	if (next >= self->length)
		return WIRE_E_LOST;

	self->bit = (uint32_t)__builtin_ctz(~used);
	self->claim = lgmp6_random(self, self->claim);
	self->next = next;
	disown_messages(self, region);
	atomic_store(&queue->timeout[self->bit], 0);
	atomic_store(&queue->client[self->bit], self->claim);
	atomic_store(&queue->subs, lgmp6_subs(lgmp6_on(subs) | 1u << self->bit, lgmp6_bad(subs)));
	atomic_fetch_add(&queue->newcomers, 1);
	return 0;
}

int wire_place_take(struct wire_place *self, const struct wire_region *region, uint32_t index)
{
	struct lgmp6_queue *queue = queue_of(region, index);
	struct wire_place next = *self;

	next.queue = index;
	if (!read_shape(region, queue, &next.ring, &next.length))
		return WIRE_E_LOST;
	int ret = lgmp6_lock(&queue->lock);
	if (ret)
		return ret;
	ret = take_locked(&next, region, queue);
	lgmp6_unlock(&queue->lock);
	if (ret)
		return ret;
	next.taken = true;
	*self = next;
	return 0;
}

void wire_place_leave(struct wire_place *self, const struct wire_region *region)
{
	struct lgmp6_queue *queue = queue_of(region, self->queue);

	if (!self->taken)
		return;
	self->taken = false;
	if (!owns(queue, self->bit, self->claim) || lgmp6_lock(&queue->lock))
		return;
	if (owns(queue, self->bit, self->claim))
		clear_place(queue, 1u << self->bit);
	lgmp6_unlock(&queue->lock);
}

int wire_place_status(const struct wire_place *self, const struct wire_region *region)
{
	return wire_place_valid(region, self->queue, self->bit, self->claim) ? 0 : WIRE_E_TIMEOUT;
}

bool wire_place_valid(const struct wire_region *region, uint32_t queue, uint32_t bit,
		      uint32_t claim)
{
	return owns(queue_of(region, queue), bit, claim);
}

/* ---- messages ---- */

int wire_place_read(struct wire_place *self, const struct wire_region *region,
		    struct wire_letter *out)
{
	uint32_t position = atomic_load(&queue_of(region, self->queue)->position);

	if (position >= self->length)
		return WIRE_E_LOST;
	if (position == self->next)
		return WIRE_E_EMPTY;
	struct lgmp6_message *message = message_of(region, self->ring, self->next);
	out->index = self->next;
	out->udata = atomic_load(&message->udata);
	out->size = atomic_load(&message->size);
	out->offset = atomic_load(&message->offset);
	self->next = next_index(self->next, self->length);
	return 0;
}

bool wire_place_more(const struct wire_place *self, const struct wire_region *region)
{
	uint32_t position = atomic_load(&queue_of(region, self->queue)->position);
	return position != self->next && position < self->length;
}

/* Under the lock. The message is looked at again: the producer may have been faster, and the entry
 * may carry a new one. `count` may have been spoilt: never below zero. */
static void retire(const struct wire_region *region, struct lgmp6_queue *queue,
		   struct lgmp6_message *message, uint32_t index, uint32_t length)
{
	uint32_t count = atomic_load(&queue->count);
	uint32_t waiting = atomic_load(&message->pending) & lgmp6_on(atomic_load(&queue->subs));

	if (waiting != 0 || atomic_load(&queue->start) != index || count == 0)
		return;
	uint64_t now = atomic_load(&header_of(region)->timestamp);
	atomic_store_explicit(&queue->start, next_index(index, length), memory_order_relaxed);
	atomic_store_explicit(&queue->head_deadline, now + LGMP6_MAX_TIME_MS, memory_order_relaxed);
	/* Partner: the producer's load of count, after which it may write into the slot. */
	atomic_store_explicit(&queue->count, count - 1, memory_order_release);
}

void wire_place_finish(const struct wire_region *region, uint32_t index_of_queue, uint32_t ring,
		       uint32_t length, uint32_t index, uint32_t bit)
{
	struct lgmp6_queue *queue = queue_of(region, index_of_queue);
	struct lgmp6_message *message = message_of(region, ring, index);
	uint32_t mine = 1u << bit;

	if ((atomic_fetch_and(&message->pending, ~mine) & ~mine) != 0)
		return;
	if (!lgmp6_trylock(&queue->lock))
		return; /* the producer's timer takes it out */
	retire(region, queue, message, index, length);
	lgmp6_unlock(&queue->lock);
}
