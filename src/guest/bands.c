#include "guest/bands.h"

#include "base/mem.h"

/* Insertion sort by first row: 64 at most, and damage mostly comes sorted. */
static void insert(struct band *bands, uint32_t count, struct band band)
{
	uint32_t at = count;
	for (; at > 0 && bands[at - 1].first > band.first; at--)
		bands[at] = bands[at - 1];
	bands[at] = band;
}

/* Joins runs that overlap or touch; the input is sorted. */
static uint32_t join(struct band *bands, uint32_t count)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct band *last = kept ? &bands[kept - 1] : NULL;
		uint32_t end = bands[i].first + bands[i].rows;
		if (last && bands[i].first <= last->first + last->rows)
			last->rows = max_u32(last->first + last->rows, end) - last->first;
		else
			bands[kept++] = bands[i];
	}
	return kept;
}

uint32_t bands_from_region(const struct region *region, uint32_t height,
			   struct band out[REGION_MAX])
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < region->count; i++) {
		const struct rect *rect = &region->rects[i];
		if (rect_empty(*rect) || rect->y >= height)
			continue;
		uint32_t rows = min_u32(rect->height, height - rect->y);
		insert(out, count++, (struct band){ rect->y, rows });
	}
	return join(out, count);
}
