/* wire/pointer.h - a pointer message's payload, to and from struct cursor. Private to this room. */
#ifndef WIRE_POINTER_H
#define WIRE_POINTER_H

#include <stdint.h>

#include "pixel/cursor.h"
#include "wire/kvmfr20.h"

/* Bytes of a payload with the largest shape. */
#define WIRE_SHAPE_BYTES (sizeof(struct kvmfr20_pointer) + CURSOR_MAX_BYTES)

/* Writes position and visibility, with `shape` the shape too, and returns the descriptor's udata
 * (enum kvmfr20_pointer_flags). Positions beyond 16 bits and hot spots beyond 8 are clamped: the
 * wire has no more. `payload` holds WIRE_SHAPE_BYTES with `shape`. */
uint32_t wire_pointer_write(void *payload, const struct cursor *cursor, bool shape);

/* One message as its descriptor says it is: `offset` and `size` are foreign. Folds into *cursor
 * what the message knows; the shape's bytes go to `data` (CURSOR_MAX_BYTES). 0, or WIRE_E_BAD with
 * *cursor untouched (but not `data`). */
int wire_pointer_read(const void *base, uint64_t region, uint32_t udata, uint32_t size,
		      uint32_t offset, struct cursor *cursor, uint8_t *data);

#endif
