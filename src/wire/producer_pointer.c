/* The pointer thread's half of the producer. What is known of the pointer is kept in our own memory
 * and posted when there is room: positions overtake each other, a shape waits for a buffer that no
 * undelivered message names. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "wire/pointer.h"
#include "wire/producer_impl.h"

void wire_pointers_reset(struct wire_producer *self)
{
	struct wire_pointers *pointers = &self->pointers;
	pointers->position = 0;
	/* What was known stays known: the first consumer of the new session is a newcomer. */
	pointers->moved = pointers->reshaped = false;
}

void wire_pointers_restore(struct wire_producer *self)
{
	const struct cursor *cursor = &self->pointers.cursor;
	if (self->pointers.known)
		wire_ext_pointer(&self->ext, cursor, cursor->has_shape);
}

/* 0 where all are named by messages that somebody has yet to read. */
static uint32_t free_shape_buffer(struct wire_producer *self, uint32_t undelivered)
{
	for (uint32_t i = 0; i < WIRE_SHAPES; i++) {
		uint32_t offset = self->layout.shapes + i * (uint32_t)WIRE_SHAPE_BYTES;
		if (!wire_sender_names(&self->pointers.sender, undelivered, offset))
			return offset;
	}
	return 0;
}

/* There are as many position buffers as undelivered messages can be, used in turn: the next one is
 * always free. */
static uint32_t next_position_buffer(struct wire_producer *self)
{
	uint32_t index = self->pointers.position++ % WIRE_POSITIONS;
	return self->layout.positions + index * (uint32_t)sizeof(struct kvmfr20_pointer);
}

static_assert(WIRE_POSITIONS == KVMFR20_POINTER_LENGTH - 1, "one buffer per message");

/* Posts what is new; `shape` is a free buffer, or 0 for position and visibility alone. */
static int post(struct wire_producer *self, uint32_t shape)
{
	struct wire_pointers *pointers = &self->pointers;
	uint32_t offset = shape ? shape : next_position_buffer(self);
	bool delivered;
	struct wire_post message = {
		.size = shape ? WIRE_SHAPE_BYTES : sizeof(struct kvmfr20_pointer),
		.offset = offset,
		.udata = wire_pointer_write(self->base + offset, &pointers->cursor, shape != 0),
	};
	int ret = wire_sender_post(&pointers->sender, &message, atomic_load(&self->now_ms),
				   &delivered);
	if (ret)
		return ret;
	pointers->moved = false;
	pointers->reshaped &= shape == 0;
	return pointers->reshaped ? WIRE_E_BUSY : 0;
}

static int flush(struct wire_producer *self)
{
	struct wire_pointers *pointers = &self->pointers;
	bool newcomer = wire_sender_newcomer(&pointers->sender);
	uint32_t undelivered;

	if (!pointers->known || !(pointers->moved || pointers->reshaped || newcomer))
		return 0;
	int ret = wire_sender_count(&pointers->sender, &undelivered);
	if (ret)
		return ret;
	if (undelivered == KVMFR20_POINTER_LENGTH - 1)
		return WIRE_E_BUSY;
	wire_sender_greeted(&pointers->sender); /* what is due to them is noted in our own words */
	pointers->reshaped |= newcomer && pointers->cursor.has_shape;
	pointers->moved |= newcomer;
	uint32_t shape = pointers->reshaped ? free_shape_buffer(self, undelivered) : 0;
	return shape || pointers->moved ? post(self, shape) : WIRE_E_BUSY;
}

int wire_producer_pointer_flush(struct wire_producer *self)
{
	if (atomic_load(&self->lost))
		return WIRE_E_LOST;
	return wire_producer_note(self, flush(self));
}

static void keep_shape(struct wire_pointers *pointers, const struct cursor_shape *shape)
{
	memcpy(pointers->shape_bytes, shape->data, cursor_shape_bytes(shape));
	pointers->cursor.shape = *shape;
	pointers->cursor.shape.data = pointers->shape_bytes;
	pointers->cursor.has_shape = true;
	pointers->reshaped = true;
}

int wire_producer_pointer(struct wire_producer *self, const struct cursor *cursor)
{
	struct wire_pointers *pointers = &self->pointers;

	if (cursor->has_shape && (!cursor_shape_valid(&cursor->shape) ||
				  cursor_shape_bytes(&cursor->shape) > CURSOR_MAX_BYTES))
		return -EINVAL;
	if (cursor->has_shape)
		keep_shape(pointers, &cursor->shape);
	if (cursor->has_position) {
		pointers->cursor.has_position = true;
		pointers->cursor.x = cursor->x;
		pointers->cursor.y = cursor->y;
	}
	pointers->cursor.visible = cursor->visible;
	pointers->known = pointers->moved = true;
	if (self->ext.on)
		wire_ext_pointer(&self->ext, &pointers->cursor, cursor->has_shape);
	return wire_producer_pointer_flush(self);
}
