/* pixel/region.h - a bounded set of rectangles: what changed in a picture.
 *
 * Units: unpacked pixels, origin top left. A region never allocates and never fails: when it would
 * need more than REGION_MAX rectangles it grows coarser (merges), it never forgets a pixel. One
 * thread at a time.
 */
#ifndef PIXEL_REGION_H
#define PIXEL_REGION_H

#include <stdbool.h>
#include <stdint.h>

/* As many as a KVMFR frame message can carry (spec section 6.3). */
#define REGION_MAX 64

struct rect {
	uint32_t x, y, width, height;
};

/* count 0 = nothing changed. Rectangles may overlap; none is empty. */
struct region {
	uint32_t count;
	struct rect rects[REGION_MAX];
};

static inline void region_clear(struct region *self)
{
	self->count = 0;
}

static inline bool region_empty(const struct region *self)
{
	return self->count == 0;
}

/* Becomes the one rectangle 0,0 width x height (or empty, if that is empty). */
void region_set_full(struct region *self, uint32_t width, uint32_t height);

/* Does one rectangle of the region cover all of width x height? */
bool region_is_full(const struct region *self, uint32_t width, uint32_t height);

/* Adds one rectangle; an empty one and one that is covered already change nothing. Joins with a
 * neighbour where the two make an exact rectangle. */
void region_add(struct region *self, struct rect rect);

/* self := self united with other. */
void region_unite(struct region *self, const struct region *other);

/* Cuts everything outside 0,0 width x height away. 64-bit arithmetic: foreign rectangles whose
 * x + width overflows are cut like any other. */
void region_clip(struct region *self, uint32_t width, uint32_t height);

/* The smallest rectangle around all; {0,0,0,0} for an empty region. */
struct rect region_bounds(const struct region *self);

/* Sum of the rectangles' areas (overlaps counted twice). */
uint64_t region_area(const struct region *self);

/* One rectangle of `a` that lies in `b` too; empty (width 0) if they do not meet. */
struct rect rect_intersect(struct rect a, struct rect b);

static inline bool rect_empty(struct rect rect)
{
	return rect.width == 0 || rect.height == 0;
}

#endif
