/* Frames: the newest of those that wait, held until it is given back. */
#include "base/mem.h"
#include "wire/consumer_impl.h"
#include "wire/header.h"

#define HOLDS_MAX 2u

static void finish(struct wire_consumer *self, const struct wire_place *place, uint32_t message)
{
	wire_place_finish(&self->region, place->queue, place->ring, place->length, message,
			  place->bit);
}

/* Gives back all but the last of the messages that wait. Bounded by the ring: who posts faster than
 * we look has let us win, not spin. */
static int read_newest(struct wire_consumer *self, struct wire_place *place,
		       struct wire_letter *letter)
{
	int ret = wire_place_read(place, &self->region, letter);
	for (uint32_t i = 0; !ret && i < place->length; i++) {
		if (!wire_place_more(place, &self->region))
			break;
		finish(self, place, letter->index);
		ret = wire_place_read(place, &self->region, letter);
	}
	return ret;
}

static struct wire_hold make_hold(const struct wire_consumer *self, const struct wire_place *place,
				  const struct wire_letter *letter,
				  const struct wire_pixels *pixels)
{
	return (struct wire_hold){
		.session = self->session.id,
		.queue = place->queue,
		.ring = place->ring,
		.length = place->length,
		.message = letter->index,
		.subscriber = place->bit,
		.claim = place->claim,
		.offset = pixels->offset,
		.size = pixels->size,
		.fill_word = pixels->fill_word,
	};
}

int wire_consumer_frame(struct wire_consumer *self, struct wire_frame *frame,
			struct wire_hold *hold)
{
	struct wire_place *place = &self->places[WIRE_QUEUE_FRAME];
	struct wire_letter letter;
	struct wire_pixels pixels;

	if (self->ext.on)
		return wire_ext_consumer_frame(self, frame, hold, false);
	int ret = wire_consumer_ready(self, WIRE_QUEUE_FRAME);
	if (ret)
		return ret;
	if ((uint32_t)atomic_load(&self->holds) >= HOLDS_MAX)
		return WIRE_E_BUSY;
	ret = read_newest(self, place, &letter);
	if (ret)
		return wire_consumer_note(self, ret);
	ret = wire_frame_read(self->region.base, self->region.size, letter.offset, frame, &pixels);
	/* If we were dropped meanwhile, what we read may be of another frame. */
	int status = wire_consumer_ready(self, WIRE_QUEUE_FRAME);
	if (status)
		return status;
	if (ret) {
		finish(self, place, letter.index);
		return ret;
	}
	atomic_fetch_add(&self->holds, 1);
	*hold = make_hold(self, place, &letter, &pixels);
	return 0;
}

int wire_consumer_whole_frame(struct wire_consumer *self, struct wire_frame *frame,
			      struct wire_hold *hold)
{
	return self->ext.on ? wire_ext_consumer_frame(self, frame, hold, true)
			    : wire_consumer_frame(self, frame, hold);
}

uint64_t wire_hold_filled(const struct wire_consumer *self, const struct wire_hold *hold)
{
	/* Partner: fence_stores() and the store in wire_slot_fill(). */
	const _Atomic uint32_t *word = (const void *)(self->region.base + hold->fill_word);
	return min_u64(atomic_load_explicit(word, memory_order_acquire), hold->size);
}

bool wire_hold_valid(const struct wire_consumer *self, const struct wire_hold *hold)
{
	if (hold->extended)
		return wire_ext_hold_valid(self, hold);
	return wire_consumer_intact(self, hold->session) &&
	       wire_place_valid(&self->region, hold->queue, hold->subscriber, hold->claim);
}

/* Counts down only if the count is still that of the hold's own subscription. */
static void count_release(struct wire_consumer *self, uint32_t claim)
{
	uint64_t holds = atomic_load(&self->holds);
	while (holds >> 32 == claim && (uint32_t)holds > 0)
		if (atomic_compare_exchange_weak(&self->holds, &holds, holds - 1))
			return;
}

void wire_consumer_release(struct wire_consumer *self, const struct wire_hold *hold)
{
	if (hold->extended) {
		wire_ext_release(self, hold);
		return;
	}
	if (wire_hold_valid(self, hold))
		wire_place_finish(&self->region, hold->queue, hold->ring, hold->length,
				  hold->message, hold->subscriber);
	count_release(self, hold->claim);
}
