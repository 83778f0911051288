#include "spice/sound_stalls.h"

#include "base/clock.h"
#include "base/mem.h"

#define MEMORY_NS  (30 * NS_PER_S)
#define ONE_NS     (NS_PER_S / 2) /* two within that have one cause */
#define WORTH_MS   3              /* of a gap */
#define RESERVE_MS 60             /* and nobody waits for longer ones */

_Static_assert(SOUND_STALLS >= MEMORY_NS / ONE_NS, "all that count are remembered");

void sound_stalls_note(struct sound_stalls *self, uint64_t now_ns, double ms)
{
	struct sound_stall *last = &self->all[(self->count - 1) % SOUND_STALLS];

	if (self->count && now_ns - last->at_ns < ONE_NS) {
		last->ms = ms > last->ms ? ms : last->ms;
		return;
	}
	self->all[self->count++ % SOUND_STALLS] = (struct sound_stall){ now_ns, ms };
}

/* Latency, and the gaps that are left. */
static double price(const struct sound_stalls *self, uint64_t now_ns, double reserve)
{
	uint32_t known = min_u32(self->count, SOUND_STALLS);
	double sum = reserve;

	for (uint32_t i = 0; i < known; i++)
		if (now_ns - self->all[i].at_ns < MEMORY_NS && self->all[i].ms > reserve)
			sum += WORTH_MS;
	return sum;
}

double sound_stalls_reserve(const struct sound_stalls *self, uint64_t now_ns)
{
	uint32_t known = min_u32(self->count, SOUND_STALLS);
	double best = 0, least = price(self, now_ns, 0);

	for (uint32_t i = 0; i < known; i++) {
		double now = price(self, now_ns, self->all[i].ms);

		if (self->all[i].ms > RESERVE_MS || now >= least)
			continue;
		best = self->all[i].ms;
		least = now;
	}
	return best;
}
