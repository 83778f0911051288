/* The hold word: which slots we use, in a word that any of our threads may change and that the
 * producer takes away when we seem dead.
 *
 * What we hold is known by slot in our own memory; the shared word is made to say the same after
 * each change, by whoever made it. So nobody waits for anybody, and the last to write has seen all.
 */
#include "base/atomic.h"
#include "wire/consumer_impl.h"

#define TRIES 64 /* each one means that another thread of ours, or a hostile guest, was faster */

static _Atomic uint64_t *hold_word(const struct wire_consumer *self, uint64_t claim)
{
	return (void *)(self->region.base + (uint64_t)(uint32_t)claim * 8);
}

static uint64_t packed(uint16_t generation, uint32_t count, uint32_t references)
{
	return (uint64_t)generation << 48 | (uint64_t)count << 16 | references;
}

uint32_t wire_ext_mask(const struct ext_consumer *self)
{
	uint32_t mask = 0;
	for (uint32_t i = 0; i < EXT_SLOTS; i++)
		mask |= (uint32_t)(atomic_load(&self->held[i]) != 0) << i;
	return mask;
}

static uint64_t what_to_say(const struct ext_consumer *self, uint32_t id)
{
	uint32_t takes = atomic_load(&self->takes);
	return (uint64_t)id << 32 | (uint64_t)(takes & 0xFFFFFF) << 8 | wire_ext_mask(self);
}

/* Makes the shared word say what we hold. False: the block is not ours any more. */
static bool say(struct wire_consumer *self)
{
	struct ext_consumer *ext = &self->ext;
	uint64_t claim = atomic_load(&ext->claim);
	if (!claim)
		return false;
	uint32_t id = ext_id(claim);
	_Atomic uint64_t *word = hold_word(self, claim);

	for (int i = 0; i < TRIES; i++) {
		uint64_t found = atomic_load(word), next = what_to_say(ext, id);
		if (ext_id(found) != id)
			break;
		if (found == next)
			return true;
		if (atomic_compare_exchange_strong(word, &found, next) &&
		    next == what_to_say(ext, id))
			return true;
	}
	atomic_compare_exchange_strong(&ext->claim, &claim, 0);
	return false;
}

bool wire_ext_hold(struct wire_consumer *self, uint32_t slot, uint32_t count)
{
	struct ext_consumer *ext = &self->ext;
	uint64_t found = atomic_load(&ext->held[slot]), next;
	do {
		/* An older frame in that slot is lost; the bit serves the newer one. */
		next = packed(ext->generation, count, 1);
		if (found >> 16 == next >> 16)
			next = found + 1;
	} while (!atomic_compare_exchange_weak(&ext->held[slot], &found, next));
	atomic_fetch_add(&ext->takes, 1);
	bool ours = say(self);
	fence_full(); /* partner: the producer's, between hiding a slot and looking at the holds */
	return ours;
}

bool wire_ext_unhold(struct wire_consumer *self, uint32_t slot)
{
	atomic_store(&self->ext.held[slot], 0);
	return say(self);
}

/* Was it a reference that counts, and the last one? */
static bool drop(_Atomic uint64_t *held, const struct wire_hold *hold)
{
	uint64_t frame = packed((uint16_t)hold->generation, (uint32_t)hold->serial, 0);
	uint64_t found = atomic_load(held), next;
	do {
		if (found >> 16 != frame >> 16 || (found & 0xFFFF) == 0)
			return false;
		next = (found & 0xFFFF) == 1 ? 0 : found - 1;
	} while (!atomic_compare_exchange_weak(held, &found, next));
	return next == 0;
}

void wire_ext_release(struct wire_consumer *self, const struct wire_hold *hold)
{
	if (drop(&self->ext.held[hold->slot], hold))
		say(self);
}

bool wire_ext_hold_valid(const struct wire_consumer *self, const struct wire_hold *hold)
{
	const _Atomic uint64_t *serial = (const void *)(self->region.base + hold->serial_word);
	atomic_thread_fence(memory_order_acquire); /* after all that was read of the pixels */
	return atomic_load(serial) == hold->serial && wire_consumer_intact(self, hold->session);
}

void wire_ext_drop_all(struct wire_consumer *self)
{
	for (uint32_t i = 0; i < EXT_SLOTS; i++)
		atomic_store(&self->ext.held[i], 0);
	wire_ext_let_go(self);
}

void wire_ext_let_go(struct wire_consumer *self)
{
	struct ext_consumer *ext = &self->ext;
	uint64_t claim = atomic_load(&ext->claim);
	if (!claim || wire_ext_mask(ext) != 0)
		return;
	/* Another thread of ours may be about to say that the last frame is free: said by this. */
	uint64_t found = atomic_load(hold_word(self, claim));
	for (int i = 0; i < TRIES && ext_id(found) == ext_id(claim); i++)
		if (atomic_compare_exchange_strong(hold_word(self, claim), &found, 0))
			break;
	atomic_store(&ext->claim, 0);
}
