/* A minimal consumer with the habits of the released one, written from the offsets of the
 * specification: FIFO order, busy waiting for acknowledgements, no recovery of its own. */
#ifndef TESTS_INTEROP_B7_CONSUMER_H
#define TESTS_INTEROP_B7_CONSUMER_H

#include "raw.h"

struct b7_consumer {
	uint8_t *memory;
	uint32_t queue; /* offset of the queue we sit at */
	uint32_t bit, next, client;
	uint64_t seen_timestamp;
	uint32_t session;
};

enum b7_status { B7_MESSAGE, B7_EMPTY, B7_TIMEOUT, B7_NOT_SUBSCRIBED };

struct b7_message {
	uint32_t udata, size, offset;
};

/* Section 4.1: magic, version, then a timestamp that moved. */
static inline bool b7_session_valid(struct b7_consumer *self)
{
	bool valid = memcmp(self->memory, "LGMP", 4) == 0 && get32(self->memory, 4) == 6 &&
		     get64(self->memory, 16) != self->seen_timestamp;
	self->seen_timestamp = get64(self->memory, 16);
	self->session = get32(self->memory, 8);
	return valid;
}

/* Section 4.2. False: no such queue, or no place. */
static inline bool b7_subscribe(struct b7_consumer *self, uint32_t id, uint32_t client)
{
	uint8_t *m = self->memory;
	uint32_t queue = 0;
	for (uint32_t i = 0; i < get32(m, 24); i++)
		if (get32(m, 32 + 1144 * i) == id)
			queue = 32 + 1144 * i;
	if (queue == 0 || get32(m, queue + 408) != 0)
		return false;
	uint32_t bad = get32(m, queue + 416), on = get32(m, queue + 420);
	for (uint32_t i = 0; i < 32; i++)
		if ((on & bad) >> i & 1 && get64(m, 16) > get64(m, queue + 24 + 8 * i)) {
			on &= ~(1u << i);
			bad &= ~(1u << i);
		}
	uint32_t bit = 0;
	while (bit < 32 && (on | bad) >> bit & 1)
		bit++;
	if (bit == 32)
		return false;
	set32(m, queue + 416, bad);
	set32(m, queue + 420, on | 1u << bit);
	set64(m, queue + 24 + 8 * bit, 0);
	set32(m, queue + 280 + 4 * bit, client);
	set32(m, queue + 8, get32(m, queue + 8) + 1);
	self->queue = queue;
	self->bit = bit;
	self->client = client;
	self->next = get32(m, queue + 16);
	return true;
}

static inline void b7_unsubscribe(struct b7_consumer *self)
{
	uint8_t *m = self->memory;
	uint32_t mask = ~(1u << self->bit);
	if (get32(m, self->queue + 416) >> self->bit & 1)
		return;
	set32(m, self->queue + 420, get32(m, self->queue + 420) & mask);
	set32(m, self->queue + 280 + 4 * self->bit, 0);
	set64(m, self->queue + 24 + 8 * self->bit, 0);
}

/* Section 4.3: the message stays ours until b7_finish(). */
static inline enum b7_status b7_look(const struct b7_consumer *self, struct b7_message *out)
{
	const uint8_t *m = self->memory;
	if (get32(m, self->queue + 416) >> self->bit & 1)
		return B7_TIMEOUT;
	if (!(get32(m, self->queue + 420) >> self->bit & 1))
		return B7_NOT_SUBSCRIBED;
	if (get32(m, self->queue + 16) == self->next)
		return B7_EMPTY;
	uint32_t at = get32(m, self->queue + 20) + 16 * self->next;
	*out = (struct b7_message){ get32(m, at), get32(m, at + 4), get32(m, at + 8) };
	return B7_MESSAGE;
}

static inline void b7_finish(struct b7_consumer *self)
{
	uint8_t *m = self->memory;
	uint32_t length = get32(m, self->queue + 4);
	uint32_t at = get32(m, self->queue + 20) + 16 * self->next;
	uint32_t pending = get32(m, at + 12) & ~(1u << self->bit);
	set32(m, at + 12, pending);
	if (pending == 0 && get32(m, self->queue + 408) == 0 &&
	    get32(m, self->queue + 424) == self->next) {
		set32(m, self->queue + 424, (self->next + 1) % length);
		set32(m, self->queue + 440, get32(m, self->queue + 440) - 1);
		set64(m, self->queue + 432, get64(m, 16) + 1000);
	}
	self->next = (self->next + 1) % length;
}

/* Section 5: returns the serial to wait for, 0 where the mailbox is full. */
static inline uint32_t b7_send(struct b7_consumer *self, const void *mail, uint32_t size)
{
	uint8_t *m = self->memory + self->queue;
	if (get32(m, 448) == 0 || get32(m, 444) != 0)
		return 0;
	uint32_t slot = get32(m, 452);
	set32(m, 464 + 68 * slot, size);
	memcpy(m + 464 + 68 * slot + 4, mail, size < 64 ? size : 64);
	set32(m, 452, (slot + 1) % 10);
	set32(m, 448, get32(m, 448) - 1);
	set32(m, 456, get32(m, 456) + 1);
	return get32(m, 456);
}

static inline bool b7_acked(const struct b7_consumer *self, uint32_t serial)
{
	return get32(self->memory, self->queue + 460) >= serial;
}

#endif
