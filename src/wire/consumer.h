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

/* From the next session on: use the extension where the producer has it. `boot_id` is our kernel's
 * (all 0: unknown). Without this call every producer is a plain one. */
void wire_consumer_extend(struct wire_consumer *self, const uint8_t boot_id[16]);

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

	/* Only when WIRE_LIVE. All functions below serve both kinds of session. */
	bool extended; /* frames and pointer come through the extension */
	bool futex;    /* one kernel: WIRE_WAKE_FUTEX works, and so does the knock word */
	bool doorbell; /* the producer can ring: WIRE_WAKE_DOORBELL works */
	bool has_peer; /* the producer can be rung: vector 0 of ivshmem `peer` */
	uint16_t peer;
	uint16_t minor;    /* of the extension */
	uint32_t features; /* enum wire_ext_features; unknown bits included */
};

/* Looks at the memory and moves the session's state: live once the heartbeat moved, lost when the
 * session id or magic changed or the heartbeat stood still for 1 s of our time. Call at least every
 * 100 ms while live (extended: 400 ms, and after each wake), every 50 ms while waiting, and at once
 * after WIRE_E_LOST. Never blocks. On leaving WIRE_LIVE all subscriptions and holds are void; the
 * producer waits up to 600 ms for the holds of an extended session, so release them once nobody
 * reads the pixels any more. Proves, too, that we live: see wire_consumer_beat(). After WIRE_E_LOST
 * (a lock stuck for 20 ms, impossible words) the session stays WIRE_STALE until another one begins,
 * or until the damage is gone. Returns the state; *out (may be NULL) is valid until the next call.
 */
enum wire_state wire_consumer_check(struct wire_consumer *self, uint64_t now_ns,
				    const struct wire_session **out);

enum wire_queue { WIRE_QUEUE_FRAME, WIRE_QUEUE_POINTER };

/* Takes a subscriber's place (reaping dead ones). Already subscribed: 0. Else 0, WIRE_E_EMPTY (the
 * queue does not exist yet), WIRE_E_FULL, WIRE_E_LOST. Waits at most 20 ms for the lock. Extended:
 * says that we want this queue, in a block of the area (claimed with the first of the two, given
 * back with the last); ring wire_consumer_knock() afterwards. */
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

	bool extended; /* the rest is set instead of queue to subscriber */
	uint32_t slot;
	uint32_t generation;
	uint64_t serial;
	uint64_t serial_word, entry; /* offsets in the area */
};

/* The newest frame; older undelivered ones are given back unread. Its bytes may still be coming
 * (wire_hold_filled()), and stay the guest's to tear at any time. 0 with *frame and *hold;
 * WIRE_E_EMPTY; WIRE_E_BAD (nonsense, given back); WIRE_E_TIMEOUT (dropped, or never subscribed:
 * subscribe again); WIRE_E_LOST. At most two holds at a time, else WIRE_E_BUSY. A frame with the
 * serial of the previous one (a repeat) is returned like any other: compare serials. Never blocks.
 *
 * Extended: no repeats (WIRE_E_EMPTY; wire_consumer_again() asks for one), `serial` counts the
 * producer's frames and may jump, and the damage is relative to the frame that this function
 * returned before, however many lie between (damage_all where nobody knows). The hold may last; a
 * producer that finds no other slot takes it away after 20 ms, so look at wire_hold_valid() at the
 * end of each use. An abandoned frame is never returned. WIRE_E_BUSY only where there is a newer
 * one: give one back to get it. */
int wire_consumer_frame(struct wire_consumer *self, struct wire_frame *frame,
			struct wire_hold *hold);

/* Extended: the same of those frames whose bytes are there, so while the newest is being filled the
 * one before it; WIRE_E_FILLING where that one was returned before. */
int wire_consumer_whole_frame(struct wire_consumer *self, struct wire_frame *frame,
			      struct wire_hold *hold);

/* Bytes of pixels valid so far, clamped to hold->size. Acquire: what it counts may be read. */
uint64_t wire_hold_filled(const struct wire_consumer *self, const struct wire_hold *hold);

/* Extended: the newest frame, even if it was returned before; all of it counts as damage. */
void wire_consumer_again(struct wire_consumer *self);

/* Extended: what changed between frame `since` (an ext_serial) and the one taken last. False where
 * that is too long ago or unknown: then everything. Consumer's thread. */
bool wire_consumer_damage_since(const struct wire_consumer *self, uint64_t since,
				struct region *out);

/* Extended: the frame's stamps by now; `filled` is 0 while the pixels are coming. False when
 * the frame was abandoned, or is so old that nobody knows. Any thread. */
bool wire_hold_stamps(const struct wire_consumer *self, const struct wire_hold *hold,
		      struct wire_stamps *out);

/* Is the slot still ours: same session, place not taken away? False: expect tearing. */
bool wire_hold_valid(const struct wire_consumer *self, const struct wire_hold *hold);

/* Gives the message back. A hold of an ended session or a lost place is dropped without a store.
 * Must come within 1 s of the frame, or the producer drops us (extended: no limit, also after the
 * session's end). Any thread; never blocks. */
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

/* ---- between two Oriels; all of it does nothing without the extension ---- */

/* How we can be woken from now on, also in later sessions, and for which events (enum wire_event):
 * WIRE_POSTED to read along while pixels come, WIRE_FILLED to be woken once per frame. `peer` and
 * `vector` are of our own doorbell. WIRE_WAKE_FUTEX only where the session says `futex`, and
 * WIRE_WAKE_DOORBELL where it says `doorbell`; else it counts as WIRE_WAKE_NONE. At first: none. */
void wire_consumer_wake_by(struct wire_consumer *self, enum wire_wake kind, uint16_t peer,
			   uint16_t vector, uint32_t events);

/* Before sleeping: asks to be woken at the next event. Then LOOK ONCE MORE, at whatever the events
 * announce (wire_consumer_frame() and wire_consumer_pointer(); with WIRE_FILLED also the fill of a
 * frame in hand), and only if there is nothing new sleep: on the futex word returned while it still
 * is *seen (wake_wait(), it ends after 400 ms), or on the doorbell's eventfd for as long. NULL:
 * sleep on the eventfd, or nobody will wake us (*wakes is false: look now and then). Who does not
 * arm is never rung. Wakes with nothing new may come; a producer that rings without end (64 times
 * within 10 ms) deserves no ear for 4 ms: that is the caller's to do. */
_Atomic uint32_t *wire_consumer_arm(struct wire_consumer *self, uint32_t *seen, bool *wakes);

/* We live. Must come once a second, or the producer gives our block and frames to others after 3 s
 * of its running time; wire_consumer_check() does it by itself when 400 ms have passed. */
void wire_consumer_beat(struct wire_consumer *self);

/* The word to wake the producer with (wake_ring()), after subscribing, wanting something else,
 * asking for the time, moving the pointer. NULL: there is no futex between us; then ring the
 * producer's doorbell if it has one, else it looks by itself within 50 ms. */
_Atomic uint32_t *wire_consumer_knock(struct wire_consumer *self);

/* What we would like; told anew in each session. Knock afterwards. */
void wire_consumer_want(struct wire_consumer *self, const struct wire_want *want);

/* How the producer's clock relates to ours. Exact at once where both run on one kernel. Else each
 * call may put a question (*asked: knock) and takes an answer that came; spins for at most 200 us
 * where the producer is answering right now. Every answer makes the bound smaller or leaves it.
 * Call it a few times when a session begins, and after a pause of the machine. 0 with *out;
 * WIRE_E_EMPTY: not known yet. */
int wire_consumer_clock(struct wire_consumer *self, struct wire_clock *out, bool *asked);

/* What is known of it by now, without a question: clocks drift, so the bound grows. */
int wire_consumer_clock_now(const struct wire_consumer *self, struct wire_clock *out);

/* That frame was on screen at `presented_ns` (our clock): for whoever paces the producer. */
void wire_consumer_seen(struct wire_consumer *self, uint64_t ext_serial, uint64_t presented_ns);

#endif
