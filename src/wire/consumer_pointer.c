/* The pointer: all that waits, folded into what is true now; and asking the guest to move it. */
#include <errno.h>

#include "wire/consumer_impl.h"
#include "wire/kvmfr20.h"
#include "wire/pointer.h"
#include "wire/postbox.h"

/* One message; *good says whether it told us anything. 0, WIRE_E_EMPTY, WIRE_E_LOST. */
static int fold_one(struct wire_consumer *self, struct wire_place *place, struct cursor *cursor,
		    bool *good)
{
	struct wire_letter letter;
	int ret = wire_place_read(place, &self->region, &letter);
	if (ret)
		return ret;
	*good |= wire_pointer_read(self->region.base, self->region.size, letter.udata, letter.size,
				   letter.offset, cursor, self->shape) == 0;
	if (!wire_place_valid(&self->region, place->queue, place->bit, place->claim))
		return WIRE_E_TIMEOUT;
	wire_place_finish(&self->region, place->queue, place->ring, place->length, letter.index,
			  place->bit);
	return 0;
}

int wire_consumer_pointer(struct wire_consumer *self, struct cursor *cursor)
{
	struct wire_place *place = &self->places[WIRE_QUEUE_POINTER];
	struct cursor out = { .x = self->x, .y = self->y };
	bool good = false, any = false;

	if (self->ext.on)
		return wire_ext_consumer_pointer(self, cursor);
	int ret = wire_consumer_ready(self, WIRE_QUEUE_POINTER);
	for (uint32_t i = 0; !ret && i < place->length; i++) {
		ret = fold_one(self, place, &out, &good);
		any |= ret == 0;
	}
	if (ret != 0 && ret != WIRE_E_EMPTY)
		return wire_consumer_note(self, ret);
	ret = wire_consumer_ready(self, WIRE_QUEUE_POINTER);
	if (ret || !good)
		return ret ? ret : any ? WIRE_E_BAD : WIRE_E_EMPTY;
	self->x = out.x;
	self->y = out.y;
	*cursor = out;
	return 0;
}

static int pointer_queue(const struct wire_consumer *self, struct lgmp6_queue **out)
{
	struct lgmp6_header *header = (void *)self->region.base;
	int index = wire_place_find(&self->region, KVMFR20_POINTER_ID);
	if (index < 0)
		return WIRE_E_LOST;
	*out = &header->queues[index];
	return 0;
}

int wire_consumer_set_cursor(struct wire_consumer *self, int32_t x, int32_t y, uint32_t *serial)
{
	struct kvmfr20_set_cursor mail = { .type = KVMFR20_SET_CURSOR, .x = x, .y = y };
	struct lgmp6_queue *queue;

	if (self->spoilt || !wire_consumer_intact(self, self->session.id))
		return WIRE_E_LOST;
	if (!(self->session.guest.features & WIRE_FEATURE_SETCURSORPOS))
		return -ENOTSUP;
	int ret = pointer_queue(self, &queue);
	if (!ret)
		ret = wire_postbox_put(queue, &mail, sizeof(mail), serial);
	return wire_consumer_note(self, ret);
}

bool wire_consumer_acked(const struct wire_consumer *self, uint32_t serial)
{
	struct lgmp6_queue *queue;
	return pointer_queue(self, &queue) == 0 && wire_postbox_acked(queue, serial);
}
