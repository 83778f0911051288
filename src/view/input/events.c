/* What the window tells, as long as it makes sense. */
#include "view/input/impl.h"

static void take_key(struct input *self, uint32_t code, bool pressed)
{
	if (code == KEY_RESERVED || code >= KEY_CNT || !self->focused ||
	    held_has(&self->down, code) == pressed)
		return;
	held_set(&self->down, code, pressed);
	if (pressed)
		input_key_pressed(self, code);
	else
		input_key_released(self, code);
}

static void take_button(struct input *self, uint32_t code, bool pressed)
{
	if (code >= KEY_CNT || !held_is_button(code) || held_has(&self->down, code) == pressed)
		return;
	held_set(&self->down, code, pressed);
	held_set(&self->early, code, pressed && !self->focused && self->inside);
	if (!pressed)
		input_release(self, code);
	else if (self->captured || self->inside)
		input_press(self, code);
}

static void on_locks(void *data, uint32_t locks)
{
	struct input *self = data;

	if (input_has_it(self) && self->sink->impl->locks)
		self->sink->impl->locks(self->sink, locks);
}

static void take_scroll(struct input *self, int32_t x120, int32_t y120)
{
	if (input_has_it(self) && input_able(self, SINK_KEYS) && (self->captured || self->inside))
		self->sink->impl->scroll(self->sink, x120, y120);
}

/* ---- from the window: but for what comes from the kernel, too ---- */

static void on_key(void *data, uint32_t code, bool pressed)
{
	struct input *self = data;

	if (!evdev_doubles_key(self->evdev, code))
		take_key(self, code, pressed);
}

static void on_button(void *data, uint32_t code, bool pressed)
{
	struct input *self = data;

	if (!evdev_doubles_key(self->evdev, code))
		take_button(self, code, pressed);
}

static void on_scroll(void *data, int32_t x120, int32_t y120)
{
	struct input *self = data;

	if (!evdev_doubles_scroll(self->evdev))
		take_scroll(self, x120, y120);
}

static void on_motion(void *data, double dx, double dy, double raw_dx, double raw_dy)
{
	struct input *self = data;

	if (!evdev_doubles_motion(self->evdev))
		input_move(self, dx, dy, raw_dx, raw_dy);
}

static void tell_presence(const struct input *self)
{
	if (self->listener->presence)
		self->listener->presence(self->data);
}

static void on_inside(void *data, bool inside)
{
	struct input *self = data;

	if (self->inside && !inside)
		input_leave(self);
	self->inside = inside;
	self->realign_due |= inside;
	tell_presence(self);
}

static void forget_keys(struct held *keys)
{
	for (uint32_t code = 0; code < KEY_CNT; code++)
		if (!held_is_button(code))
			held_set(keys, code, false);
}

/* Who has the focus now gets the releases of what is down. */
static void focus_lost(struct input *self)
{
	input_drop_escape(self);
	if (self->options->input.release_keys_on_focus_loss)
		input_release_all(self);
	input_set_captured(self, false);
	forget_keys(&self->down);
}

/* What still is down in the guest by the user's wish came up elsewhere, for all we know. The button
 * whose click brought the focus counts, where it was clicked. */
static void focus_came(struct input *self)
{
	self->realign_due = true;
	if (self->inside)
		input_on_position(self, self->x, self->y);
	for (uint32_t code = 0; code < KEY_CNT; code++)
		if (!held_is_button(code))
			input_release(self, code);
		else if (held_has(&self->early, code))
			input_press(self, code);
	self->early = (struct held){ 0 };
	if (self->start_due || self->options->input.capture_on_focus)
		input_try_capture(self);
	self->start_due &= !self->captured;
}

static void on_focus(void *data, bool focused)
{
	struct input *self = data;

	if (focused == self->focused)
		return;
	self->focused = focused;
	if (focused)
		focus_came(self);
	else
		focus_lost(self);
	if (self->listener->focused)
		self->listener->focused(self->data, focused);
	input_ask_for_grabs(self);
	tell_presence(self);
}

const struct input_events input_events = {
	.key = on_key,
	.locks = on_locks,
	.position = input_on_position,
	.motion = on_motion,
	.button = on_button,
	.scroll = on_scroll,
	.inside = on_inside,
	.focus = on_focus,
	.grabbed = input_on_grabbed,
};

/* ---- from the kernel ---- */

static void on_device_key(void *data, uint32_t code, bool pressed)
{
	(held_is_button(code) ? take_button : take_key)(data, code, pressed);
}

static void on_device_motion(void *data, int32_t dx, int32_t dy)
{
	input_move(data, dx, dy, dx, dy);
}

static void on_device_scroll(void *data, int32_t x120, int32_t y120)
{
	take_scroll(data, x120, y120);
}

static void on_device_alert(void *data, const char *text)
{
	struct input *self = data;

	self->listener->alert(self->data, text);
}

const struct evdev_listener input_evdev_listener = {
	.events = { on_device_key, on_device_motion, on_device_scroll },
	.alert = on_device_alert,
};
