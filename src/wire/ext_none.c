/* The extension's functions before there is one: every session is a plain one. */
#include "wire/consumer_impl.h"
#include "wire/producer_impl.h"

bool wire_producer_extended(const struct wire_producer *self)
{
	(void)self;
	return false;
}

_Atomic uint32_t *wire_producer_knock_word(const struct wire_producer *self)
{
	(void)self;
	return NULL;
}

unsigned wire_producer_rings(struct wire_producer *self, enum wire_event event,
			     struct wire_ring *out)
{
	(void)self, (void)event, (void)out;
	return 0;
}

unsigned wire_producer_wants(const struct wire_producer *self, struct wire_want *out, unsigned max)
{
	(void)self, (void)out, (void)max;
	return 0;
}

void wire_slot_abandon(struct wire_producer *self, const struct wire_slot *slot)
{
	wire_slot_fill(self, slot, UINT32_MAX);
}

void wire_consumer_extend(struct wire_consumer *self, const uint8_t boot_id[16])
{
	(void)self, (void)boot_id;
}

void wire_consumer_again(struct wire_consumer *self)
{
	(void)self;
}

bool wire_consumer_damage_since(const struct wire_consumer *self, uint64_t since,
				struct region *out)
{
	(void)self, (void)since, (void)out;
	return false;
}

bool wire_hold_stamps(const struct wire_consumer *self, const struct wire_hold *hold,
		      struct wire_stamps *out)
{
	(void)self, (void)hold, (void)out;
	return false;
}

void wire_consumer_wake_by(struct wire_consumer *self, enum wire_wake kind, uint16_t peer,
			   uint16_t vector, uint32_t events)
{
	(void)self, (void)kind, (void)peer, (void)vector, (void)events;
}

_Atomic uint32_t *wire_consumer_arm(struct wire_consumer *self, uint32_t *seen, bool *wakes)
{
	(void)self, (void)seen;
	*wakes = false;
	return NULL;
}

void wire_consumer_beat(struct wire_consumer *self)
{
	(void)self;
}

_Atomic uint32_t *wire_consumer_knock(struct wire_consumer *self)
{
	(void)self;
	return NULL;
}

void wire_consumer_want(struct wire_consumer *self, const struct wire_want *want)
{
	(void)self, (void)want;
}

int wire_consumer_clock(struct wire_consumer *self, struct wire_clock *out, bool *asked)
{
	(void)self, (void)out;
	*asked = false;
	return WIRE_E_EMPTY;
}

void wire_consumer_seen(struct wire_consumer *self, uint64_t ext_serial, uint64_t presented_ns)
{
	(void)self, (void)ext_serial, (void)presented_ns;
}
