/* wire/producer.h - the guest's side of an LGMP 6 / KVMFR 20 session.
 *
 * The memory is shared with strangers: a consumer may die while it holds a lock, write garbage, or
 * never answer. No function here waits longer than 20 ms, none asserts on what it reads.
 *
 * Threads: one calls wire_producer_pulse() (it must never block elsewhere: it is the heartbeat that
 * consumers watch); one the frame functions; one the pointer functions. They may run at the same
 * time. create, restart and destroy only while none of them runs.
 *
 * WIRE_E_LOST means that the session is spoilt (a lock stuck for 20 ms, the magic overwritten,
 * the queue's words impossible): stop the three, wire_producer_restart(), go on.
 */
#ifndef WIRE_PRODUCER_H
#define WIRE_PRODUCER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/extension.h"
#include "wire/frame.h"
#include "wire/wire.h"

#define WIRE_SLOTS_MAX 4

/* Where one frame's pixels go. Filled in by the producer, constant within a session. */
struct wire_slot {
	uint8_t *pixels; /* page aligned within the region */
	uint64_t offset; /* of `pixels` from the region's start */
	uint64_t size;   /* bytes for pixels */
	uint32_t index;  /* 0 .. wire_producer_slots() - 1 */
};

struct wire_producer;

struct wire_producer_params {
	void *base;
	size_t size;
	const struct wire_guest *guest; /* copied */
	uint64_t frame_bytes; /* the largest frame expected now; decides between 4, 3 and 2 slots */
	/* Runs on the pulse thread for each SETCURSORPOS message; may be NULL. */
	void (*set_cursor)(void *data, int32_t x, int32_t y);
	void *data;

	/* For other Oriels. Where the region has room for three slots beside it, the area of the
	 * extension lies at its end. */
	bool no_extension;   /* be a plain producer */
	uint8_t boot_id[16]; /* of our kernel; all 0: unknown, then no futex wakes anybody */
	bool doorbell;       /* we can ring ivshmem peers */
	bool has_peer;       /* `peer` is our ivshmem id, and we can be rung there (vector 0) */
	uint16_t peer;
	/* Wakes a consumer of the session before, in create, restart and destroy, on the thread
	 * that calls those; and one whose question about the clock was answered, on the pulse
	 * thread; may be NULL (then they notice by themselves within 400 ms). */
	void (*ring)(void *data, const struct wire_ring *ring);
};

/* Builds a session in the memory (magic written last). 0; -EINVAL/-ENOSPC with words when the
 * region is too small for two slots of anything; -ENOMEM. */
int wire_producer_create(struct wire_producer **out, const struct wire_producer_params *params,
			 struct err *err);

/* A new session in the same memory, new session id, slots cut anew for frames of `frame_bytes`
 * (0: as before). All slots of the old session are void. As create, it gives Oriel consumers of the
 * session before up to 600 ms to let go of their frames, as long as one of them moves. */
int wire_producer_restart(struct wire_producer *self, uint64_t frame_bytes, struct err *err);

/* Clears the magic, so that consumers know at once, and frees. NULL is fine. */
void wire_producer_destroy(struct wire_producer *self);

/* Slots in this session (2 .. WIRE_SLOTS_MAX), and the bytes of pixels each one takes. */
uint32_t wire_producer_slots(const struct wire_producer *self);
uint64_t wire_producer_slot_bytes(const struct wire_producer *self);

/* ---- heartbeat: the pulse thread ---- */

/* Who looks, as of the last pulse. */
struct wire_audience {
	uint32_t frame; /* live subscribers of the frame queue (crashed ones not counted), and
			 * Oriels that want frames */
	uint32_t pointer;
	bool frame_newcomer; /* since the last pulse somebody subscribed: post again. Oriels find
			      * the newest by themselves and are none */
	bool pointer_newcomer;
	uint32_t oriels; /* consumers that came through the extension, whatever they want */
	bool plain;      /* somebody alive is subscribed to a queue of LGMP */
};

/* Moves the timestamp, reaps late subscribers, drains and acknowledges the mailbox. Every 10 ms
 * while anybody is subscribed, at least every 100 ms otherwise; of a longer pause
 * subscribers are not blamed for what exceeds 250 ms. Marks newcomers for the two post
 * functions below on its own; `out` (may be NULL) says whether to wake those threads.
 * 0 or WIRE_E_LOST. */
int wire_producer_pulse(struct wire_producer *self, uint64_t now_ns, struct wire_audience *out);

/* ---- other Oriels ---- */

/* Is the area there? Constant within a session. */
bool wire_producer_extended(const struct wire_producer *self);

/* The word that Oriel consumers ring (wake_ring()) when they came, want something else, ask for the
 * time or moved the pointer: sleep on it (wake_wait(), value from before the pulse) and call
 * wire_producer_pulse() then, which does all that is to be done. Works only for consumers on our
 * kernel; whoever is elsewhere rings our peer's vector 0, or is seen by the next pulse: every 50 ms
 * will do while only Oriels look (every 10 ms with LGMP subscribers), every 1 ms for 100 ms after a
 * change. NULL without the extension. Another word in another session. */
_Atomic uint32_t *wire_producer_knock_word(const struct wire_producer *self);

/* Whom to wake because of `event`: call it after wire_producer_publish() (WIRE_POSTED), after the
 * wire_slot_fill() that completes a frame or wire_slot_abandon() (WIRE_FILLED), after
 * wire_producer_pointer() (WIRE_POINTER), and ring all of `out` (WIRE_RINGS_MAX) at once. Who was
 * rung and has not come since is left out. Frame and pointer thread. Returns how many. Cheap when
 * nobody sleeps; never blocks. */
unsigned wire_producer_rings(struct wire_producer *self, enum wire_event event,
			     struct wire_ring *out);

/* What each Oriel that wants frames would like, at most `max` of them. Any thread. Returns how
 * many. */
unsigned wire_producer_wants(const struct wire_producer *self, struct wire_want *out, unsigned max);

/* ---- frames: the capture thread ---- */

/* The best slot to fill next: not the newest published, not named by an undelivered message, not
 * held by an Oriel; of the rest the one used last, which has missed the least. Until published it
 * is handed out again. 0, WIRE_E_BUSY (none is free: look again in 1 ms; once that has lasted for
 * 20 ms, the slot held longest is taken from its holder), WIRE_E_LOST. */
int wire_producer_acquire(struct wire_producer *self, struct wire_slot *out);

/* Makes `frame` in `slot` the newest, with its write pointer at 0: posted at once if the queue is
 * empty, else by wire_producer_flush(). Call it before the pixels are written; then
 * wire_slot_fill() as they come. `frame->serial` and `format_version` are ignored (the producer
 * counts), `frame->stamps.captured` goes to Oriels, `posted` too where it is not 0 (else it is
 * now); damage is relative to the last published frame and united over frames never posted; an
 * empty damage goes out as one pixel, for none at all would mean everything. If the image does not
 * fit the slot, rows are cut and the truncated flag is set; *posted (may be NULL) says whether a
 * message went out to LGMP's subscribers. For Oriels it is announced here, always. 0; WIRE_E_LOST;
 * -EINVAL (an impossible image, or not one row fits). */
int wire_producer_publish(struct wire_producer *self, const struct wire_slot *slot,
			  const struct wire_frame *frame, bool *posted);

/* The first `bytes` of the published slot's pixels are valid now. Fences, then stores; the last
 * call must reach pitch * data_height or consumers stall (more is clamped to what the header says).
 * Never blocks. */
void wire_slot_fill(struct wire_producer *self, const struct wire_slot *slot, uint64_t bytes);

/* The copy failed: tells Oriels, who keep what they have, and moves the write pointer to the end
 * for the others. The next frame's damage is everything. Instead of the last wire_slot_fill(). */
void wire_slot_abandon(struct wire_producer *self, const struct wire_slot *slot);

/* Posts the newest frame if it waits, and repeats it for newcomers. 0 (nothing waits any more),
 * WIRE_E_BUSY (the last message is still undelivered: call again in 1 ms or after a pulse),
 * WIRE_E_LOST. */
int wire_producer_flush(struct wire_producer *self);

/* Would a frame published now be seen at once? Yes, if the frame queue is empty or an Oriel wants
 * frames. */
bool wire_producer_ready(struct wire_producer *self);

/* ---- pointer: the pointer thread ---- */

/* Posts position, visibility and (with has_shape) a shape, copied before the call returns. When the
 * queue is full the state is kept and the newest wins. A shape that does not fit CURSOR_MAX_BYTES
 * is -EINVAL. 0, WIRE_E_BUSY (kept: call wire_producer_pointer_flush() in 1 ms), WIRE_E_LOST. */
int wire_producer_pointer(struct wire_producer *self, const struct cursor *cursor);

/* Posts what is kept and repeats shape and position for newcomers. As wire_producer_flush(). */
int wire_producer_pointer_flush(struct wire_producer *self);

#endif
