/* view/input/motion.h - motion of the pointer in whole steps, none lost. Pure; any thread. */
#ifndef VIEW_MOTION_H
#define VIEW_MOTION_H

#include <stdbool.h>
#include <stdint.h>

#define MOTION_SENSITIVITY_MAX 9

/* All zero: nothing is left over. */
struct motion {
	double rest[2]; /* in 1/unit of a step */
	uint32_t unit;
};

struct motion_scale {
	int sensitivity;       /* -9 to 9: tenths more or less than 1 */
	uint32_t guest, shown; /* so many steps of the guest are so many of ours; not 0 */
	bool whole;            /* fractions are rounded away rather than kept */
};

struct motion_step {
	int32_t x, y;
};

/* What the guest is to be moved now. Without `whole` the steps of all calls at one scale add up to
 * the motion of all calls times the scale, but for less than one step: products of dyadic fractions
 * (what devices send) and whole numbers are exact in a double. */
struct motion_step motion_add(struct motion *self, const struct motion_scale *scale, double dx,
			      double dy);

void motion_forget(struct motion *self);

#endif
