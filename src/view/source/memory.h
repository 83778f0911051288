/* view/source/memory.h - pictures that this program draws itself, in memory that a display server
 * can read: the pattern source and the notices. Main thread only. */
#ifndef VIEW_MEMORY_H
#define VIEW_MEMORY_H

#include <glib.h>

#include "view/source/frame.h"

/* A sealed memfd, cut into equal slots. */
struct memory {
	int fd;
	uint8_t *base;
	size_t size, slot_size;
	unsigned slots;
};

/* `slot_bytes` is rounded up to pages. */
gboolean memory_init(struct memory *self, unsigned slots, size_t slot_bytes, GError **error);

/* Safe on a zeroed or finished one. */
void memory_finish(struct memory *self);

/* Where slot `index` begins. */
static inline void *memory_slot(const struct memory *self, unsigned index)
{
	return self->base + self->slot_size * index;
}

/* Tells where the frame's pixels lie: in slot `index`. */
void memory_place_frame(const struct memory *self, unsigned index, struct frame *frame);

#endif
