/* wire/consumer_impl.h - what the consumer's files share. Private to this room.
 *
 * `live` and `holds` are for any thread; the rest belongs to the one that calls the consumer.
 */
#ifndef WIRE_CONSUMER_IMPL_H
#define WIRE_CONSUMER_IMPL_H

#include "wire/consumer.h"
#include "wire/ext_consumer.h"
#include "wire/place.h"

/* What one look at the heartbeat found, and since when it stands. */
struct wire_beat {
	bool known, beating;
	uint32_t session;
	uint64_t timestamp, moved_ns;
};

struct wire_consumer {
	struct wire_region region;
	struct wire_session session;
	struct wire_beat beat;
	bool spoilt;                 /* this session answered WIRE_E_LOST */
	struct wire_place places[2]; /* by enum wire_queue */
	uint8_t *shape;              /* CURSOR_MAX_BYTES, the pointer's */
	int32_t x, y;                /* where the pointer was last */

	struct ext_consumer ext;

	_Atomic uint64_t live;  /* 1 << 32 | session id, or 0: may we store? */
	_Atomic uint64_t holds; /* claim << 32 | how many frames that subscription holds */
};

/* Is the memory's session the one we are in, right now? Any thread. */
bool wire_consumer_intact(const struct wire_consumer *self, uint32_t session);

/* May this queue be used? 0, WIRE_E_LOST, or WIRE_E_TIMEOUT with the place given up. */
int wire_consumer_ready(struct wire_consumer *self, enum wire_queue queue);

/* Makes WIRE_E_LOST known to the next wire_consumer_check(); passes `answer` through. */
int wire_consumer_note(struct wire_consumer *self, int answer);

#endif
