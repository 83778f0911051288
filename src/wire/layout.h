/* wire/layout.h - where a producer puts things in its region. Pure. Private to this room.
 *
 * Same order as the released producer: header, udata, frame ring, pointer ring, positions, shapes,
 * frame payloads. A payload is a page with the frame's header, then pixels.
 */
#ifndef WIRE_LAYOUT_H
#define WIRE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define WIRE_POSITIONS 20u
#define WIRE_SHAPES    3u

struct wire_layout {
	uint32_t frame_ring, pointer_ring;
	uint32_t positions, shapes; /* of the first; the others follow */
	uint32_t payloads;          /* page aligned */
	uint32_t payload_bytes;     /* of each, header page included */
	uint32_t slots;
	uint32_t area; /* the extension's; 0: none */
};

/* Four slots where each holds `frame_bytes`, else three, else two of whatever size. 0, or -ENOSPC
 * with words. */
int wire_layout_plan(struct wire_layout *out, uint64_t region, uint64_t udata, uint64_t frame_bytes,
		     struct err *err);

/* The same with the extension's area at the region's end. False where that leaves no three slots of
 * `frame_bytes`: then there is none. `udata` counts the announcement. */
bool wire_layout_plan_extended(struct wire_layout *out, uint64_t region, uint64_t udata,
			       uint64_t frame_bytes);

#endif
