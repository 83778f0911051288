#include "pixel/region.h"

#include "base/mem.h"

static uint64_t right_of(struct rect rect)
{
	return (uint64_t)rect.x + rect.width;
}

static uint64_t bottom_of(struct rect rect)
{
	return (uint64_t)rect.y + rect.height;
}

static uint64_t area_of(struct rect rect)
{
	return (uint64_t)rect.width * rect.height;
}

/* From edges to a rectangle. Only foreign edges can lie beyond 32 bits, and there no pixel is. */
static struct rect rect_between(uint64_t x, uint64_t y, uint64_t right, uint64_t bottom)
{
	return (struct rect){
		.x = (uint32_t)x,
		.y = (uint32_t)y,
		.width = (uint32_t)min_u64(right - x, UINT32_MAX),
		.height = (uint32_t)min_u64(bottom - y, UINT32_MAX),
	};
}

static struct rect rect_around(struct rect a, struct rect b)
{
	return rect_between(min_u32(a.x, b.x), min_u32(a.y, b.y), max_u64(right_of(a), right_of(b)),
			    max_u64(bottom_of(a), bottom_of(b)));
}

static bool covers(struct rect outer, struct rect inner)
{
	return outer.x <= inner.x && outer.y <= inner.y && right_of(outer) >= right_of(inner) &&
	       bottom_of(outer) >= bottom_of(inner);
}

/* Is the rectangle around the two exactly their union? One covers the other, or they share two
 * parallel edges and touch or overlap in between. */
static bool joins(struct rect a, struct rect b)
{
	bool row = a.y == b.y && a.height == b.height && a.x <= right_of(b) && b.x <= right_of(a);
	bool column = a.x == b.x && a.width == b.width && a.y <= bottom_of(b) &&
		      b.y <= bottom_of(a);

	return row || column || covers(a, b) || covers(b, a);
}

static void remove_at(struct region *self, uint32_t index)
{
	self->rects[index] = self->rects[--self->count];
}

/* The rectangle that grows least when `rect` is drawn into it. */
static uint32_t cheapest(const struct region *self, struct rect rect)
{
	uint32_t best = 0;
	uint64_t best_cost = UINT64_MAX;

	for (uint32_t i = 0; i < self->count; i++) {
		uint64_t cost = area_of(rect_around(self->rects[i], rect)) -
				area_of(self->rects[i]);
		if (cost < best_cost) {
			best_cost = cost;
			best = i;
		}
	}
	return best;
}

static uint32_t find_joining(const struct region *self, struct rect rect)
{
	uint32_t i = 0;

	while (i < self->count && !joins(self->rects[i], rect))
		i++;
	return i;
}

void region_set_full(struct region *self, uint32_t width, uint32_t height)
{
	region_clear(self);
	region_add(self, (struct rect){ 0, 0, width, height });
}

bool region_is_full(const struct region *self, uint32_t width, uint32_t height)
{
	struct rect full = { 0, 0, width, height };

	for (uint32_t i = 0; i < self->count; i++)
		if (covers(self->rects[i], full))
			return true;
	return false;
}

/* Each turn takes one rectangle out of the region, so it ends. */
void region_add(struct region *self, struct rect rect)
{
	if (rect_empty(rect))
		return;
	for (;;) {
		uint32_t index = find_joining(self, rect);
		if (index == self->count && self->count == REGION_MAX)
			index = cheapest(self, rect);
		if (index == self->count)
			break;
		rect = rect_around(self->rects[index], rect);
		remove_at(self, index);
	}
	self->rects[self->count++] = rect;
}

void region_unite(struct region *self, const struct region *other)
{
	for (uint32_t i = 0; i < other->count; i++)
		region_add(self, other->rects[i]);
}

void region_clip(struct region *self, uint32_t width, uint32_t height)
{
	struct rect full = { 0, 0, width, height };
	uint32_t kept = 0;

	for (uint32_t i = 0; i < self->count; i++) {
		struct rect rect = rect_intersect(self->rects[i], full);
		if (!rect_empty(rect))
			self->rects[kept++] = rect;
	}
	self->count = kept;
}

struct rect region_bounds(const struct region *self)
{
	struct rect bounds = { 0 };

	if (self->count)
		bounds = self->rects[0];
	for (uint32_t i = 1; i < self->count; i++)
		bounds = rect_around(bounds, self->rects[i]);
	return bounds;
}

uint64_t region_area(const struct region *self)
{
	uint64_t area = 0;

	for (uint32_t i = 0; i < self->count; i++)
		area += area_of(self->rects[i]);
	return area;
}

struct rect rect_intersect(struct rect a, struct rect b)
{
	uint64_t x = max_u32(a.x, b.x), y = max_u32(a.y, b.y);
	uint64_t right = min_u64(right_of(a), right_of(b));
	uint64_t bottom = min_u64(bottom_of(a), bottom_of(b));

	if (right <= x || bottom <= y)
		return (struct rect){ 0 };
	return rect_between(x, y, right, bottom);
}
