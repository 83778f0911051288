#include "lib/pacer.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* A nap costs about 5 us of CPU (waking, three loads, sleeping again), so 2 % of a core are 4000
 * naps a second, 0.6 % are 1200. */
#define CLOSE_NAP                                                                                  \
	(50 * NS_PER_US)     /* where a frame is expected; more where nobody knows just when */
#define CLOSE_NAPS 8         /* at most, until it is due */
#define COARSE_NAP NS_PER_MS /* between two expected frames */
#define SETTLED    16        /* frames in rhythm, and nobody fears for the next */
#define CALM_NAP   (4 * NS_PER_MS) /* between two of those */
#define MOTION_NAP NS_PER_MS       /* while the pointer moves: 1000 Hz mice */
#define MOTION_END (250 * NS_PER_MS)

#define PERIOD_MIN   (800 * NS_PER_US) /* below, the naps without a rhythm are as good */
#define PERIOD_MAX   (100 * NS_PER_MS)
#define GAP_MAX      NS_PER_S          /* a longer pause says nothing about the rhythm */
#define RHYTHM_GAPS  4                 /* as many make one */
#define BLUR         (200 * NS_PER_US) /* of what we see while we look every 300 us */
#define RHYTHM_BEATS 4                 /* so many may be missed before it counts as over */
#define LEAD_MIN     (100 * NS_PER_US)
#define LEAD_MAX     NS_PER_MS

/* How long to nap when the picture has been still for less than `until`. */
static const struct {
	uint64_t until, nap;
} still_table[] = {
	{ 250 * NS_PER_MS, 300 * NS_PER_US },
	{ NS_PER_S, NS_PER_MS },
	{ UINT64_MAX, 4 * NS_PER_MS },
};

static void sort(uint64_t *values, unsigned count)
{
	for (unsigned i = 1; i < count; i++) {
		uint64_t value = values[i];
		unsigned j = i;
		for (; j > 0 && values[j - 1] > value; j--)
			values[j] = values[j - 1];
		values[j] = value;
	}
}

/* A skipped frame doubles a gap. */
static uint64_t beats(uint64_t gap, uint64_t period)
{
	return max_u64((gap + period / 2) / period, 1);
}

/* The median says how many beats a gap has, the mean is sharper than how often we look. */
static uint64_t period_of(const uint64_t *sorted, unsigned count)
{
	uint64_t time = 0, beaten = 0, median = max_u64(sorted[count / 2], 1);
	for (unsigned i = 0; i < count; i++) {
		time += sorted[i];
		beaten += beats(sorted[i], median);
	}
	return time / beaten;
}

/* Three of four gaps are no further than this from a whole number of periods. */
static uint64_t spread_of(uint64_t *gaps, unsigned count, uint64_t period)
{
	for (unsigned i = 0; i < count; i++) {
		uint64_t ideal = beats(gaps[i], period) * period;
		gaps[i] = gaps[i] > ideal ? gaps[i] - ideal : ideal - gaps[i];
	}
	sort(gaps, count);
	return gaps[count * 3 / 4];
}

static void learn(struct pacer *self)
{
	uint64_t gaps[PACER_GAPS];
	unsigned count = min_u32(self->gap_count, PACER_GAPS);
	self->period_ns = 0;
	if (count < RHYTHM_GAPS)
		return;
	memcpy(gaps, self->gaps, count * sizeof(gaps[0]));
	sort(gaps, count);
	uint64_t period = period_of(gaps, count);
	if (period < PERIOD_MIN || period > PERIOD_MAX)
		return;
	uint64_t spread = spread_of(gaps, count, period);
	if (spread > max_u64(period / 8, BLUR))
		return;
	self->period_ns = period;
	self->lead_ns = min_u64(max_u64(2 * spread + 60 * NS_PER_US, LEAD_MIN),
				min_u64(LEAD_MAX, period / 4));
}

void pacer_reset(struct pacer *self, uint64_t now_ns)
{
	*self = (struct pacer){ .frame_ns = now_ns };
}

void pacer_frame(struct pacer *self, uint64_t now_ns)
{
	uint64_t gap = now_ns - self->frame_ns;
	self->frame_ns = now_ns;
	if (gap > GAP_MAX)
		self->gap_count = 0;
	else
		self->gaps[self->gap_count++ % PACER_GAPS] = gap;
	learn(self);
	self->steady = self->period_ns ? self->steady + 1 : 0;
}

void pacer_motion(struct pacer *self, uint64_t now_ns)
{
	self->motion_ns = now_ns;
}

static uint64_t nap_in_rhythm(const struct pacer *self, uint64_t still)
{
	uint64_t late = still % self->period_ns;
	uint64_t early = self->period_ns - late;
	bool missed_one = still >= self->period_ns;
	if (early <= self->lead_ns || (missed_one && late <= self->lead_ns))
		return max_u64(CLOSE_NAP, self->lead_ns / CLOSE_NAPS);
	bool calm = self->steady >= SETTLED && !missed_one;
	return min_u64(early - self->lead_ns, calm ? CALM_NAP : COARSE_NAP);
}

static uint64_t nap_without(uint64_t still)
{
	unsigned row = 0;
	while (still >= still_table[row].until && row + 1 < ARRAY_LEN(still_table))
		row++;
	return still_table[row].nap;
}

uint64_t pacer_next(const struct pacer *self, uint64_t now_ns)
{
	uint64_t still = now_ns - self->frame_ns;
	bool rhythm = self->period_ns && still < RHYTHM_BEATS * self->period_ns;
	uint64_t nap = rhythm ? nap_in_rhythm(self, still) : nap_without(still);
	if (self->motion_ns && now_ns - self->motion_ns < MOTION_END)
		nap = min_u64(nap, MOTION_NAP);
	return now_ns + nap;
}
