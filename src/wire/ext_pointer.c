/* The pointer in the area: one state under a sequence, and shapes that stay while they are current.
 * A shape's bytes are overwritten when the fourth after it comes, so who has copied one checks that
 * at most two came meanwhile: the third may be announced while the fourth is being written. */
#include "base/atomic.h"
#include "wire/consumer_impl.h"
#include "wire/ext_producer.h"
#include "wire/lgmp6.h"
#include "wire/wire.h"

#define TRIES        4
#define SHAPES_AFTER 2u

/* ---- writing ---- */

static struct ext_pointer_words encode(const struct cursor *cursor, uint32_t shape)
{
	return (struct ext_pointer_words){
		.x = cursor->x,
		.y = cursor->y,
		.flags = (cursor->has_position ? KVMFR20_POSITION : 0) |
			 (cursor->visible ? KVMFR20_VISIBLE : 0),
		.shape = shape,
		.type = cursor->shape.type,
		.hot_x = cursor->shape.hot_x,
		.hot_y = cursor->shape.hot_y,
		.width = cursor->shape.width,
		.height = cursor->shape.height,
		.pitch = cursor->shape.pitch,
	};
}

void wire_ext_pointer(struct ext_producer *self, const struct cursor *cursor, bool reshaped)
{
	struct ext_pointer *pointer = &self->map.head->pointer;

	if (reshaped) {
		uint32_t shape = ++self->pointer.shape;
		lgmp6_write(ext_shape(&self->map, shape), cursor->shape.data,
			    cursor_shape_bytes(&cursor->shape));
	}
	struct ext_pointer_words words = encode(cursor, self->pointer.shape);
	atomic_store_explicit(&pointer->sequence, ++self->pointer.sequence, memory_order_relaxed);
	fence_stores(); /* partner: the reader's second look at the sequence */
	lgmp6_write(&pointer->words, &words, sizeof(words));
	fence_stores();
	atomic_store_explicit(&pointer->sequence, ++self->pointer.sequence, memory_order_release);
}

/* ---- reading ---- */

static bool read_words(const struct ext_pointer *pointer, struct ext_pointer_words *out,
		       uint64_t *sequence)
{
	*sequence = atomic_load_explicit(&pointer->sequence, memory_order_acquire);
	lgmp6_read(out, &pointer->words, sizeof(*out));
	atomic_thread_fence(memory_order_acquire);
	return *sequence % 2 == 0 &&
	       atomic_load_explicit(&pointer->sequence, memory_order_relaxed) == *sequence;
}

/* 0; WIRE_E_BAD; WIRE_E_BUSY: overwritten while we copied. */
static int read_shape(struct wire_consumer *self, const struct ext_pointer_words *words,
		      struct cursor_shape *out)
{
	struct ext_consumer *ext = &self->ext;
	struct cursor_shape shape = {
		.type = words->type,
		.hot_x = words->hot_x,
		.hot_y = words->hot_y,
		.width = words->width,
		.height = words->height,
		.pitch = words->pitch,
		.data = self->shape,
	};
	if (words->type >= CURSOR_TYPE_COUNT || !cursor_shape_valid(&shape))
		return WIRE_E_BAD;
	uint32_t bytes = cursor_shape_bytes(&shape);
	if (bytes > CURSOR_MAX_BYTES || bytes > ext->map.shape_stride)
		return WIRE_E_BAD;
	lgmp6_read(self->shape, ext_shape(&ext->map, words->shape), bytes);
	atomic_thread_fence(memory_order_acquire);
	struct ext_pointer_words now;
	lgmp6_read(&now, &ext->map.head->pointer.words, sizeof(now));
	if (now.shape - words->shape > SHAPES_AFTER)
		return WIRE_E_BUSY;
	*out = shape;
	return 0;
}

static int read_pointer(struct wire_consumer *self, struct cursor *out)
{
	struct ext_consumer *ext = &self->ext;
	struct ext_pointer_words words;
	uint64_t sequence;

	if (!read_words(&ext->map.head->pointer, &words, &sequence))
		return WIRE_E_BUSY;
	if (sequence == ext->pointer_sequence)
		return WIRE_E_EMPTY;
	struct cursor cursor = {
		.visible = (words.flags & KVMFR20_VISIBLE) != 0,
		.has_position = (words.flags & KVMFR20_POSITION) != 0,
		.x = words.x,
		.y = words.y,
		.has_shape = words.shape != 0 && words.shape != ext->pointer_shape,
	};
	int ret = cursor.has_shape ? read_shape(self, &words, &cursor.shape) : 0;
	if (ret == WIRE_E_BUSY)
		return ret;
	ext->pointer_sequence = sequence;
	ext->pointer_shape = words.shape;
	if (!ret)
		*out = cursor;
	return ret;
}

int wire_ext_consumer_pointer(struct wire_consumer *self, struct cursor *cursor)
{
	int ret = wire_ext_ready(self, WIRE_QUEUE_POINTER);
	if (ret)
		return ret;
	for (int i = 0; i < TRIES; i++) {
		ret = read_pointer(self, cursor);
		if (ret != WIRE_E_BUSY)
			return ret;
	}
	return WIRE_E_EMPTY; /* it changes faster than we read: the next change rings */
}
