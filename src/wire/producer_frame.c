/* The frame thread's half of the producer: slots, and what of them LGMP is told.
 *
 * To LGMP's queue at most one message goes at a time (two where somebody new waits for a picture
 * that another consumer sits on): a frame published meanwhile is "waiting", and a newer one takes
 * its place. So a slow consumer sees the newest picture, late, instead of every one, later.
 */
#include <errno.h>

#include "base/atomic.h"
#include "base/mem.h"
#include "wire/header.h"
#include "wire/producer_impl.h"

void wire_frames_reset(struct wire_producer *self)
{
	struct wire_frames *frames = &self->frames;
	const struct wire_layout *layout = &self->layout;

	frames->newest = frames->handed = NULL;
	frames->waiting = frames->any_posted = false;
	for (uint32_t i = 0; i < layout->slots; i++) {
		uint32_t payload = layout->payloads + i * layout->payload_bytes;
		frames->slots[i] = (struct wire_slot_state){
			.payload = payload,
			.slot = { .pixels = self->base + payload + MEM_PAGE,
				  .offset = (uint64_t)payload + MEM_PAGE,
				  .size = layout->payload_bytes - MEM_PAGE,
				  .index = i },
		};
	}
}

static _Atomic uint32_t *fill_word(const struct wire_producer *self, uint32_t payload)
{
	return (void *)(self->base + payload + KVMFR20_FILL_OFFSET);
}

/* ---- posting ---- */

/* Counters move only for frames that nobody has seen under the old ones. */
static void number(struct wire_frames *frames)
{
	struct wire_frame *frame = &frames->frame;
	bool same = frames->any_posted && wire_frame_same_format(frame, &frames->posted);

	frame->serial = frames->posted.serial + 1;
	frame->format_version = frames->posted.format_version + !same;
	frame->damage_all |= !same;
}

static void remember_posted(struct wire_frames *frames)
{
	struct wire_frame *frame = &frames->frame, *posted = &frames->posted;

	posted->image = frame->image;
	posted->screen_width = frame->screen_width;
	posted->screen_height = frame->screen_height;
	posted->serial = frame->serial;
	posted->format_version = frame->format_version;
	frames->any_posted = true;
	frames->waiting = false;
}

/* A newcomer has no earlier picture that damage could be relative to; who has one repaints once. */
static int post_newest(struct wire_producer *self, bool newcomer)
{
	struct wire_frames *frames = &self->frames;
	struct wire_post post = { .size = self->layout.payload_bytes,
				  .offset = frames->newest->payload };
	bool delivered = false;

	if (frames->waiting)
		number(frames);
	frames->frame.damage_all |= newcomer;
	wire_frame_write(self->base + post.offset, &frames->frame);
	int ret = wire_sender_post(&frames->sender, &post, atomic_load(&self->now_ms), &delivered);
	if (ret == 0 && delivered)
		remember_posted(frames);
	return ret;
}

/* Messages that nobody needs any more stay in the queue until somebody takes them out; the
 * consumer tries, the pulse does. When we wait for that, we can as well look ourselves. */
static int count_undelivered(struct wire_producer *self, uint32_t *count)
{
	struct wire_sender *sender = &self->frames.sender;
	int ret = wire_sender_count(sender, count);
	if (ret || *count == 0)
		return ret;
	ret = wire_sender_retire(sender, atomic_load(&self->now_ms));
	return ret ? ret : wire_sender_count(sender, count);
}

static int flush(struct wire_producer *self)
{
	struct wire_frames *frames = &self->frames;
	bool newcomer = wire_sender_newcomer(&frames->sender);
	uint32_t count;

	if (!frames->newest || (!frames->waiting && !newcomer))
		return 0;
	if (wire_sender_live(&frames->sender) == 0)
		return 0;
	int ret = count_undelivered(self, &count);
	if (ret)
		return ret;
	if (count > 0 && !(newcomer && count < KVMFR20_FRAME_LENGTH - 1))
		return WIRE_E_BUSY;
	if (newcomer)
		wire_sender_greeted(&frames->sender); /* who comes from here on is new again */
	return post_newest(self, newcomer);
}

int wire_producer_flush(struct wire_producer *self)
{
	if (atomic_load(&self->lost))
		return WIRE_E_LOST;
	return wire_producer_note(self, flush(self));
}

bool wire_producer_ready(struct wire_producer *self)
{
	uint32_t count;
	return !atomic_load(&self->lost) && wire_sender_count(&self->frames.sender, &count) == 0 &&
	       (count == 0 || atomic_load(&self->ext.watchers) > 0);
}

/* ---- slots ---- */

/* Of those that LGMP has no claim on, the one used last, or least recently; `tried`: those in this
 * bit set are left out. */
enum age { NEWEST, OLDEST };
static struct wire_slot_state *pick(struct wire_producer *self, uint32_t undelivered,
				    uint32_t tried, enum age age)
{
	struct wire_frames *frames = &self->frames;
	struct wire_slot_state *best = NULL;

	for (uint32_t i = 0; i < self->layout.slots; i++) {
		struct wire_slot_state *slot = &frames->slots[i];
		if (slot == frames->newest || (tried >> i & 1) ||
		    wire_sender_names(&frames->sender, undelivered, slot->payload))
			continue;
		if (!best || (age == NEWEST ? slot->used > best->used : slot->used < best->used))
			best = slot;
	}
	return best;
}

/* The one used last has missed the least, and its pages are the warmest. Oriels hold slots, too;
 * but nobody keeps the last change from being shown. */
static struct wire_slot_state *find_free(struct wire_producer *self, uint32_t undelivered)
{
	struct wire_slot_state *slot;
	uint32_t tried = 0;

	while ((slot = pick(self, undelivered, tried, NEWEST)) != NULL) {
		if (!self->ext.on || wire_ext_hide(&self->ext, slot->slot.index))
			return slot;
		tried |= 1u << slot->slot.index;
	}
	if (!tried || !wire_ext_starved(&self->ext))
		return NULL;
	slot = pick(self, undelivered, 0, OLDEST);
	wire_ext_take_away(&self->ext, slot->slot.index);
	return slot;
}

int wire_producer_acquire(struct wire_producer *self, struct wire_slot *out)
{
	struct wire_frames *frames = &self->frames;
	uint32_t undelivered;

	if (atomic_load(&self->lost) || wire_sender_count(&frames->sender, &undelivered))
		return wire_producer_note(self, WIRE_E_LOST);
	if (!frames->handed)
		frames->handed = find_free(self, undelivered);
	if (!frames->handed)
		return WIRE_E_BUSY;
	*out = frames->handed->slot;
	return 0;
}

/* Takes the new frame over. What is new since the last post is this frame's damage, and that of
 * frames nobody was shown. */
static void take_over(struct wire_frames *frames, const struct wire_frame *next,
		      const struct pixel_image *image, uint32_t flags)
{
	struct wire_frame *frame = &frames->frame;
	bool unseen = frames->newest && frames->waiting;
	bool changed = unseen && (!pixel_image_same(&frame->image, image) ||
				  frame->screen_width != next->screen_width ||
				  frame->screen_height != next->screen_height);

	/* Who subscribes later repaints once anyway. */
	bool unheard = wire_sender_live(&frames->sender) == 0;
	frame->damage_all = next->damage_all || changed || unheard || (unseen && frame->damage_all);
	if (!unseen || frame->damage_all)
		region_clear(&frame->damage);
	if (!frame->damage_all)
		region_unite(&frame->damage, &next->damage);
	region_clip(&frame->damage, image->width, image->height);
	frame->image = *image;
	frame->screen_width = next->screen_width;
	frame->screen_height = next->screen_height;
	frame->flags = flags;
}

int wire_producer_publish(struct wire_producer *self, const struct wire_slot *slot,
			  const struct wire_frame *frame, bool *posted)
{
	struct wire_frames *frames = &self->frames;
	struct pixel_image image = frame->image;
	uint32_t flags = frame->flags;

	if (slot->index >= self->layout.slots || wire_frame_cut(&image, &flags, slot->size))
		return -EINVAL;
	if (atomic_load(&self->lost))
		return WIRE_E_LOST;
	take_over(frames, frame, &image, flags);
	frames->newest = &frames->slots[slot->index];
	frames->handed = NULL;
	frames->waiting = true;
	frames->newest->used = ++frames->publications;
	frames->newest->promised = pixel_image_size(&image);
	/* Ordered by the fence before the post. */
	atomic_store_explicit(fill_word(self, frames->newest->payload), 0, memory_order_relaxed);
	if (self->ext.on)
		wire_ext_publish(&self->ext, slot->index, frame, &image, flags);

	int ret = wire_producer_note(self, flush(self));
	if (ret == WIRE_E_LOST)
		return ret;
	if (posted)
		*posted = !frames->waiting;
	return 0;
}

void wire_slot_fill(struct wire_producer *self, const struct wire_slot *slot, uint64_t bytes)
{
	const struct wire_slot_state *state = &self->frames.slots[slot->index];

	if (self->ext.on && bytes >= state->promised)
		wire_ext_filled(&self->ext, slot->index);
	/* Partner: the consumer's acquire load of the write pointer. Pixels may have been written
	 * with non-temporal stores, or through a write-combined mapping. */
	fence_stores();
	atomic_store(fill_word(self, state->payload), (uint32_t)min_u64(bytes, state->promised));
}

void wire_slot_abandon(struct wire_producer *self, const struct wire_slot *slot)
{
	if (self->ext.on)
		wire_ext_abandoned(&self->ext, slot->index);
	wire_slot_fill(self, slot, UINT64_MAX);
}
