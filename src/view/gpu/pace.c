#include "view/gpu/pace.h"

#include "base/clock.h"
#include "base/mem.h"

#define STALE_NS      (NS_PER_S / 4) /* so old a refresh says nothing of the next one */
#define PERIOD_MIN_NS NS_PER_MS
#define LEAD_MIN_NS   NS_PER_MS

/* Parts of a period. */
#define STEP_AT_FIRST 64   /* later by so much each time, until one was too late; */
#define STEP_SETTLED  4096 /* and after that: one in eight seconds is, at 60 Hz */
#define STEP_BACK     8

void pace_init(struct pace *self, bool late)
{
	*self = (struct pace){ .late = late };
}

/* Is it known when the next refresh is? */
static bool keeps_time(const struct pace *self, uint64_t now_ns)
{
	return self->period_ns && self->beat_ns && now_ns < self->beat_ns + STALE_NS;
}

/* The first refresh after that moment which no drawing is for yet. */
static uint64_t next_refresh(const struct pace *self, uint64_t now_ns)
{
	uint64_t after = max_u64(now_ns, self->aim_ns + self->period_ns / 2);

	if (after < self->beat_ns)
		return self->beat_ns;
	return after + self->period_ns - (after - self->beat_ns) % self->period_ns;
}

static void take_period(struct pace *self, uint64_t period_ns)
{
	uint64_t gap = max_u64(period_ns, self->period_ns) - min_u64(period_ns, self->period_ns);

	if (gap > self->period_ns / 16) { /* another display, or another mode */
		self->lead_ns = period_ns;
		self->settled = false;
	}
	self->period_ns = period_ns;
}

/* What was visible before the refresh that was aimed at is an older drawing. */
static void judge(struct pace *self, uint64_t when_ns)
{
	uint64_t slack = self->period_ns / 2;

	if (!self->planned || when_ns + slack < self->aim_ns)
		return;
	self->planned = false;
	if (when_ns > self->aim_ns + slack) {
		self->settled = true;
		self->lead_ns = min_u64(self->lead_ns + self->period_ns / STEP_BACK,
					self->period_ns);
	} else {
		uint64_t step = self->period_ns / (self->settled ? STEP_SETTLED : STEP_AT_FIRST);
		self->lead_ns = max_u64(self->lead_ns - min_u64(step, self->lead_ns), LEAD_MIN_NS);
	}
}

void pace_shown(struct pace *self, uint64_t when_ns, uint64_t period_ns, uint64_t now_ns)
{
	/* Clocks of other machines are of no use. */
	if (when_ns + STALE_NS < now_ns || when_ns > now_ns + STALE_NS)
		return;
	if (period_ns >= PERIOD_MIN_NS && period_ns <= STALE_NS)
		take_period(self, period_ns);
	judge(self, when_ns);
	self->beat_ns = when_ns;
}

uint64_t pace_plan(const struct pace *self, uint64_t now_ns)
{
	if (!keeps_time(self, now_ns))
		return now_ns;
	return next_refresh(self, now_ns) - (self->late ? self->lead_ns : self->period_ns);
}

void pace_draw(struct pace *self, bool planned, uint64_t now_ns)
{
	bool known = keeps_time(self, now_ns);

	self->planned = planned && known;
	self->aim_ns = known ? next_refresh(self, now_ns) : 0;
}
