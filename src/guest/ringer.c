#include "guest/ringer.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "shm/wake.h"

static void listen(struct ringer *self, const struct shm *memory)
{
	struct err why = { 0 };
	int failed = wake_doorbell_listen(&self->doorbell, memory, &why);
	if (!failed)
		log_debug("peer %u, which can be woken", self->doorbell.id);
	else if (failed == -ENOTSUP)
		log_debug("%s", why.text);
	else
		log_warn("%s; what viewers wish is looked for", why.text);
}

void ringer_init(struct ringer *self, const struct shm *memory)
{
	struct err why = { 0 };
	memset(self, 0, sizeof(*self));
	int failed = wake_doorbell_open(&self->doorbell, memory, NULL, &why);
	/* A file has none, and neither has ivshmem-plain. */
	if (failed == -EINVAL || failed == -ENODEV)
		log_debug("%s", why.text);
	else if (failed)
		log_warn("%s; consumers have to look by themselves", why.text);
	else
		listen(self, memory);
}

void ringer_finish(struct ringer *self)
{
	wake_doorbell_close(&self->doorbell);
}

int ringer_knocks(const struct ringer *self)
{
	return self->doorbell.vfio ? self->doorbell.knocks : -1;
}

void ringer_ring(struct ringer *self, const struct wire_ring *ring)
{
	if (ring->kind == WIRE_WAKE_FUTEX)
		wake_ring(ring->bell);
	else if (ring->kind == WIRE_WAKE_DOORBELL && self->doorbell.registers)
		wake_doorbell_ring(&self->doorbell, wake_doorbell_of(ring->peer, ring->vector));
	else
		return;
	atomic_fetch_add_explicit(&self->rung, 1, memory_order_relaxed);
}

void ringer_announce(struct ringer *self, struct wire_producer *producer, enum wire_event event)
{
	struct wire_ring rings[WIRE_RINGS_MAX];
	unsigned count = wire_producer_rings(producer, event, rings);
	for (unsigned i = 0; i < count; i++)
		ringer_ring(self, &rings[i]);
}
