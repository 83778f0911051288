#include "lib/history.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"

static struct region *delta(struct history *self, uint64_t serial)
{
	return &self->deltas[serial % HISTORY_LENGTH];
}

static void region_copy(struct region *to, const struct region *from)
{
	to->count = min_u32(from->count, REGION_MAX);
	memcpy(to->rects, from->rects, to->count * sizeof(to->rects[0]));
}

uint64_t history_add(struct history *self, const struct region *damage, uint32_t width,
		     uint32_t height)
{
	bool resized = width != self->width || height != self->height;
	struct region *slot = delta(self, ++self->newest);
	self->width = width;
	self->height = height;
	if (damage && !resized)
		region_copy(slot, damage);
	else
		region_set_full(slot, width, height);
	return self->newest;
}

void history_spoil(struct history *self)
{
	region_set_full(delta(self, self->newest), self->width, self->height);
}

void history_copy(struct history *self, const struct history *from)
{
	self->newest = from->newest;
	self->width = from->width;
	self->height = from->height;
	for (size_t i = 0; i < HISTORY_LENGTH; i++)
		region_copy(&self->deltas[i], &from->deltas[i]);
}

void history_since(const struct history *self, uint64_t since, struct region *out)
{
	region_clear(out);
	if (since == 0 || since > self->newest || self->newest - since > HISTORY_LENGTH) {
		region_set_full(out, self->width, self->height);
		return;
	}
	for (uint64_t serial = since + 1; serial <= self->newest; serial++)
		region_unite(out, &self->deltas[serial % HISTORY_LENGTH]);
	region_clip(out, self->width, self->height);
	if (region_is_full(out, self->width, self->height))
		region_set_full(out, self->width, self->height);
}
