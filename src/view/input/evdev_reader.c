#include "view/input/evdev_reader.h"

#include <string.h>

#include "base/mem.h"

#define CLICK 120
#define FAR   (1 << 20) /* no hand moves further in one report */

void evdev_reader_init(struct evdev_reader *self, const struct evdev_events *events, void *data)
{
	*self = (struct evdev_reader){ .events = events, .data = data };
}

static void forget_ways(struct evdev_reader *self)
{
	memset(self->moved, 0, sizeof(self->moved));
	memset(self->scrolled, 0, sizeof(self->scrolled));
	memset(self->clicked, 0, sizeof(self->clicked));
}

static int32_t within_reach(int64_t way)
{
	return (int32_t)(way < -FAR ? -FAR : way > FAR ? FAR : way);
}

/* The kernel tells of a fine wheel's whole clicks a second time, for old programs. */
static int32_t turned(const struct evdev_reader *self, unsigned axis)
{
	int64_t fine = self->scrolled[axis];

	return within_reach(fine ? fine : self->clicked[axis] * CLICK);
}

/* Wheels turned away from the hand count up there, and so does what is shown. */
static void tell_ways(struct evdev_reader *self)
{
	int32_t dx = within_reach(self->moved[0]), dy = within_reach(self->moved[1]);
	int32_t x120 = turned(self, 0), y120 = -turned(self, 1);

	forget_ways(self);
	if (dx || dy)
		self->events->motion(self->data, dx, dy);
	if (x120 || y120)
		self->events->scroll(self->data, x120, y120);
}

static void take_key(struct evdev_reader *self, uint32_t code, int32_t value)
{
	bool pressed = value == 1;

	if (code >= KEY_CNT || (value != 0 && value != 1) || held_has(&self->down, code) == pressed)
		return;
	tell_ways(self); /* a click counts where the pointer was led to before */
	held_set(&self->down, code, pressed);
	self->events->key(self->data, code, pressed);
}

static void take_way(struct evdev_reader *self, uint32_t code, int32_t value)
{
	int64_t *const ways[] = {
		[REL_X] = &self->moved[0],
		[REL_Y] = &self->moved[1],
		[REL_HWHEEL] = &self->clicked[0],
		[REL_WHEEL] = &self->clicked[1],
		[REL_HWHEEL_HI_RES] = &self->scrolled[0],
		[REL_WHEEL_HI_RES] = &self->scrolled[1],
	};

	if (code < ARRAY_LEN(ways) && ways[code])
		*ways[code] = within_reach(*ways[code] + value);
}

/* What was lost is over with the report after it. Answers whether it is now. */
static bool take_report(struct evdev_reader *self, uint32_t code)
{
	bool over = code == SYN_REPORT && self->missed;

	if (code == SYN_DROPPED)
		self->missed = true;
	else if (over)
		self->missed = false;
	else if (code == SYN_REPORT)
		tell_ways(self);
	if (over || self->missed)
		forget_ways(self);
	return over;
}

bool evdev_reader_feed(struct evdev_reader *self, const struct input_event *events, size_t count)
{
	bool lost = false;

	for (size_t i = 0; i < count; i++) {
		const struct input_event *event = &events[i];
		if (event->type == EV_SYN)
			lost |= take_report(self, event->code);
		else if (self->missed)
			continue;
		else if (event->type == EV_KEY)
			take_key(self, event->code, event->value);
		else if (event->type == EV_REL)
			take_way(self, event->code, event->value);
	}
	return lost;
}

void evdev_reader_sync(struct evdev_reader *self, const struct held *down)
{
	for (uint32_t code = 0; code < KEY_CNT; code++)
		take_key(self, code, held_has(down, code));
}
