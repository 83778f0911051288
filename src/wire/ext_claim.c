/* The consumer's block: claimed, kept alive, armed, given back. */
#include <string.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "wire/consumer_impl.h"
#include "wire/lgmp6.h"

#define BEAT_NS      (400 * NS_PER_MS)
#define WANTED_BITS  (WIRE_EXT_HISTORY | WIRE_EXT_HOLDS)
#define CHANGE_TRIES 4

static const uint32_t wants_of[] = {
	[WIRE_QUEUE_FRAME] = EXT_WANTS_FRAMES,
	[WIRE_QUEUE_POINTER] = EXT_WANTS_POINTER,
};

/* ---- a session ---- */

/* Where the slots are, copied once. */
static bool read_slots(struct wire_consumer *self)
{
	struct ext_consumer *ext = &self->ext;
	ext->slot_count = atomic_load(&ext->map.head->slot_count);
	if (ext->slot_count - 1 >= EXT_SLOTS)
		return false;
	for (uint32_t i = 0; i < ext->slot_count; i++) {
		struct ext_place *place = &ext->slots[i];
		place->offset = atomic_load(&ext->map.head->slots[i].offset);
		place->size = atomic_load(&ext->map.head->slots[i].size);
		if (place->offset % 4 != 0 || place->offset < 4 ||
		    !range_inside(place->offset, place->size, self->region.size))
			return false;
	}
	return true;
}

static bool join(struct wire_consumer *self)
{
	struct ext_consumer *ext = &self->ext;
	const struct ext_record *record = &ext->record;
	const struct ext_head *head;

	if (!ext->wanted || !ext->offered || (record->features & WANTED_BITS) != WANTED_BITS ||
	    ext_map_read(&ext->map, self->region.base, self->region.size, record->area,
			 record->size))
		return false;
	head = ext->map.head;
	if (atomic_load(&head->session) != self->session.id || !read_slots(self))
		return false;
	atomic_thread_fence(memory_order_acquire);
	return atomic_load(&head->session) == self->session.id;
}

static bool same_kernel(const struct ext_consumer *ext)
{
	static const uint8_t unknown[sizeof(ext->boot_id)];
	return memcmp(ext->boot_id, unknown, sizeof(unknown)) != 0 &&
	       memcmp(ext->boot_id, ext->record.boot_id, sizeof(unknown)) == 0;
}

void wire_ext_enter(struct wire_consumer *self)
{
	struct ext_consumer *ext = &self->ext;
	const struct ext_record *record = &ext->record;
	struct wire_session *session = &self->session;

	wire_ext_leave(self);
	atomic_store(&ext->claim, 0);
	ext->on = session->extended = join(self);
	session->futex = session->doorbell = session->has_peer = false;
	session->minor = 0;
	session->features = 0;
	memset(&ext->clock, 0, sizeof(ext->clock));
	if (!ext->on)
		return;
	session->futex = (record->features & WIRE_EXT_WAKE) && same_kernel(ext);
	session->doorbell = record->features & WIRE_EXT_DOORBELL;
	session->has_peer = record->peer <= UINT16_MAX;
	session->peer = (uint16_t)record->peer;
	session->minor = record->minor;
	session->features = record->features;
}

void wire_ext_leave(struct wire_consumer *self)
{
	self->ext.on = self->session.extended = false;
	self->ext.wants = 0;
	wire_ext_let_go(self);
}

/* ---- our words in the block ---- */

static bool ours(const struct wire_consumer *self)
{
	uint64_t claim = atomic_load(&self->ext.claim);
	return claim && ext_id(atomic_load(&self->ext.block->hold)) == ext_id(claim);
}

static bool lose(struct wire_consumer *self)
{
	atomic_store(&self->ext.claim, 0);
	return false;
}

/* From what we last wrote to something new; any other change means that the block was taken. */
static bool change(struct wire_consumer *self, _Atomic uint64_t *word, uint64_t *known,
		   uint32_t value)
{
	uint64_t found = *known;
	uint64_t next = (uint64_t)ext_id(atomic_load(&self->ext.claim)) << 32 | value;
	if (found == next)
		return true;
	if (!atomic_compare_exchange_strong(word, &found, next))
		return lose(self);
	*known = next;
	return true;
}

/* The first time: from whatever a former owner left there. He may come back and write into it at
 * the same time, but only once: then he notices. */
static bool take_word(struct wire_consumer *self, _Atomic uint64_t *word, uint64_t *known,
		      uint32_t value)
{
	uint64_t next = (uint64_t)ext_id(atomic_load(&self->ext.claim)) << 32 | value;
	for (int i = 0; i < CHANGE_TRIES; i++) {
		uint64_t found = atomic_load(word);
		if (!ours(self))
			return lose(self);
		if (atomic_compare_exchange_strong(word, &found, next)) {
			*known = next;
			return true;
		}
	}
	return lose(self);
}

static uint32_t doorbell_value(const struct wire_consumer *self)
{
	const struct ext_consumer *ext = &self->ext;
	if (ext->wake.kind == WIRE_WAKE_DOORBELL && self->session.doorbell)
		return (uint32_t)ext->wake.peer << 16 | ext->wake.vector;
	return ext->wake.kind == WIRE_WAKE_FUTEX && self->session.futex ? EXT_WAKE_FUTEX
									: EXT_WAKE_NONE;
}

static uint32_t attention_value(const struct ext_consumer *ext)
{
	return EXT_ATTENTION_MORE | ext->wake.events << EXT_EVENTS_SHIFT | ext->wants;
}

static void write_plain(struct ext_consumer *ext)
{
	struct ext_block *block = ext->block;
	atomic_store_explicit(&block->width, ext->want.width, memory_order_relaxed);
	atomic_store_explicit(&block->height, ext->want.height, memory_order_relaxed);
	atomic_store_explicit(&block->scale, ext->want.scale, memory_order_relaxed);
	atomic_store_explicit(&block->refresh, ext->want.refresh, memory_order_relaxed);
	atomic_store(&block->beat, ++ext->beat);
}

/* ---- claiming ---- */

static bool claim_block(struct wire_consumer *self, uint32_t index)
{
	struct ext_consumer *ext = &self->ext;
	struct ext_block *block = ext_block(&ext->map, index);
	uint32_t id = lgmp6_random(self, 0);
	uint64_t none = 0;

	if (atomic_load(&block->hold) != 0 ||
	    !atomic_compare_exchange_strong(&block->hold, &none, (uint64_t)id << 32))
		return false;
	for (uint32_t i = 0; i < EXT_SLOTS; i++)
		atomic_store(&ext->held[i], 0);
	ext->generation++;
	ext->block = block;
	ext->index = index;
	atomic_store(&ext->claim,
		     (uint64_t)id << 32 | (uint64_t)((uint8_t *)block - self->region.base) / 8);
	/* After the claim: a new session clears this word before it frees the blocks. Before the
	 * first hold: from here on the producer looks. */
	atomic_fetch_or(&ext->map.common->claimed, 1u << index);
	return true;
}

static bool introduce(struct wire_consumer *self)
{
	struct ext_consumer *ext = &self->ext;
	struct ext_block *block = ext->block;

	ext->accepted = ext->pointer_sequence = 0;
	ext->pointer_shape = 0;
	ext->beat = atomic_load(&block->beat);
	write_plain(ext);
	return take_word(self, &block->attention, &ext->attention, attention_value(ext)) &&
	       take_word(self, &block->doorbell, &ext->doorbell, doorbell_value(self)) &&
	       take_word(self, &block->armed, &ext->armed, 0);
}

static int claim(struct wire_consumer *self)
{
	for (uint32_t i = 0; i < EXT_BLOCKS; i++)
		if (claim_block(self, i))
			return introduce(self) ? 0 : WIRE_E_TIMEOUT;
	return WIRE_E_FULL;
}

/* ---- what others call ---- */

int wire_ext_ready(struct wire_consumer *self, enum wire_queue queue)
{
	struct ext_consumer *ext = &self->ext;

	if (!wire_consumer_intact(self, self->session.id))
		return WIRE_E_LOST;
	if (!ours(self)) {
		lose(self);
		ext->wants = 0;
	}
	return ext->wants & wants_of[queue] ? 0 : WIRE_E_TIMEOUT;
}

int wire_ext_subscribe(struct wire_consumer *self, enum wire_queue queue)
{
	struct ext_consumer *ext = &self->ext;
	int ret = wire_ext_ready(self, queue);

	if (ret != WIRE_E_TIMEOUT)
		return ret;
	ext->wants |= wants_of[queue];
	if (queue == WIRE_QUEUE_FRAME)
		ext->accepted = 0;
	else
		ext->pointer_sequence = ext->pointer_shape = 0;
	ret = !ours(self) ? claim(self)
	      : change(self, &ext->block->attention, &ext->attention, attention_value(ext))
		      ? 0
		      : WIRE_E_TIMEOUT;
	if (ret)
		ext->wants = 0;
	return ret;
}

void wire_ext_unsubscribe(struct wire_consumer *self, enum wire_queue queue)
{
	struct ext_consumer *ext = &self->ext;
	if (wire_ext_ready(self, queue))
		return;
	ext->wants &= ~wants_of[queue];
	change(self, &ext->block->attention, &ext->attention, attention_value(ext));
	if (!ext->wants)
		wire_ext_let_go(self);
}

void wire_consumer_extend(struct wire_consumer *self, const uint8_t boot_id[16])
{
	self->ext.wanted = true;
	memcpy(self->ext.boot_id, boot_id, sizeof(self->ext.boot_id));
}

void wire_consumer_wake_by(struct wire_consumer *self, enum wire_wake kind, uint16_t peer,
			   uint16_t vector, uint32_t events)
{
	struct ext_consumer *ext = &self->ext;
	ext->wake.kind = kind;
	ext->wake.peer = peer;
	ext->wake.vector = vector;
	ext->wake.events = events;
	if (!ext->on || !ours(self))
		return;
	change(self, &ext->block->doorbell, &ext->doorbell, doorbell_value(self));
	change(self, &ext->block->attention, &ext->attention, attention_value(ext));
}

_Atomic uint32_t *wire_consumer_arm(struct wire_consumer *self, uint32_t *seen, bool *wakes)
{
	struct ext_consumer *ext = &self->ext;

	*wakes = false;
	if (!ext->on || !ours(self) || doorbell_value(self) == EXT_WAKE_NONE)
		return NULL;
	_Atomic uint32_t *bell = ext_bell(&ext->map, ext->index);
	*seen = atomic_load(bell); /* before arming: what rings from here on is not slept through */
	if (!change(self, &ext->block->armed, &ext->armed, (uint32_t)ext->armed + 1))
		return NULL;
	fence_full(); /* partner: the producer's, between an event and its look at `armed` */
	if (!ours(self)) {
		lose(self);
		return NULL;
	}
	*wakes = true;
	return doorbell_value(self) == EXT_WAKE_FUTEX ? bell : NULL;
}

/* Also while an ended session's frames are in use: the next producer waits for who lives. */
void wire_consumer_beat(struct wire_consumer *self)
{
	if (ours(self))
		write_plain(&self->ext);
}

void wire_ext_tend(struct wire_consumer *self, uint64_t now_ns)
{
	struct ext_consumer *ext = &self->ext;
	if (!ext->on)
		wire_ext_let_go(self);
	if (ext->on && now_ns - ext->beat_ns < BEAT_NS)
		return;
	ext->beat_ns = now_ns;
	wire_consumer_beat(self);
}

_Atomic uint32_t *wire_consumer_knock(struct wire_consumer *self)
{
	struct ext_consumer *ext = &self->ext;
	if (!ext->on)
		return NULL;
	if (self->session.futex)
		return &ext->map.common->knock;
	atomic_fetch_add(&ext->map.common->knock, 1);
	return NULL;
}

void wire_consumer_want(struct wire_consumer *self, const struct wire_want *want)
{
	self->ext.want = *want;
	if (self->ext.on)
		wire_consumer_beat(self);
}

void wire_consumer_seen(struct wire_consumer *self, uint64_t ext_serial, uint64_t presented_ns)
{
	if (!self->ext.on || !ours(self))
		return;
	atomic_store_explicit(&self->ext.block->seen_serial, ext_serial, memory_order_relaxed);
	atomic_store_explicit(&self->ext.block->seen_ns, presented_ns, memory_order_relaxed);
}
