/* wire/producer_impl.h - what the producer's files share. Private to this room.
 *
 * Who touches what: `pulse` the pulse thread, `frames` the frame thread, `pointers` the pointer
 * thread. A sender is shared by the pulse and its own thread (see sender.h). The atomics are shared
 * by all three. Everything else is constant within a session.
 */
#ifndef WIRE_PRODUCER_IMPL_H
#define WIRE_PRODUCER_IMPL_H

#include "wire/ext_producer.h"
#include "wire/layout.h"
#include "wire/producer.h"
#include "wire/sender.h"

struct wire_slot_state {
	struct wire_slot slot;
	uint32_t payload;  /* offset that messages name: the header page before the pixels */
	uint64_t used;     /* when it was last published, in publications */
	uint64_t promised; /* bytes that its header says will come */
};

struct wire_frames {
	struct wire_sender sender;
	struct wire_slot_state slots[WIRE_SLOTS_MAX];
	uint64_t publications;
	struct wire_slot_state *newest; /* NULL: nothing published yet */
	struct wire_slot_state *handed; /* acquired, not yet published */
	bool waiting;                   /* the newest has not been posted */
	struct wire_frame frame; /* the newest's header; damage since the last post while waiting */
	struct wire_frame posted; /* the last that went out (its damage is not kept) */
	bool any_posted;
};

struct wire_pointers {
	struct wire_sender sender;
	uint32_t position;    /* buffer to use next */
	struct cursor cursor; /* all that is known; shape.data points to shape_bytes */
	bool known;           /* something was ever said */
	bool moved, reshaped; /* not posted yet */
	uint8_t *shape_bytes;
};

struct wire_producer {
	uint8_t *base;
	uint64_t size;
	uint64_t frame_bytes;
	struct wire_guest guest;
	void (*set_cursor)(void *data, int32_t x, int32_t y);
	void *data;

	bool no_extension;
	uint8_t boot_id[16];
	bool doorbell;
	uint32_t peer;
	struct ext_producer ext;

	struct lgmp6_header *header;
	struct wire_layout layout;
	uint32_t session;

	_Atomic bool lost;       /* sticky until restart */
	_Atomic uint64_t now_ms; /* of the last pulse */

	struct {
		uint32_t frame_mail, pointer_mail; /* our private read positions */
	} pulse;
	struct wire_frames frames;
	struct wire_pointers pointers;
};

/* Makes WIRE_E_LOST stick; passes `answer` through. */
int wire_producer_note(struct wire_producer *self, int answer);

/* New session, same counters: slots and buffers cut anew. Called while no other thread runs. */
void wire_frames_reset(struct wire_producer *self);
void wire_pointers_reset(struct wire_producer *self);

/* What is known of the pointer, into a new area. */
void wire_pointers_restore(struct wire_producer *self);

#endif
