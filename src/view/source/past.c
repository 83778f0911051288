#include "view/source/past.h"

void past_begin(struct past *self, uint64_t first)
{
	self->first = first;
	self->newest = first;
}

void past_add(struct past *self, uint64_t serial, const struct region *changed)
{
	self->newest = serial;
	self->changed[serial % PAST_PICTURES] = *changed;
}

void past_damage(const struct past *self, uint64_t since, uint64_t serial, uint32_t width,
		 uint32_t height, struct region *out)
{
	region_clear(out);
	if (since < self->first || serial - since > PAST_PICTURES ||
	    self->newest - since > PAST_PICTURES) {
		region_set_full(out, width, height);
		return;
	}
	for (uint64_t i = since + 1; i <= serial; i++)
		region_unite(out, &self->changed[i % PAST_PICTURES]);
}
