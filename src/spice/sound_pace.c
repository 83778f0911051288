#include "spice/sound_pace.h"

/* Packets make what is ready a saw's edge of their own length; it is the mean that counts. */
#define SMOOTH_S 0.4
/* A loop of second order without overshoot to speak of: 2 zeta omega and omega^2. */
#define PROPORTION 0.4
#define INTEGRAL   0.03
#define NEWS_S     0.005
#define DRIFT_MAX  0.002

static double clamp(double value, double limit)
{
	return value > limit ? limit : value < -limit ? -limit : value;
}

void sound_pace_init(struct sound_pace *self)
{
	*self = (struct sound_pace){ .rate = 1 };
}

void sound_pace_jump(struct sound_pace *self)
{
	self->measured = false;
	self->rate = 1 + self->drift;
}

void sound_pace_update(struct sound_pace *self, double error, double seconds)
{
	double share = seconds / (SMOOTH_S + seconds);

	self->error = self->measured ? self->error + share * (error - self->error) : 0;
	self->measured = true;
	/* A larger one has come with a jump, and is no news of the clocks. */
	if (clamp(self->error, NEWS_S) == self->error)
		self->drift = clamp(self->drift + INTEGRAL * self->error * seconds, DRIFT_MAX);
	self->rate = 1 + clamp(PROPORTION * self->error + self->drift, SOUND_PACE_MAX);
}
