#include "view/present/pending.h"

static void clear(struct pending_frame *self)
{
	frame_unremember(self->frame);
	*self = (struct pending_frame){ 0 };
}

/* `kept`: of those with a frame. NULL: there is none. */
static struct pending_frame *oldest(struct pending *self, bool kept)
{
	struct pending_frame *found = NULL;

	for (unsigned i = 0; i < PENDING_MAX; i++) {
		struct pending_frame *place = &self->frames[i];
		if ((place->frame || !kept) && (!found || place->number < found->number))
			found = place;
	}
	return found;
}

static unsigned count_kept(const struct pending *self)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PENDING_MAX; i++)
		count += self->frames[i].frame != NULL;
	return count;
}

bool pending_add(struct pending *self, uint64_t number, struct frame *frame, uint64_t *seen_ns)
{
	struct pending_frame *place = oldest(self, false);
	bool replaced = place->number != 0;

	*seen_ns = place->seen_ns;
	clear(place);
	*place = (struct pending_frame){ number, frame->seen_ns, frame_remember(frame) };
	if (count_kept(self) > PENDING_KEPT) {
		place = oldest(self, true);
		frame_unremember(place->frame);
		place->frame = NULL;
	}
	return replaced;
}

bool pending_end(struct pending *self, uint64_t number, uint64_t when_ns, uint64_t *seen_ns)
{
	struct pending_frame *place = self->frames;

	while (place < self->frames + PENDING_MAX && place->number != number)
		place++;
	if (!number || place == self->frames + PENDING_MAX)
		return false;
	*seen_ns = place->seen_ns;
	if (place->frame && when_ns)
		frame_presented(place->frame, when_ns);
	clear(place);
	return true;
}

void pending_clear(struct pending *self)
{
	for (unsigned i = 0; i < PENDING_MAX; i++)
		clear(&self->frames[i]);
}
