/* view/source/past.h - what changed from picture to picture, as far as it is remembered. Main
 * thread only. */
#ifndef VIEW_SOURCE_PAST_H
#define VIEW_SOURCE_PAST_H

#include "pixel/region.h"

#define PAST_PICTURES 16

struct past {
	uint64_t first, newest;               /* serials; of one it knows nothing before */
	struct region changed[PAST_PICTURES]; /* in picture `serial % PAST_PICTURES` */
};

/* Pictures from that serial on. */
void past_begin(struct past *self, uint64_t first);

/* The next picture, and what changed in it since the one before. */
void past_add(struct past *self, uint64_t serial, const struct region *changed);

/* What changed since picture `since` until `serial`; all of `width` x `height` where that is
 * forgotten. */
void past_damage(const struct past *self, uint64_t since, uint64_t serial, uint32_t width,
		 uint32_t height, struct region *out);

#endif
