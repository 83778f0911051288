/* Where the pointer goes in the guest. */
#include "view/input/impl.h"

/* A sink that knows no places gets the way from one to the next. */
static void go_to(struct input *self, struct point to)
{
	int32_t dx = (int32_t)to.x - (int32_t)self->at.x, dy = (int32_t)to.y - (int32_t)self->at.y;
	bool known = self->at_known;

	self->at = to;
	self->at_known = true;
	if (known && (dx || dy) && input_able(self, SINK_RELATIVE))
		self->sink->impl->motion(self->sink, dx, dy);
}

/* Where the guest's pointer belongs now; false: nowhere. */
static bool find_place(const struct input *self, struct projection *where, struct point *out)
{
	if (!input_has_it(self) || self->captured || !self->listener->projection(self->data, where))
		return false;
	*out = projection_to_screen(where, self->x, self->y);
	return true;
}

/* Steps drift from places, by whatever the guest makes of them: the guest itself puts it right,
 * where it can. */
static void realign(struct input *self, struct point to)
{
	self->at_known = self->realign_due = false;
	if (input_able(self, SINK_RELATIVE))
		self->listener->realign(self->data, to.x, to.y);
}

void input_on_position(void *data, double x, double y)
{
	struct input *self = data;
	struct projection where;
	struct point to;

	self->x = x;
	self->y = y;
	if (!find_place(self, &where, &to))
		return;
	if (input_able(self, SINK_ABSOLUTE)) {
		self->sink->impl->position(self->sink, to.x, to.y, where.screen_width,
					   where.screen_height);
		return;
	}
	if (self->realign_due)
		realign(self, to);
	go_to(self, to);
}

/* It stays where ours left the picture. */
void input_leave(struct input *self)
{
	struct projection where;
	struct point to;

	if (find_place(self, &where, &to) && !input_able(self, SINK_ABSOLUTE))
		realign(self, to);
}

static struct motion_scale scale_now(const struct input *self)
{
	const struct input_options *options = &self->options->input;
	struct motion_scale out = {
		.sensitivity = options->sensitivity + self->louder,
		.guest = 1,
		.shown = 1,
		.whole = !options->smoothing && !options->raw,
	};
	struct projection where;

	if (options->raw || !options->scale_motion ||
	    !self->listener->projection(self->data, &where))
		return out;
	out.guest = where.turn % 2 ? where.screen_height : where.screen_width;
	out.shown = where.place.width;
	return out;
}

/* The picture is turned, and so are the ways in it. */
static void turn_back(const struct input *self, double *x, double *y)
{
	struct projection where = { 0 };
	double dx = *x, dy = *y;

	self->listener->projection(self->data, &where);
	switch (where.turn) {
	case PIXEL_ROTATE_90:
		*x = dy, *y = -dx;
		break;
	case PIXEL_ROTATE_180:
		*x = -dx, *y = -dy;
		break;
	case PIXEL_ROTATE_270:
		*x = -dy, *y = dx;
		break;
	default:
		break;
	}
}

void input_move(struct input *self, double dx, double dy, double raw_dx, double raw_dy)
{
	const struct motion_scale scale = scale_now(self);

	if (!self->captured || !input_has_it(self) || !input_able(self, SINK_RELATIVE))
		return;
	if (self->options->input.raw) {
		dx = raw_dx;
		dy = raw_dy;
	}
	turn_back(self, &dx, &dy);
	struct motion_step step = motion_add(&self->motion, &scale, dx, dy);
	if (step.x || step.y)
		self->sink->impl->motion(self->sink, step.x, step.y);
}
