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
};

/* Builds a session in the memory (magic written last). 0; -EINVAL/-ENOSPC with words when the
 * region is too small for two slots of anything; -ENOMEM. */
int wire_producer_create(struct wire_producer **out, const struct wire_producer_params *params,
			 struct err *err);

/* A new session in the same memory, new session id, slots cut anew for frames of `frame_bytes`
 * (0: as before). All slots of the old session are void. */
int wire_producer_restart(struct wire_producer *self, uint64_t frame_bytes, struct err *err);

/* Clears the magic, so that consumers know at once, and frees. NULL is fine. */
void wire_producer_destroy(struct wire_producer *self);

/* Slots in this session (2 .. WIRE_SLOTS_MAX), and the bytes of pixels each one takes. */
uint32_t wire_producer_slots(const struct wire_producer *self);
uint64_t wire_producer_slot_bytes(const struct wire_producer *self);

/* ---- heartbeat: the pulse thread ---- */

/* Who looks, as of the last pulse. */
struct wire_audience {
	uint32_t frame; /* live subscribers of the frame queue (crashed ones not counted) */
	uint32_t pointer;
	bool frame_newcomer; /* since the last pulse somebody subscribed: post again */
	bool pointer_newcomer;
};

/* Moves the timestamp, reaps late subscribers, drains and acknowledges the mailbox. Every 10 ms
 * while anybody is subscribed, at least every 100 ms otherwise; of a longer pause
 * subscribers are not blamed for what exceeds 250 ms. Marks newcomers for the two post
 * functions below on its own; `out` (may be NULL) says whether to wake those threads.
 * 0 or WIRE_E_LOST. */
int wire_producer_pulse(struct wire_producer *self, uint64_t now_ns, struct wire_audience *out);

/* ---- frames: the capture thread ---- */

/* The best slot to fill next: not the newest published, not named by an undelivered message; the
 * least recently used of the rest. Until it is published the same slot is handed out again. 0,
 * WIRE_E_BUSY (none is free: look again in 1 ms), WIRE_E_LOST. */
int wire_producer_acquire(struct wire_producer *self, struct wire_slot *out);

/* Makes `frame` in `slot` the newest, with its write pointer at 0: posted at once if the queue is
 * empty, else by wire_producer_flush(). Call it before the pixels are written; then
 * wire_slot_fill() as they come. `frame->serial` and `format_version` are ignored (the producer
 * counts); damage is relative to the last published frame and united over frames never posted; an
 * empty damage goes out as one pixel, for none at all would mean everything. If the image does not
 * fit the slot, rows are cut and the truncated flag is set; *posted (may be NULL) says whether a
 * message went out. 0; WIRE_E_LOST; -EINVAL (an impossible image, or not one row fits). */
int wire_producer_publish(struct wire_producer *self, const struct wire_slot *slot,
			  const struct wire_frame *frame, bool *posted);

/* The first `bytes` of the published slot's pixels are valid now. Fences, then stores; the last
 * call must reach pitch * data_height or consumers stall (more is clamped to what the header says).
 * Never blocks. */
void wire_slot_fill(struct wire_producer *self, const struct wire_slot *slot, uint64_t bytes);

/* Posts the newest frame if it waits, and repeats it for newcomers. 0 (nothing waits any more),
 * WIRE_E_BUSY (the last message is still undelivered: call again in 1 ms or after a pulse),
 * WIRE_E_LOST. */
int wire_producer_flush(struct wire_producer *self);

/* Is the frame queue empty, so that a frame published now would go out at once? */
bool wire_producer_ready(struct wire_producer *self);

/* ---- pointer: the pointer thread ---- */

/* Posts position, visibility and (with has_shape) a shape, copied before the call returns. When the
 * queue is full the state is kept and the newest wins. A shape that does not fit CURSOR_MAX_BYTES
 * is -EINVAL. 0, WIRE_E_BUSY (kept: call wire_producer_pointer_flush() in 1 ms), WIRE_E_LOST. */
int wire_producer_pointer(struct wire_producer *self, const struct cursor *cursor);

/* Posts what is kept and repeats shape and position for newcomers. As wire_producer_flush(). */
int wire_producer_pointer_flush(struct wire_producer *self);

#endif
