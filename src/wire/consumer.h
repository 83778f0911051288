/* wire/consumer.h - the Linux side of an LGMP 6 / KVMFR 20 session.
 *
 * The guest is hostile: each word is copied once, checked against the size *we* mapped, then used;
 * offsets, sizes and counts are looked up anew in every message. Nothing here waits longer than
 * 20 ms (a stuck lock), nothing asserts on foreign bytes.
 *
 * Threads: all functions from one thread, except wire_hold_*() and wire_consumer_release(), which
 * any thread may call while the consumer exists.
 */
#ifndef WIRE_CONSUMER_H
#define WIRE_CONSUMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/frame.h"
#include "wire/wire.h"

struct wire_consumer;

/* The memory must outlive the consumer. 0 or -EINVAL (smaller than an LGMP header, or not mapped to
 * a whole page) or -ENOMEM. */
int wire_consumer_create(struct wire_consumer **out, void *base, size_t size, struct err *err);

/* Unsubscribes if it can do so without waiting long. NULL is fine. */
void wire_consumer_destroy(struct wire_consumer *self);

/* ---- session ---- */

enum wire_state {
	WIRE_ABSENT,        /* no magic: no capture program has run in this memory */
	WIRE_STALE,         /* looks perfect, but the heartbeat stands still */
	WIRE_LGMP_VERSION,  /* another LGMP than 6 */
	WIRE_KVMFR_VERSION, /* another KVMFR than 20, or udata that makes no sense */
	WIRE_LIVE,
};

struct wire_session {
	enum wire_state state;
	uint32_t id; /* LGMP session id; a change means: everything is new */
	uint32_t lgmp_version, kvmfr_version;
	struct wire_guest guest; /* only when WIRE_LIVE */
	const char *why;         /* static text for a person, when not WIRE_LIVE */
};

/* Looks at the memory and moves the session's state: live once the heartbeat moved, lost when the
 * session id or magic changed or the heartbeat stood still for 1 s of our time. Call at least every
 * 100 ms while live, every 50 ms while waiting, and at once after WIRE_E_LOST. Never blocks. On
 * leaving WIRE_LIVE all subscriptions and holds are void. After WIRE_E_LOST (a lock stuck for 20
 * ms, impossible words) the session stays WIRE_STALE until another one begins, or until the damage
 * is gone. Returns the state; *out (may be NULL) is valid until the next call. */
enum wire_state wire_consumer_check(struct wire_consumer *self, uint64_t now_ns,
				    const struct wire_session **out);

enum wire_queue { WIRE_QUEUE_FRAME, WIRE_QUEUE_POINTER };

/* Takes a subscriber's place (reaping dead ones). Already subscribed: 0. Else 0, WIRE_E_EMPTY (the
 * queue does not exist yet), WIRE_E_FULL, WIRE_E_LOST. Waits at most 20 ms for the lock. */
int wire_consumer_subscribe(struct wire_consumer *self, enum wire_queue queue);
void wire_consumer_unsubscribe(struct wire_consumer *self, enum wire_queue queue);

/* ---- frames ---- */

/* One message that we have not given back. Plain data; copy freely, release once. */
struct wire_hold {
	uint32_t session;      /* session id it belongs to */
	uint32_t queue;        /* place of its queue in the header */
	uint32_t ring, length; /* the queue's ring, as checked when we subscribed */
	uint32_t message;      /* index in the ring */
	uint32_t subscriber;   /* our bit then */
	uint32_t claim;        /* our client id then: the place may have been taken away since */
	uint64_t offset;       /* of the pixels from the region's start */
	uint64_t size;         /* pitch * rows present, checked to lie inside the region */
	uint64_t fill_word;    /* offset of the write pointer */
};

/* The newest frame; older undelivered ones are given back unread. Its bytes may still be coming
 * (wire_hold_filled()), and stay the guest's to tear at any time. 0 with *frame and *hold;
 * WIRE_E_EMPTY; WIRE_E_BAD (nonsense, given back); WIRE_E_TIMEOUT (dropped, or never subscribed:
 * subscribe again); WIRE_E_LOST. At most two holds at a time, else WIRE_E_BUSY. A frame with the
 * serial of the previous one (a repeat) is returned like any other: compare serials. Never blocks.
 */
int wire_consumer_frame(struct wire_consumer *self, struct wire_frame *frame,
			struct wire_hold *hold);

/* Bytes of pixels valid so far, clamped to hold->size. Acquire: what it counts may be read. */
uint64_t wire_hold_filled(const struct wire_consumer *self, const struct wire_hold *hold);

/* Is the slot still ours: same session, place not taken away? False: expect tearing. */
bool wire_hold_valid(const struct wire_consumer *self, const struct wire_hold *hold);

/* Gives the message back. A hold of an ended session or a lost place is dropped without a store.
 * Must come within 1 s of the frame, or the producer drops us. Any thread; never blocks. */
void wire_consumer_release(struct wire_consumer *self, const struct wire_hold *hold);

/* ---- pointer ---- */

/* All waiting pointer messages folded into one state, newest wins. cursor->shape.data points into
 * the consumer's own memory, valid until the next call. 0, WIRE_E_EMPTY, WIRE_E_BAD,
 * WIRE_E_TIMEOUT, WIRE_E_LOST. Never blocks. */
int wire_consumer_pointer(struct wire_consumer *self, struct cursor *cursor);

/* Asks the guest to move its pointer (hot spot, guest screen pixels). *serial is what
 * wire_consumer_acked() compares with. 0; WIRE_E_BUSY (ten messages wait already); WIRE_E_LOST;
 * -ENOTSUP where the guest does not offer it. */
int wire_consumer_set_cursor(struct wire_consumer *self, int32_t x, int32_t y, uint32_t *serial);

/* Has the producer handled the message of that serial? (Shared by all consumers of the guest.) */
bool wire_consumer_acked(const struct wire_consumer *self, uint32_t serial);

#endif
