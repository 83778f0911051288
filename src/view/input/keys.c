/* Keys: the escape key, actions, and all others. */
#include "view/input/actions.h"
#include "view/input/impl.h"

/* ---- the escape key ---- */

void input_cancel_help(struct input *self)
{
	if (self->escape.timer)
		g_source_remove(self->escape.timer);
	self->escape.timer = 0;
}

static void show_help(struct input *self, bool shown)
{
	if (self->escape.shown == shown)
		return;
	self->escape.shown = shown;
	self->listener->help(self->data, shown);
}

static gboolean on_held_long(gpointer data)
{
	struct input *self = data;

	self->escape.timer = 0;
	self->escape.used = true;
	show_help(self, true);
	return G_SOURCE_REMOVE;
}

static void escape_pressed(struct input *self, uint32_t code)
{
	int delay = self->options->input.help_delay;

	self->escape.key = code;
	self->escape.alone = 0;
	self->escape.used = false;
	input_cancel_help(self);
	if (delay > 0)
		self->escape.timer = g_timeout_add((unsigned)delay, on_held_long, self);
}

void input_drop_escape(struct input *self)
{
	input_cancel_help(self);
	self->escape.key = self->escape.alone = 0;
	show_help(self, false);
}

static void escape_released(struct input *self)
{
	input_drop_escape(self);
	if (!self->escape.used)
		input_toggle_capture(self);
}

/* ---- actions ---- */

static void act_input(struct input *self)
{
	self->off = !self->off;
	input_review(self);
	self->listener->alert(self->data, self->off ? "the guest gets no input now"
						    : "the guest gets input again");
}

static void change_sensitivity(struct input *self, int by)
{
	int base = self->options->input.sensitivity;
	int now = CLAMP(base + self->louder + by, -MOTION_SENSITIVITY_MAX, MOTION_SENSITIVITY_MAX);
	g_autofree char *text = g_strdup_printf("sensitivity %+d", now);

	self->louder = now - base;
	self->listener->alert(self->data, text);
}

static void act_faster(struct input *self)
{
	change_sensitivity(self, 1);
}

static void act_slower(struct input *self)
{
	change_sensitivity(self, -1);
}

static void act_ctrl_alt_delete(struct input *self)
{
	input_strike(self, (const uint32_t[]){ KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE }, 3);
}

static void (*const own_actions[ACTION_COUNT])(struct input *self) = {
	[ACTION_CAPTURE] = input_toggle_capture,        [ACTION_INPUT] = act_input,
	[ACTION_SENSITIVITY_UP] = act_faster,           [ACTION_SENSITIVITY_DOWN] = act_slower,
	[ACTION_CTRL_ALT_DELETE] = act_ctrl_alt_delete,
};

void input_act(struct input *self, enum action action)
{
	if (own_actions[action])
		own_actions[action](self);
	else
		self->listener->action(self->data, action);
}

static bool is_super(uint32_t code)
{
	return code == KEY_LEFTMETA || code == KEY_RIGHTMETA;
}

static bool is_function(uint32_t code)
{
	return (code >= KEY_F1 && code <= KEY_F10) || code == KEY_F11 || code == KEY_F12;
}

/* Keys that the desktop keeps for itself, by way of the escape key: Super, once it is let go alone,
 * and the function keys as a Linux console wants them. */
static void send_reserved(struct input *self, uint32_t code)
{
	if (is_super(code))
		self->escape.alone = code;
	else if (is_function(code))
		input_strike(self, (const uint32_t[]){ KEY_LEFTCTRL, KEY_LEFTALT, code }, 3);
}

static void escaped_key(struct input *self, uint32_t code)
{
	enum action action = actions_find(self->options, code, actions_modifiers(&self->down));

	self->escape.used = true;
	self->escape.alone = 0;
	input_cancel_help(self);
	if (action < ACTION_COUNT)
		input_act(self, action);
	else
		send_reserved(self, code);
}

/* ---- all keys ---- */

void input_key_pressed(struct input *self, uint32_t code)
{
	if (self->listener->wanted && self->listener->wanted(self->data, code))
		return;
	if (self->escape.key)
		escaped_key(self, code);
	else if (code && code == self->options->input.escape_key)
		escape_pressed(self, code);
	else if (code == KEY_F11 && !self->captured)
		input_act(self, ACTION_FULLSCREEN);
	else if (!is_super(code) || self->options->input.forward_super)
		input_press(self, code);
}

/* A key that the guest has down always comes up. */
void input_key_released(struct input *self, uint32_t code)
{
	input_release(self, code);
	if (code == self->escape.key)
		escape_released(self);
	else if (code == self->escape.alone)
		input_strike(self, &code, 1);
	self->escape.alone = 0;
}
