/* link/texture.h - the dma-bufs that a SPICE server shows a guest by: what is believed of them, and
 * their bytes for who cannot do without.
 *
 * Server and oriel-spice may have been taken over, so both ends of the link ask the same questions.
 * A sealed memfd counts as a dma-buf: software rasterizers make no difference. Any thread.
 */
#ifndef LINK_TEXTURE_H
#define LINK_TEXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "link/spice_display.h"

/* Is the view inside the picture, the picture inside the descriptor's memory, and that memory of
 * its size for ever? 0, or -EINVAL for numbers, -EPERM for a descriptor, that cannot be. */
int link_texture_check(const struct link_spice_texture *told, uint32_t pixel_bytes, int fd);

/* Mapped for reading. Zeros: not mapped. */
struct link_texture_map {
	const uint8_t *base; /* of the whole memory; NULL: not mapped */
	size_t size;
	int fd;
};

/* Keeps a descriptor of its own. 0 or a negative errno: many devices' memory cannot be mapped. */
int link_texture_map(struct link_texture_map *out, int fd);

/* Safe on zeros. */
void link_texture_unmap(struct link_texture_map *self);

/* Around each reading: what the device wrote by then is seen. May wait for the device, which ends
 * what it has begun. */
void link_texture_begin(const struct link_texture_map *self);
void link_texture_end(const struct link_texture_map *self);

/* The view's top row in a checked and mapped texture, and bytes from each row to the next one down.
 */
const uint8_t *link_texture_top(const struct link_texture_map *self,
				const struct link_spice_texture *told, uint32_t pixel_bytes,
				ptrdiff_t *stride);

#endif
