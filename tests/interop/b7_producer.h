/* A minimal producer with the habits of the released one, written from the offsets of the
 * specification: the magic comes first, two frame buffers alternate, two messages queue up, and a
 * message is posted before its pixels are there. */
#ifndef TESTS_INTEROP_B7_PRODUCER_H
#define TESTS_INTEROP_B7_PRODUCER_H

#include "raw.h"

struct b7_producer {
	uint8_t *memory;
	uint32_t size, align;
	uint64_t now; /* ms of its own clock */
	uint32_t alloc;
	uint32_t write[2]; /* private ring positions: frame, pointer */
	uint32_t frame_buffer[2], frame_bytes;
	uint32_t position_buffer, shape_buffer;
	uint32_t next_frame, next_position, next_shape;
	uint32_t serial, version;
	uint32_t mail;
	int32_t cursor_x, cursor_y;
	uint32_t cursor_mails;
};

enum { B7_FRAME_QUEUE = 32, B7_POINTER_QUEUE = 32 + 1144 };

static inline uint32_t b7_alloc(struct b7_producer *self, uint32_t size, uint32_t align)
{
	uint32_t at = (self->alloc + align - 1) & ~(align - 1);
	self->alloc = at + ((size + align - 1) & ~(align - 1));
	return at;
}

/* Section 3.1, the racy order of the released program, one step per call. False: done. */
static inline bool b7_init_step(struct b7_producer *self, uint32_t step, const void *udata,
				uint32_t udata_size)
{
	uint8_t *m = self->memory;
	switch (step) {
	case 0:
		set32(m, 8, get32(m, 8) * 1664525 + 1013904223);
		return true;
	case 1:
		memcpy(m, "LGMP", 4);
		return true;
	case 2:
		set64(m, 16, self->now);
		return true;
	case 3:
		set32(m, 4, 6);
		return true;
	case 4:
		set32(m, 24, 0);
		return true;
	case 5:
		set32(m, 5752, udata_size);
		return true;
	case 6:
		memcpy(m + 5756, udata, udata_size);
		self->alloc = 5760 + udata_size;
		return true;
	case 7:
	case 8: {
		uint32_t queue = 32 + 1144 * (step - 7);
		uint32_t length = step == 7 ? 3 : 21;
		set32(m, queue, step == 7 ? 2 : 1);
		set32(m, queue + 4, length);
		set32(m, queue + 8, 0);
		set32(m, queue + 12, 1000);
		set32(m, queue + 16, 0);
		set32(m, queue + 20, b7_alloc(self, 16 * length, 4));
		set32(m, queue + 408, 0);
		set64(m, queue + 416, 0);
		set32(m, queue + 424, 0);
		set64(m, queue + 432, 0);
		set32(m, queue + 440, 0);
		set32(m, queue + 444, 0);
		set32(m, queue + 448, 10);
		set32(m, queue + 452, 0);
		set32(m, queue + 456, 0);
		set32(m, queue + 460, 0);
		memset(m + get32(m, queue + 20), 0, 16 * length);
		self->write[step - 7] = 0;
		set32(m, 24, step - 6);
		return true;
	}
	case 9: {
		self->position_buffer = b7_alloc(self, 20 * 24, 4);
		self->shape_buffer = b7_alloc(self, 3 * 1048600, 4);
		uint32_t avail = self->size - self->alloc - (self->align - 1);
		self->frame_bytes = ((avail & ~(self->align - 1)) / 2) & ~(self->align - 1);
		for (uint32_t i = 0; i < 2; i++)
			self->frame_buffer[i] = b7_alloc(self, self->frame_bytes, self->align);
		self->mail = 0;
		return false;
	}
	}
	return false;
}

static inline void b7_init(struct b7_producer *self, const void *udata, uint32_t udata_size)
{
	for (uint32_t step = 0; b7_init_step(self, step, udata, udata_size);)
		step++;
}

/* Section 3.2 for one queue. */
static inline void b7_reap(struct b7_producer *self, uint32_t queue)
{
	uint8_t *m = self->memory;
	uint32_t length = get32(m, queue + 4), ring = get32(m, queue + 20);
	while (get32(m, queue + 440) > 0) {
		uint32_t start = get32(m, queue + 424), head = ring + 16 * start;
		uint32_t bad = get32(m, queue + 416), on = get32(m, queue + 420);
		uint32_t late = get32(m, head + 12) & on & ~bad;
		if (late && self->now > get64(m, queue + 432)) {
			set32(m, queue + 416, bad | late);
			for (uint32_t i = 0; i < 32; i++)
				if (late >> i & 1)
					set64(m, queue + 24 + 8 * i, self->now + 1000);
			set32(m, head + 12, 0);
			late = 0;
		}
		if (late)
			return;
		set32(m, queue + 424, (start + 1) % length);
		set32(m, queue + 440, get32(m, queue + 440) - 1);
		if (get32(m, queue + 440) > 0)
			set64(m, queue + 432, self->now + 1000);
	}
}

static inline void b7_read_mail(struct b7_producer *self)
{
	uint8_t *m = self->memory + B7_POINTER_QUEUE;
	while (get32(m, 448) != 10) {
		const uint8_t *slot = m + 464 + 68 * self->mail;
		if (get32(slot, 0) == 12 && get32(slot, 4) == 0) {
			self->cursor_x = (int32_t)get32(slot, 8);
			self->cursor_y = (int32_t)get32(slot, 12);
			self->cursor_mails++;
		}
		self->mail = (self->mail + 1) % 10;
		set32(m, 448, get32(m, 448) + 1);
		set32(m, 460, get32(m, 460) + 1);
	}
}

static inline void b7_timer(struct b7_producer *self, uint32_t ms)
{
	self->now += ms;
	set64(self->memory, 16, self->now);
	b7_reap(self, B7_FRAME_QUEUE);
	b7_reap(self, B7_POINTER_QUEUE);
	b7_read_mail(self);
}

/* Section 3.3. False: the queue is full. */
static inline bool b7_post(struct b7_producer *self, uint32_t queue, uint32_t udata, uint32_t size,
			   uint32_t offset)
{
	uint8_t *m = self->memory;
	uint32_t *write = &self->write[queue == B7_POINTER_QUEUE];
	uint32_t length = get32(m, queue + 4);
	uint32_t pending = get32(m, queue + 420) & ~get32(m, queue + 416);
	if (pending == 0)
		return true;
	if (get32(m, queue + 440) == length - 1)
		return false;
	uint32_t at = get32(m, queue + 20) + 16 * *write;
	set32(m, at, udata);
	set32(m, at + 4, size);
	set32(m, at + 8, offset);
	set32(m, at + 12, pending);
	if (get32(m, queue + 440) == 0)
		set64(m, queue + 432, self->now + 1000);
	*write = (*write + 1) % length;
	set32(m, queue + 440, get32(m, queue + 440) + 1);
	set32(m, queue + 16, *write);
	return true;
}

struct b7_picture {
	uint32_t type, width, height, data_width, data_height, pitch, rotation, flags;
	uint32_t rects; /* how many; each is i,i 1x1 */
};

/* Section 6.5: header, wp = 0, post. Returns the payload's offset, 0 where B7 would wait. */
static inline uint32_t b7_post_frame(struct b7_producer *self, const struct b7_picture *picture)
{
	uint8_t *m = self->memory;
	if (get32(m, B7_FRAME_QUEUE + 440) >= 2)
		return 0;
	uint32_t payload = self->frame_buffer[self->next_frame++ % 2];
	set32(m, payload, self->version);
	set32(m, payload + 4, self->serial++);
	set32(m, payload + 8, picture->type);
	set32(m, payload + 12, picture->width);
	set32(m, payload + 16, picture->height);
	set32(m, payload + 20, picture->data_width);
	set32(m, payload + 24, picture->data_height);
	set32(m, payload + 28, picture->width);
	set32(m, payload + 32, picture->height);
	set32(m, payload + 36, picture->rotation);
	set32(m, payload + 40, picture->data_width);
	set32(m, payload + 44, picture->pitch);
	set32(m, payload + 48, self->align - 4);
	set32(m, payload + 52, picture->rects);
	for (uint32_t i = 0; i < picture->rects; i++) {
		set32(m, payload + 56 + 16 * i, 2 * i);
		set32(m, payload + 56 + 16 * i + 4, 2 * i);
		set32(m, payload + 56 + 16 * i + 8, 1);
		set32(m, payload + 56 + 16 * i + 12, 1);
	}
	set32(m, payload + 1080, picture->flags);
	set32(m, payload + self->align - 4, 0);
	b7_post(self, B7_FRAME_QUEUE, 0, self->frame_bytes, payload);
	return payload;
}

static inline void b7_fill(struct b7_producer *self, uint32_t payload, uint32_t from, uint32_t to,
			   uint8_t value)
{
	memset(self->memory + payload + self->align + from, value, to - from);
	set32(self->memory, payload + self->align - 4, to);
}

#endif
