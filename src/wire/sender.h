/* wire/sender.h - a producer's end of one LGMP queue. Private to this room.
 *
 * The queue's own lock, in shared memory, serialises the pulse thread (reap) and the posting
 * thread. A peer may break that lock; so what both threads touch here is atomic, and every shared
 * word is checked where it is read. `named` belongs to the posting thread.
 */
#ifndef WIRE_SENDER_H
#define WIRE_SENDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/kvmfr20.h"
#include "wire/lgmp6.h"

struct wire_sender {
	struct lgmp6_queue *queue;
	struct lgmp6_message *ring;
	uint32_t id, length, ring_offset; /* as we wrote them; never read back for use */
	_Atomic uint32_t position;        /* our word of the same name, not to be trusted back */
	_Atomic bool newcomer;            /* somebody subscribed and has not been shown anything */
	uint32_t named[KVMFR20_POINTER_LENGTH]; /* payload offset in each ring entry */
};

struct wire_post {
	uint32_t udata, size, offset;
};

/* Builds an empty queue in zeroed memory. `length` is at most KVMFR20_POINTER_LENGTH. */
void wire_sender_init(struct wire_sender *self, struct lgmp6_queue *queue, void *base,
		      uint32_t ring_offset, uint32_t id, uint32_t length);

/* Are the words that never change still ours? */
bool wire_sender_intact(const struct wire_sender *self);

/* Live subscribers, as a bit set. */
uint32_t wire_sender_live(const struct wire_sender *self);

/* Looks at newcomers' counter: true once per crowd, until wire_sender_greeted(). Any thread. */
bool wire_sender_newcomer(struct wire_sender *self);
void wire_sender_greeted(struct wire_sender *self);

/* Undelivered messages; only this end raises it. 0 or WIRE_E_LOST. No lock. */
int wire_sender_count(const struct wire_sender *self, uint32_t *count);

/* Does one of the last `count` messages name this payload? Posting thread. */
bool wire_sender_names(const struct wire_sender *self, uint32_t count, uint32_t offset);

/* Posts to all live subscribers; with none it succeeds and *delivered is false. 0, WIRE_E_BUSY
 * (the ring is full), WIRE_E_LOST. */
int wire_sender_post(struct wire_sender *self, const struct wire_post *post, uint64_t now_ms,
		     bool *delivered);

/* Takes out what everybody has finished with. Any thread. 0 or WIRE_E_LOST. */
int wire_sender_retire(struct wire_sender *self, uint64_t now_ms);

/* The same, and subscribers that have kept the head for longer than LGMP6_MAX_TIME_MS become BAD.
 * `forgive_ms` of that time do not count: our own clock stood still. Looks at the lock even where
 * nothing waits: whoever wants to subscribe depends on it. Pulse thread. */
int wire_sender_reap(struct wire_sender *self, uint64_t now_ms, uint64_t forgive_ms);

#endif
