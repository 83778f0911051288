/* Keyboard and pointer are the guest's alone, or not. */
#include "view/input/impl.h"

static unsigned wanted_grabs(const struct input *self)
{
	const struct input_options *options = &self->options->input;
	unsigned out = 0;

	if (!self->focused || !input_may(self))
		return 0;
	if (self->captured)
		out |= INPUT_GRAB_POINTER | (options->grab_keyboard ? INPUT_GRAB_KEYBOARD : 0);
	if (options->grab_keyboard_on_focus)
		out |= INPUT_GRAB_KEYBOARD;
	return out;
}

/* ---- should this program hang ---- */

/* The dog's thread. */
static void let_go(void *data)
{
	struct input *self = data;

	evdev_let_go(self->evdev);
	if (self->listener->let_go)
		self->listener->let_go(self->data);
}

static void on_awake(void *data)
{
	struct input *self = data;

	self->listener->alert(self->data,
			      "this program hung, so keyboard and pointer were given back");
	self->asked = 0;
	self->listener->grab(self->data, 0);
	input_set_captured(self, false);
	input_ask_for_grabs(self);
}

static const struct dog_listener dog_listener = { .let_go = let_go, .awake = on_awake };

static void keep_dog(struct input *self)
{
	bool wanted = self->asked || (self->captured_told && evdev_is_exclusive(self->evdev));

	if (wanted && !self->dog)
		self->dog = dog_start(self->patience_ms, &dog_listener, self);
	else if (!wanted)
		dog_stop(g_steal_pointer(&self->dog));
}

/* ---- what is held ---- */

void input_ask_for_grabs(struct input *self)
{
	unsigned wanted = wanted_grabs(self);

	if (wanted == self->asked)
		return;
	self->asked = wanted;
	keep_dog(self);
	self->listener->grab(self->data, wanted);
}

void input_set_captured(struct input *self, bool captured)
{
	if (captured == self->captured)
		return;
	self->captured = captured;
	self->by_itself = false;
	motion_forget(&self->motion);
	if (!captured) {
		input_release_all(self);
		self->realign_due = true;
	}
	input_ask_for_grabs(self); /* the answer may be a refusal, from within */
	if (self->captured_told == self->captured)
		return;
	self->captured_told = self->captured;
	keep_dog(self);
	evdev_read(self->evdev, self->captured);
	self->listener->captured(self->data, self->captured);
}

/* Why not, for a person; NULL: nothing is in the way. */
static const char *obstacle(const struct input *self)
{
	if (!input_able(self, SINK_KEYS | SINK_RELATIVE))
		return "there is no way for keyboard and pointer to the guest, so nothing is "
		       "captured; --spice-address names the machine's SPICE server";
	if (!self->guest)
		return "no guest is there that could take keyboard and pointer";
	if (!self->options->input.enabled)
		return "input is switched off; set enabled = yes in [input]";
	if (self->off)
		return "input is switched off; the key for \"input\" switches it on";
	return NULL;
}

static void capture(struct input *self)
{
	const char *why_not = obstacle(self);

	if (why_not)
		self->listener->alert(self->data, why_not);
	else if (self->focused)
		input_set_captured(self, true);
}

/* Of its own accord, so that nobody has to be told why not. */
void input_try_capture(struct input *self)
{
	if (!obstacle(self) && self->focused)
		input_set_captured(self, true);
}

void input_toggle_capture(struct input *self)
{
	if (self->captured)
		input_set_captured(self, false);
	else
		capture(self);
}

/* Anything that input_may() depends on has changed. */
void input_review(struct input *self)
{
	if (self->captured && obstacle(self))
		input_set_captured(self, false);
	if (!input_may(self))
		input_release_all(self);
	input_ask_for_grabs(self);
}

/* What was never given since it was asked for is refused; what is taken away later is over. */
void input_on_grabbed(void *data, unsigned grabs, const char *refused)
{
	struct input *self = data;
	unsigned lost = self->given & ~grabs, missing = self->asked & ~grabs;

	self->given = grabs;
	if (self->captured && (missing & INPUT_GRAB_POINTER) &&
	    (*refused || (lost & INPUT_GRAB_POINTER)))
		input_set_captured(self, false);
	if (*refused && (missing & ~lost))
		self->listener->alert(self->data, refused);
}
