/* wire/ext_producer.h - the extension's producer half. Private to this room.
 *
 * Who touches what, as in producer_impl.h: `frames` the frame thread, `pulse` the pulse thread,
 * `pointer` the pointer thread; the atomics are shared; the rest is constant within a session.
 */
#ifndef WIRE_EXT_PRODUCER_H
#define WIRE_EXT_PRODUCER_H

#include "pixel/cursor.h"
#include "wire/ext_area.h"
#include "wire/frame.h"
#include "wire/producer.h"

/* A slot was taken from this holder: as long as its word stays the same, it has not noticed, and
 * those bits stand for nothing. */
struct ext_taken {
	uint64_t word;
	uint32_t bits;
};

struct ext_frames {
	uint64_t serials[EXT_SLOTS]; /* slot_serial[], never read back */
	uint32_t count;              /* of frames in this session */
	struct ext_taken taken[EXT_BLOCKS];
	uint64_t starved_ns; /* since when no slot is free; 0: one is */
	uint32_t format_version;
	struct wire_frame last; /* its picture's format */
	bool broken;            /* the last frame was abandoned */
	bool filling;
	uint32_t slot;           /* the last frame's, */
	struct ext_entry *entry; /* and where it is described */
};

/* What the pulse remembers of a block's owner. */
struct ext_owner {
	uint32_t id;
	uint32_t beat;
	uint64_t moved_ms; /* in our own running time */
	uint64_t answered; /* the last question */
	uint64_t burst_ms;
};

struct ext_producer {
	bool on;
	uint8_t *base;
	uint64_t region;
	uint64_t area; /* of this session; 0: none */
	uint32_t session;
	struct ext_map map;
	void (*ring)(void *data, const struct wire_ring *ring);
	void *data;

	_Atomic uint64_t rung[EXT_BLOCKS]; /* `armed` as last rung for */
	_Atomic uint32_t watchers;         /* who want frames, as of the last pulse */

	struct ext_frames frames;
	struct {
		struct ext_owner owners[EXT_BLOCKS];
		uint64_t running_ms, last_ms;
	} pulse;
	struct {
		uint64_t sequence;
		uint32_t shape;
	} pointer;
};

/* ---- sessions (ext_session.c); no other thread runs ---- */

/* After the LGMP magic went: gives the consumers of an area that is there time to let go. */
void wire_ext_farewell(struct ext_producer *self, uint32_t session);

/* Builds the area of a new session at `area` (0: there is none), then makes it valid. */
void wire_ext_build(struct ext_producer *self, uint32_t session, uint64_t area);
void wire_ext_announce(struct ext_producer *self, const struct wire_slot *slots, uint32_t count);

/* Wakes all that may sleep, armed or not. */
void wire_ext_ring_all(struct ext_producer *self);

/* ---- frames (ext_slots.c): the frame thread ---- */

/* Makes a slot unavailable for consumers. False where one of them holds it. */
bool wire_ext_hide(struct ext_producer *self, uint32_t slot);

/* None is free: has that lasted so long that one may be taken away? */
bool wire_ext_starved(struct ext_producer *self);
void wire_ext_take_away(struct ext_producer *self, uint32_t slot);

/* The frame in `slot`, whose write pointer is at 0, is the newest; its damage is relative to the
 * last frame. `image` and `flags` are as cut to the slot. */
void wire_ext_publish(struct ext_producer *self, uint32_t slot, const struct wire_frame *frame,
		      const struct pixel_image *image, uint32_t flags);

/* Before the write pointer says so. */
void wire_ext_filled(struct ext_producer *self, uint32_t slot);
void wire_ext_abandoned(struct ext_producer *self, uint32_t slot);

/* ---- blocks (ext_blocks.c) ---- */

struct ext_crowd {
	uint32_t frame, pointer, all;
};

/* Reaps, answers, counts. Pulse thread. */
struct ext_crowd wire_ext_pulse(struct ext_producer *self, uint64_t now_ms);

unsigned wire_ext_rings(struct ext_producer *self, enum wire_event event, struct wire_ring *out);
unsigned wire_ext_wants(const struct ext_producer *self, struct wire_want *out, unsigned max);

/* ---- pointer (ext_pointer.c): the pointer thread ---- */

void wire_ext_pointer(struct ext_producer *self, const struct cursor *cursor, bool reshaped);

/* ---- for the files above ---- */

/* The claimed blocks and their holds, read once. `continue` goes on to the next one. */
#define EXT_FOR_EACH_CLAIMED(map, index, hold)                                                     \
	for (uint32_t claimed_ = atomic_load(&(map)->common->claimed), index = 0;                  \
	     claimed_ && (index = (uint32_t)__builtin_ctz(claimed_), true);                        \
	     claimed_ &= claimed_ - 1)                                                             \
		for (uint64_t hold = atomic_load(&ext_block(map, index)->hold); hold; hold = 0)

#endif
