#include "view/input/motion.h"

#include <math.h>

#define TENTHS    10
#define STEPS_MAX 32767 /* in one call: what a mouse can say; more is no motion but a mistake */

static int32_t whole_steps(double *rest, uint32_t unit, bool whole)
{
	double steps = whole ? round(*rest / unit) : trunc(*rest / unit);

	*rest = whole ? 0 : *rest - steps * unit;
	return (int32_t)fmin(fmax(steps, -STEPS_MAX), STEPS_MAX);
}

struct motion_step motion_add(struct motion *self, const struct motion_scale *scale, double dx,
			      double dy)
{
	uint32_t unit = TENTHS * scale->shown;
	double factor = (double)(TENTHS + scale->sensitivity) * scale->guest;

	if (!isfinite(dx) || !isfinite(dy))
		return (struct motion_step){ 0 };
	if (unit != self->unit)
		motion_forget(self);
	self->unit = unit;
	self->rest[0] += dx * factor;
	self->rest[1] += dy * factor;
	return (struct motion_step){ whole_steps(&self->rest[0], unit, scale->whole),
				     whole_steps(&self->rest[1], unit, scale->whole) };
}

void motion_forget(struct motion *self)
{
	self->rest[0] = self->rest[1] = 0;
}
