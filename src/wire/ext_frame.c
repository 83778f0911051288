/* Taking the newest frame out of the area, and what its history says. */
#include "base/atomic.h"
#include "wire/consumer_impl.h"
#include "wire/header.h"
#include "wire/lgmp6.h"
#include "wire/wire.h"

#define TRIES   4
#define LOOK_AT 3 /* a producer fills one frame at a time: the newest, or gives it up */

/* A history entry, copied once: the header, and where the rectangles were copied to. */
struct copy {
	struct ext_frame frame;
	struct rect rects[KVMFR20_RECTS];
	uint64_t filled;
};

static bool marked(const struct ext_entry *entry, uint64_t serial)
{
	return atomic_load_explicit(&entry->mark, memory_order_acquire) == serial;
}

static bool still_marked(const struct ext_entry *entry, uint64_t serial)
{
	atomic_thread_fence(memory_order_acquire); /* after all that was read of the entry */
	return marked(entry, serial);
}

/* False where the entry is another frame's by now. */
static bool read_entry(const struct ext_map *map, uint64_t serial, struct copy *out)
{
	const struct ext_entry *entry = ext_entry(map, serial);
	if (!marked(entry, serial))
		return false;
	lgmp6_read(&out->frame, &entry->frame, sizeof(out->frame));
	out->filled = atomic_load(&entry->filled);
	if (out->frame.rect_count > KVMFR20_RECTS)
		out->frame.rect_count = 0;
	lgmp6_read(out->rects, entry->rects, out->frame.rect_count * sizeof(out->rects[0]));
	return still_marked(entry, serial);
}

/* ---- damage ---- */

static bool unite_entry(const struct ext_map *map, uint64_t serial, struct region *out)
{
	const struct ext_entry *entry = ext_entry(map, serial);
	struct ext_frame frame;
	struct rect rects[KVMFR20_RECTS];

	if (!marked(entry, serial))
		return false;
	lgmp6_read(&frame, &entry->frame, sizeof(frame));
	if (frame.rect_count - 1 >= KVMFR20_RECTS)
		return false; /* everything */
	lgmp6_read(rects, entry->rects, frame.rect_count * sizeof(rects[0]));
	for (uint32_t i = 0; i < frame.rect_count; i++)
		region_add(out, rects[i]);
	return still_marked(entry, serial);
}

/* Adds what frames after `since`, up to `last`, changed. */
static bool unite(const struct ext_map *map, uint64_t since, uint64_t last, struct region *out)
{
	if (since == 0 || since > last || since >> 32 != last >> 32 || last - since >= EXT_HISTORY)
		return false;
	for (uint64_t serial = since + 1; serial <= last; serial++)
		if (!unite_entry(map, serial, out))
			return false;
	return true;
}

bool wire_consumer_damage_since(const struct wire_consumer *self, uint64_t since,
				struct region *out)
{
	const struct ext_consumer *ext = &self->ext;
	struct region region = { 0 };
	if (!ext->on || !unite(&ext->map, since, ext->accepted, &region))
		return false;
	*out = region;
	return true;
}

/* ---- taking ---- */

static void tell_damage(const struct ext_consumer *ext, uint64_t serial, struct wire_frame *frame)
{
	if (ext->again || ext->accepted == 0)
		frame->damage_all = true;
	if (frame->damage_all || serial == ext->accepted + 1)
		return;
	frame->damage_all = !unite(&ext->map, ext->accepted, serial - 1, &frame->damage);
	region_clip(&frame->damage, frame->image.width, frame->image.height);
}

static int decode(const struct ext_consumer *ext, const struct copy *in, uint64_t serial,
		  struct wire_frame *frame)
{
	const struct ext_frame *from = &in->frame;
	struct wire_frame_words words = {
		.frame = { .format_version = from->format_version,
			   .serial = (uint32_t)serial,
			   .type = from->type,
			   .screen_width = from->screen_width,
			   .screen_height = from->screen_height,
			   .data_width = from->data_width,
			   .data_height = from->data_height,
			   .frame_width = from->frame_width,
			   .frame_height = from->frame_height,
			   .rotation = from->rotation,
			   .pitch = from->pitch,
			   .rect_count = from->rect_count },
		.rects = in->rects,
		.flags = from->flags,
	};
	int ret = wire_frame_decode(&words, frame);
	if (ret || pixel_image_size(&frame->image) > ext->slots[from->slot].size)
		return WIRE_E_BAD;
	frame->ext_serial = serial;
	frame->stamps = (struct wire_stamps){ from->captured, from->posted, in->filled };
	tell_damage(ext, serial, frame);
	return 0;
}

static struct wire_hold make_hold(const struct wire_consumer *self, const struct wire_frame *frame,
				  uint32_t slot)
{
	const struct ext_consumer *ext = &self->ext;
	const uint8_t *base = self->region.base;
	return (struct wire_hold){
		.session = self->session.id,
		.offset = ext->slots[slot].offset,
		.size = pixel_image_size(&frame->image),
		.fill_word = ext->slots[slot].offset - 4,
		.extended = true,
		.slot = slot,
		.generation = ext->generation,
		.serial = frame->ext_serial,
		.serial_word = (uint64_t)((uint8_t *)&ext->map.head->slot_serial[slot] - base),
		.entry = (uint64_t)((uint8_t *)ext_entry(&ext->map, frame->ext_serial) - base),
	};
}

/* The frame `serial` is ours, or WIRE_E_BUSY: it moved on meanwhile; WIRE_E_TIMEOUT: the block was
 * taken from us. */
static int take(struct wire_consumer *self, uint64_t serial, uint32_t slot)
{
	struct ext_consumer *ext = &self->ext;
	if (!wire_ext_hold(self, slot, (uint32_t)serial))
		return WIRE_E_TIMEOUT;
	if (atomic_load(&ext->map.head->slot_serial[slot]) == serial)
		return 0;
	return wire_ext_unhold(self, slot) ? WIRE_E_BUSY : WIRE_E_TIMEOUT;
}

static int try_newest(struct wire_consumer *self, uint64_t serial, struct wire_frame *frame,
		      struct wire_hold *hold)
{
	struct ext_consumer *ext = &self->ext;
	struct copy copy;

	if (!read_entry(&ext->map, serial, &copy))
		return WIRE_E_BUSY;
	uint32_t slot = copy.frame.slot;
	bool given_up = copy.filled == EXT_ABANDONED;
	int ret = slot >= ext->slot_count ? WIRE_E_BAD
		  : given_up              ? WIRE_E_EMPTY
					  : take(self, serial, slot);
	if (!ret && (ret = decode(ext, &copy, serial, frame)) == 0)
		*hold = make_hold(self, frame, slot);
	else if (ret == WIRE_E_BAD && slot < ext->slot_count)
		wire_ext_unhold(self, slot);
	/* What makes no sense now will make none later. */
	if (ret == 0)
		ext->accepted = serial;
	if (ret == 0 || ret == WIRE_E_BAD)
		ext->again = false;
	if (ret == WIRE_E_BAD)
		ext->refused = serial;
	return ret;
}

/* What the entry says of its frame's bytes; 0 too where it is another frame's by now. */
static uint64_t filled_of(const struct ext_map *map, uint64_t serial)
{
	const struct ext_entry *entry = ext_entry(map, serial);
	if (!marked(entry, serial))
		return EXT_FILLING;
	uint64_t filled = atomic_load(&entry->filled);
	return still_marked(entry, serial) ? filled : EXT_FILLING;
}

/* From the newest back to the first whose bytes are there. WIRE_E_FILLING: none that is new. */
static int find_whole(const struct ext_consumer *ext, uint64_t *serial)
{
	uint64_t oldest = ext->accepted + !ext->again;
	int ret = WIRE_E_EMPTY;
	for (uint64_t at = *serial, i = 0; i < LOOK_AT && at >= oldest && (uint32_t)at; i++, at--) {
		uint64_t filled = filled_of(&ext->map, at);
		if (filled != EXT_FILLING && filled != EXT_ABANDONED && at != ext->refused) {
			*serial = at;
			return 0;
		}
		if (filled == EXT_FILLING)
			ret = WIRE_E_FILLING;
	}
	return ret;
}

int wire_ext_consumer_frame(struct wire_consumer *self, struct wire_frame *frame,
			    struct wire_hold *hold, bool whole)
{
	struct ext_consumer *ext = &self->ext;
	int ret = wire_ext_ready(self, WIRE_QUEUE_FRAME);

	if (ret)
		return ret;
	ret = WIRE_E_BUSY;
	for (int i = 0; i < TRIES && ret == WIRE_E_BUSY; i++) {
		uint64_t serial = atomic_load(&ext->map.head->newest);
		if (ext_id(serial) != self->session.id || serial == ext->refused ||
		    (serial == ext->accepted && !ext->again))
			return WIRE_E_EMPTY;
		if (whole && (ret = find_whole(ext, &serial)) != 0)
			return ret;
		if ((uint32_t)__builtin_popcount(wire_ext_mask(ext)) >= EXT_HOLDS_MAX)
			return WIRE_E_BUSY;
		ret = try_newest(self, serial, frame, hold);
	}
	return ret == WIRE_E_BUSY ? WIRE_E_EMPTY : ret;
}

void wire_consumer_again(struct wire_consumer *self)
{
	self->ext.again = true;
}

bool wire_hold_stamps(const struct wire_consumer *self, const struct wire_hold *hold,
		      struct wire_stamps *out)
{
	if (!hold->extended)
		return false;
	const struct ext_entry *entry = (const void *)(self->region.base + hold->entry);
	struct wire_stamps stamps;

	if (!marked(entry, hold->serial))
		return false;
	lgmp6_read(&stamps, &entry->frame, offsetof(struct wire_stamps, filled));
	stamps.filled = atomic_load(&entry->filled);
	if (stamps.filled == EXT_ABANDONED || !still_marked(entry, hold->serial))
		return false;
	*out = stamps;
	return true;
}
