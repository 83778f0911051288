/* spice/surface.h - a guest's screen in memory that the viewer reads, as pictures that stay as they
 * are while it does.
 *
 * A sealed memfd of several slots. The newest picture is written into a free one, and into that
 * only what changed since it was written last. Main thread only; nothing blocks.
 */
#ifndef SPICE_SURFACE_H
#define SPICE_SURFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pixel/format.h"

struct surface;

/* Where the pictures come from: the surface's first pixel, and how pixels are stored. */
struct surface_pixels {
	const void *first;
	ptrdiff_t stride; /* bytes from row to row; below 0: upwards */
	enum surface_depth { SURFACE_32, SURFACE_565, SURFACE_555, SURFACE_RGB } depth;
};

/* All of it is damaged at first. 0; -EINVAL for a size out of range; another negative errno where
 * there is no memory. */
int surface_create(struct surface **out, uint32_t width, uint32_t height);
void surface_destroy(struct surface *self); /* NULL is fine */

/* How rows lie in a slot; the memory; bytes of a slot; how many there are. */
const struct pixel_image *surface_image(const struct surface *self);
int surface_fd(const struct surface *self);
size_t surface_slot_size(const struct surface *self);
unsigned surface_slots(const struct surface *self);

/* These pixels have changed. */
void surface_damage(struct surface *self, struct rect rect);

/* Pixels have changed since the last picture. */
bool surface_dirty(const struct surface *self);

/* Makes a picture, which is somebody's until surface_free(): the slot, or -1 where none is free.
 * What changed since the picture before, and bytes written. */
int surface_write(struct surface *self, const struct surface_pixels *from, struct region *damage,
		  uint64_t *bytes_copied);

/* Numbers of slots come from outside: what is no lent slot changes nothing. */
void surface_free(struct surface *self, uint32_t slot);

#endif
