/* guest/bands.h - a region as runs of whole rows. Pure; any thread. */
#ifndef GUEST_BANDS_H
#define GUEST_BANDS_H

#include <stdint.h>

#include "pixel/region.h"

struct band {
	uint32_t first, rows;
};

/* The rows of a picture of `height` rows that the region touches, as disjoint runs from top to
 * bottom. `out` has room for REGION_MAX; returns how many there are. */
uint32_t bands_from_region(const struct region *region, uint32_t height,
			   struct band out[REGION_MAX]);

#endif
