/* wire/ext_consumer.h - the extension's consumer half. Private to this room.
 *
 * The atomics are for any thread: whoever releases a frame changes our hold. The rest belongs to
 * the one that calls the consumer.
 */
#ifndef WIRE_EXT_CONSUMER_H
#define WIRE_EXT_CONSUMER_H

#include "wire/consumer.h"
#include "wire/ext_area.h"

struct wire_consumer;

struct ext_consumer {
	bool wanted;      /* wire_consumer_extend() was called */
	bool offered, on; /* by the session */
	uint8_t boot_id[16];
	struct ext_record record;
	struct ext_map map;
	struct ext_place {
		uint64_t offset, size;
	} slots[EXT_SLOTS];
	uint32_t slot_count;

	/* Our claim: id << 32 | the hold word's offset / 8. 0: none. */
	_Atomic uint64_t claim;
	/* By slot: generation << 48 | the frame's count << 16 | references. 0: not held. */
	_Atomic uint64_t held[EXT_SLOTS];
	_Atomic uint32_t takes;
	uint16_t generation; /* of the claim */

	struct ext_block *block;
	uint32_t index;                      /* of the block */
	uint64_t armed, doorbell, attention; /* as last written */
	uint32_t wants;                      /* enum ext_wants */
	uint32_t beat;
	uint64_t beat_ns;
	struct {
		enum wire_wake kind;
		uint16_t peer, vector;
		uint32_t events;
	} wake;
	struct wire_want want;

	uint64_t accepted; /* the frame returned last */
	uint64_t refused;  /* the last that made no sense */
	bool again;
	uint64_t pointer_sequence;
	uint32_t pointer_shape;

	struct {
		uint64_t question, asked_ns; /* 0: none is open */
		uint32_t count;
		bool known;
		int64_t low, high; /* the offset lies between, as of: */
		uint64_t at_ns;
	} clock;
};

/* A session begins; *session learns whether through the extension. It ends; what is held stays so
 * until it is released. */
void wire_ext_enter(struct wire_consumer *self);
void wire_ext_leave(struct wire_consumer *self);

/* The beat, when it is due; and the rest of an ended session. */
void wire_ext_tend(struct wire_consumer *self, uint64_t now_ns);

/* As wire_consumer_ready(), for extended sessions. */
int wire_ext_ready(struct wire_consumer *self, enum wire_queue queue);

int wire_ext_subscribe(struct wire_consumer *self, enum wire_queue queue);
void wire_ext_unsubscribe(struct wire_consumer *self, enum wire_queue queue);
int wire_ext_consumer_pointer(struct wire_consumer *self, struct cursor *cursor);
int wire_ext_consumer_frame(struct wire_consumer *self, struct wire_frame *frame,
			    struct wire_hold *hold, bool whole);

/* ---- holds (ext_holds.c) ---- */

/* Slots that we hold. */
uint32_t wire_ext_mask(const struct ext_consumer *self);

/* Takes one more reference on the frame in `slot`, or drops all of them. False: the block was taken
 * from us. */
bool wire_ext_hold(struct wire_consumer *self, uint32_t slot, uint32_t count);
bool wire_ext_unhold(struct wire_consumer *self, uint32_t slot);

/* Any thread. */
void wire_ext_release(struct wire_consumer *self, const struct wire_hold *hold);
bool wire_ext_hold_valid(const struct wire_consumer *self, const struct wire_hold *hold);

/* Gives the block back where nothing is held, or whatever is. */
void wire_ext_let_go(struct wire_consumer *self);
void wire_ext_drop_all(struct wire_consumer *self);

#endif
