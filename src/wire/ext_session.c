/* From one session's area to the next one's. */
#include <string.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "wire/ext_producer.h"
#include "wire/lgmp6.h"

#define FAREWELL_MS 600u /* for consumers that move to let go of their frames */
#define GRACE_MS    100u /* for the first to move */

/* ---- the end of a session ---- */

static void forget_frames(struct ext_head *head)
{
	atomic_store(&head->newest, 0);
	for (unsigned i = 0; i < EXT_SLOTS; i++)
		atomic_store(&head->slot_serial[i], 0);
	fence_full(); /* partner: the consumers' looks at both */
}

void wire_ext_ring_all(struct ext_producer *self)
{
	if (!self->area || !self->ring)
		return;
	for (unsigned i = 0; i < EXT_BLOCKS; i++) {
		const struct ext_block *block = ext_block(&self->map, i);
		uint64_t doorbell = atomic_load(&block->doorbell);
		struct wire_ring ring = { .kind = WIRE_WAKE_DOORBELL,
					  .peer = (uint16_t)(doorbell >> 16),
					  .vector = (uint16_t)doorbell };
		if (ext_id(doorbell) == 0 || (uint32_t)doorbell == EXT_WAKE_NONE)
			continue;
		if ((uint32_t)doorbell == EXT_WAKE_FUTEX)
			ring = (struct wire_ring){ .kind = WIRE_WAKE_FUTEX,
						   .bell = ext_bell(&self->map, i) };
		self->ring(self->data, &ring);
	}
}

/* How many hold frames; *moved says whether one of those lives. */
static unsigned count_holders(struct ext_producer *self, uint32_t beats[EXT_BLOCKS], bool *moved)
{
	unsigned count = 0;
	*moved = false;
	EXT_FOR_EACH_CLAIMED(&self->map, i, hold)
	{
		uint32_t beat = atomic_load(&ext_block(&self->map, i)->beat);
		if (!(hold & 0xFF))
			continue;
		count++;
		*moved |= beat != beats[i];
		beats[i] = beat;
	}
	return count;
}

static void wait_for_holders(struct ext_producer *self)
{
	uint32_t beats[EXT_BLOCKS];
	bool moved;
	unsigned patience = GRACE_MS;

	for (unsigned i = 0; i < EXT_BLOCKS; i++)
		beats[i] = atomic_load(&ext_block(&self->map, i)->beat);
	for (unsigned ms = 0; ms < FAREWELL_MS && patience > 0; ms++, patience--) {
		if (count_holders(self, beats, &moved) == 0)
			return;
		if (moved)
			patience = GRACE_MS;
		clock_sleep(NS_PER_MS);
	}
}

/* Is there an area that belongs to the session that this memory had last? */
static bool find_old(struct ext_producer *self, uint32_t session)
{
	uint64_t at = ext_area_at(self->region);
	return session != 0 && at != 0 &&
	       ext_map_read(&self->map, self->base, self->region, at, EXT_AREA_BYTES) == 0 &&
	       atomic_load(&self->map.head->session) == session;
}

/* Nothing else of a block changes: the next owner does that. Who claims from here on sets its bit
 * after that, so it stays. */
static void free_blocks(struct ext_producer *self)
{
	atomic_store(&self->map.common->claimed, 0);
	for (unsigned i = 0; i < EXT_BLOCKS; i++)
		atomic_exchange(&ext_block(&self->map, i)->hold, 0);
}

static bool placed_as_ours(const struct ext_map *map)
{
	const uint8_t *area = (const uint8_t *)map->head;
	return map->history == area + EXT_HISTORY_AT && map->entry_stride == EXT_ENTRY_STRIDE &&
	       map->bells == area + EXT_BELLS_AT && map->bell_stride == EXT_BELL_STRIDE &&
	       map->blocks == area + EXT_BLOCKS_AT && map->block_stride == EXT_BLOCK_STRIDE &&
	       (const uint8_t *)map->common == area + EXT_COMMON_AT;
}

static void clear(uint8_t *area, uint32_t from, uint32_t to)
{
	static const uint8_t zeros[256];
	for (; from < to; from += sizeof(zeros))
		lgmp6_write(area + from, zeros, sizeof(zeros));
}

void wire_ext_farewell(struct ext_producer *self, uint32_t session)
{
	self->on = false;
	self->area = find_old(self, session) ? ext_area_at(self->region) : 0;
	if (!self->area)
		return;
	atomic_store(&self->map.head->session, 0);
	forget_frames(self->map.head);
	wire_ext_ring_all(self);
	wait_for_holders(self);
	free_blocks(self);
	wire_ext_ring_all(self); /* who fell asleep on a claim that is void by now */
	if (!placed_as_ours(&self->map))
		self->area = 0;
}

/* ---- the beginning of the next ---- */

void wire_ext_build(struct ext_producer *self, uint32_t session, uint64_t area)
{
	bool fresh = self->area != area;

	self->area = area;
	self->on = area != 0;
	self->session = session;
	memset(&self->frames, 0, sizeof(self->frames));
	memset(&self->pulse, 0, sizeof(self->pulse));
	memset(&self->pointer, 0, sizeof(self->pointer));
	atomic_store(&self->watchers, 0);
	for (unsigned i = 0; i < EXT_BLOCKS; i++)
		atomic_store(&self->rung[i], 0);
	if (!area)
		return;
	/* Of an area that is in use already only the producer's half is built anew; bells go on
	 * counting. */
	clear(self->base + area, 0, fresh ? EXT_SHAPES_AT : EXT_BELLS_AT);
	ext_map_write(&self->map, self->base, area);
}

void wire_ext_announce(struct ext_producer *self, const struct wire_slot *slots, uint32_t count)
{
	struct ext_head *head = self->map.head;
	for (uint32_t i = 0; i < count; i++) {
		atomic_store(&head->slots[i].offset, slots[i].offset);
		atomic_store(&head->slots[i].size, slots[i].size);
	}
	atomic_store(&head->slot_count, count);
	atomic_store(&head->clock.kind, 1);
	atomic_store(&head->clock.hz, NS_PER_S);
	atomic_store(&head->magic, EXT_MAGIC);
	fence_stores();
	atomic_store(&head->session, self->session);
}
