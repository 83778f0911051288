/* The frame thread's half: which slots may be refilled, and how a frame is announced. Each order
 * and each fence here is a case of tests/model; doc/holds.md says which. */
#include "base/atomic.h"
#include "base/clock.h"
#include "wire/ext_producer.h"
#include "wire/header.h"
#include "wire/lgmp6.h"

#define STARVED_NS (20 * NS_PER_MS)

/* A release that holds through a write-combined mapping too. */
static void release(_Atomic uint64_t *word, uint64_t value)
{
	fence_stores();
	atomic_store_explicit(word, value, memory_order_release);
}

/* ---- choosing a slot ---- */

static uint32_t bits_of(const struct ext_frames *frames, unsigned block, uint64_t hold)
{
	uint32_t bits = (uint32_t)hold & 0xFF;
	if ((uint32_t)__builtin_popcount(bits) > EXT_HOLDS_MAX)
		return 0;
	return frames->taken[block].word == hold ? bits & ~frames->taken[block].bits : bits;
}

static bool held(const struct ext_producer *self, uint32_t slot)
{
	EXT_FOR_EACH_CLAIMED(&self->map, i, hold)
	if (bits_of(&self->frames, i, hold) >> slot & 1)
		return true;
	return false;
}

bool wire_ext_hide(struct ext_producer *self, uint32_t slot)
{
	struct ext_frames *frames = &self->frames;
	_Atomic uint64_t *serial = &self->map.head->slot_serial[slot];

	if (held(self, slot))
		return false; /* only saves hiding it in vain */
	atomic_store_explicit(serial, 0, memory_order_relaxed);
	fence_full(); /* partner: the one between a consumer's bit and its look at the serial */
	if (held(self, slot)) {
		atomic_store_explicit(serial, frames->serials[slot], memory_order_relaxed);
		return false;
	}
	frames->serials[slot] = 0;
	frames->starved_ns = 0;
	return true;
}

bool wire_ext_starved(struct ext_producer *self)
{
	struct ext_frames *frames = &self->frames;
	uint64_t now = clock_ns();
	if (!frames->starved_ns)
		frames->starved_ns = now;
	return now - frames->starved_ns >= STARVED_NS;
}

void wire_ext_take_away(struct ext_producer *self, uint32_t slot)
{
	struct ext_frames *frames = &self->frames;

	atomic_store_explicit(&self->map.head->slot_serial[slot], 0, memory_order_relaxed);
	frames->serials[slot] = 0;
	frames->starved_ns = 0;
	fence_full(); /* no consumer's check succeeds any more; nor does one whose word we read now
		       */
	EXT_FOR_EACH_CLAIMED(&self->map, i, hold)
	{
		struct ext_taken *taken = &frames->taken[i];
		if (taken->word != hold)
			*taken = (struct ext_taken){ .word = hold };
		taken->bits |= 1u << slot;
	}
}

/* ---- announcing a frame ---- */

/* Nobody completes the frame before this one any more. */
static void give_up_last(struct ext_frames *frames)
{
	if (frames->filling)
		atomic_store(&frames->entry->filled, EXT_ABANDONED);
	frames->broken |= frames->filling;
	frames->filling = false;
}

static void write_entry(struct ext_entry *entry, uint64_t serial, uint32_t slot,
			const struct wire_frame_words *words, const struct wire_stamps *stamps)
{
	const struct kvmfr20_frame *in = &words->frame;
	struct ext_frame out = {
		.captured = stamps->captured,
		.posted = stamps->posted ? stamps->posted : clock_ns(),
		.slot = slot,
		.format_version = in->format_version,
		.type = in->type,
		.screen_width = in->screen_width,
		.screen_height = in->screen_height,
		.data_width = in->data_width,
		.data_height = in->data_height,
		.frame_width = in->frame_width,
		.frame_height = in->frame_height,
		.rotation = in->rotation,
		.pitch = in->pitch,
		.flags = words->flags,
		.rect_count = in->rect_count,
		.reserved = { EXT_RESERVED },
	};

	atomic_store_explicit(&entry->mark, 0, memory_order_relaxed);
	fence_stores(); /* partner: the reader's second look at the mark */
	atomic_store_explicit(&entry->filled, EXT_FILLING, memory_order_relaxed);
	lgmp6_write(&entry->frame, &out, sizeof(out));
	lgmp6_write(entry->rects, words->rects, in->rect_count * sizeof(words->rects[0]));
	atomic_store_explicit(&entry->mark, serial, memory_order_relaxed);
}

static void remember_format(struct ext_frames *frames, const struct wire_frame *frame,
			    const struct pixel_image *image)
{
	frames->last.image = *image;
	frames->last.screen_width = frame->screen_width;
	frames->last.screen_height = frame->screen_height;
}

static bool same_format(const struct ext_frames *frames, const struct wire_frame *frame,
			const struct pixel_image *image)
{
	const struct wire_frame *last = &frames->last;
	return frames->count > 0 && pixel_image_same(&last->image, image) &&
	       last->screen_width == frame->screen_width &&
	       last->screen_height == frame->screen_height;
}

void wire_ext_publish(struct ext_producer *self, uint32_t slot, const struct wire_frame *frame,
		      const struct pixel_image *image, uint32_t flags)
{
	struct ext_frames *frames = &self->frames;
	bool same = same_format(frames, frame, image);
	struct wire_frame_words words;

	give_up_last(frames);
	wire_frame_encode(&words, frame, image, flags,
			  frame->damage_all || !same || frames->broken);
	words.frame.format_version = frames->format_version += !same;
	uint64_t serial = (uint64_t)self->session << 32 | ++frames->count;
	frames->entry = ext_entry(&self->map, serial);
	frames->slot = slot;
	frames->serials[slot] = serial;
	frames->broken = false;
	frames->filling = true;
	remember_format(frames, frame, image);

	write_entry(frames->entry, serial, slot, &words, &frame->stamps);
	release(&self->map.head->slot_serial[slot], serial); /* first the slot, */
	release(&self->map.head->newest, serial);            /* then newest */
	fence_full(); /* before a pixel changes, another slot is hidden, or `armed` is looked at */
}

void wire_ext_filled(struct ext_producer *self, uint32_t slot)
{
	struct ext_frames *frames = &self->frames;
	if (!frames->filling || slot != frames->slot)
		return;
	frames->filling = false;
	atomic_store_explicit(&frames->entry->filled, clock_ns(), memory_order_relaxed);
}

void wire_ext_abandoned(struct ext_producer *self, uint32_t slot)
{
	if (slot == self->frames.slot)
		give_up_last(&self->frames);
}
