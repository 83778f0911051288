/* guest/ringer.h - wakes whom the producer names: by a futex, or by the doorbell of our ivshmem
 * device; and knows how we are woken by others.
 */
#ifndef GUEST_RINGER_H
#define GUEST_RINGER_H

#include <stdatomic.h>
#include <stdint.h>

#include "shm/shm.h"
#include "shm/wake_doorbell.h"
#include "wire/producer.h"

struct ringer {
	struct wake_doorbell doorbell; /* all 0: the memory came without one */
	_Atomic uint64_t rung;
};

/* Finds the doorbell that belongs to the memory, if there is one, and listens where it can. Never
 * fails: who cannot be rung looks by himself. */
void ringer_init(struct ringer *self, const struct shm *memory);
void ringer_finish(struct ringer *self);

/* The eventfd by which others wake us from outside of this machine, who know our doorbell's id; -1:
 * they cannot. Good until ringer_finish(). */
int ringer_knocks(const struct ringer *self);

/* One consumer. Any thread; a system call for a futex, one store for a doorbell; never blocks. */
void ringer_ring(struct ringer *self, const struct wire_ring *ring);

/* All who sleep until `event`, see wire_producer_rings() for when and on which threads. */
void ringer_announce(struct ringer *self, struct wire_producer *producer, enum wire_event event);

#endif
