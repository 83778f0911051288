#include "view/input/input.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "view/input/actions.h"
#include "view/input/held.h"
#include "view/input/motion.h"

struct input {
	const struct options *options;
	const struct input_listener *listener;
	void *data;
	struct sink *sink;

	struct held down; /* at the keyboard, as far as the window told */
	struct held sent; /* in the guest: never more than `down` */
	struct motion motion;
	double x, y;     /* of the pointer in the window, while it is inside */
	struct point at; /* of the guest's screen; for sinks that know no places */
	bool at_known;
	bool realign_due; /* guest's and user's pointer may be apart */

	bool guest, focused, inside, off; /* off: by the user's key */
	bool start_due;                   /* capture-on-start has not happened */
	int louder;                       /* sensitivity, beyond the setting */

	bool captured, by_itself; /* wished; because the guest hides its pointer */
	bool captured_told;
	bool guest_hides;
	unsigned asked, given; /* enum input_grab */

	struct {
		uint32_t key;   /* it, while it is down; else 0 */
		uint32_t alone; /* a Super key that nothing has followed yet, or 0 */
		bool used, shown;
		unsigned timer; /* 0: none runs */
	} escape;
};

/* ---- to the guest ---- */

static bool able(const struct input *self, unsigned abilities)
{
	return (self->sink->impl->abilities(self->sink) & abilities) == abilities;
}

static bool may(const struct input *self)
{
	const struct input_options *options = &self->options->input;

	return self->guest && options->enabled && !self->off &&
	       (self->captured || !options->capture_only);
}

static void send(struct input *self, uint32_t code, bool pressed)
{
	const struct sink_impl *impl = self->sink->impl;

	held_set(&self->sent, code, pressed);
	(held_is_button(code) ? impl->button : impl->key)(self->sink, code, pressed);
}

static void press(struct input *self, uint32_t code)
{
	if (may(self) && able(self, SINK_KEYS) && !held_has(&self->sent, code))
		send(self, code, true);
}

static void release(struct input *self, uint32_t code)
{
	if (held_has(&self->sent, code))
		send(self, code, false);
}

static void release_all(struct input *self)
{
	for (uint32_t code = 0; code < KEY_CNT; code++)
		release(self, code);
}

/* Keys pressed together and let go in the other order; those that are down stay so. */
static void strike(struct input *self, const uint32_t *keys, size_t count)
{
	struct held before = self->sent;

	if (!self->guest || !able(self, SINK_KEYS))
		return;
	for (size_t i = 0; i < count; i++)
		if (!held_has(&before, keys[i]))
			send(self, keys[i], true);
	while (count-- > 0)
		if (!held_has(&before, keys[count]))
			send(self, keys[count], false);
}

/* ---- capture ---- */

static unsigned wanted_grabs(const struct input *self)
{
	const struct input_options *options = &self->options->input;
	unsigned out = 0;

	if (!self->focused || !may(self))
		return 0;
	if (self->captured)
		out |= INPUT_GRAB_POINTER | (options->grab_keyboard ? INPUT_GRAB_KEYBOARD : 0);
	if (options->grab_keyboard_on_focus)
		out |= INPUT_GRAB_KEYBOARD;
	return out;
}

static void ask_for_grabs(struct input *self)
{
	unsigned wanted = wanted_grabs(self);

	if (wanted == self->asked)
		return;
	self->asked = wanted;
	self->listener->grab(self->data, wanted);
}

static void set_captured(struct input *self, bool captured)
{
	if (captured == self->captured)
		return;
	self->captured = captured;
	self->by_itself = false;
	motion_forget(&self->motion);
	if (!captured) {
		release_all(self);
		self->realign_due = true;
	}
	ask_for_grabs(self); /* the answer may be a refusal, from within */
	if (self->captured_told == self->captured)
		return;
	self->captured_told = self->captured;
	self->listener->captured(self->data, self->captured);
}

/* Why not, for a person; NULL: nothing is in the way. */
static const char *obstacle(const struct input *self)
{
	if (!able(self, SINK_KEYS | SINK_RELATIVE))
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
		set_captured(self, true);
}

/* Of its own accord, so that nobody has to be told why not. */
static void try_capture(struct input *self)
{
	if (!obstacle(self) && self->focused)
		set_captured(self, true);
}

static void toggle_capture(struct input *self)
{
	if (self->captured)
		set_captured(self, false);
	else
		capture(self);
}

/* Anything that may() depends on has changed. */
static void settle(struct input *self)
{
	if (self->captured && obstacle(self))
		set_captured(self, false);
	if (!may(self))
		release_all(self);
	ask_for_grabs(self);
}

/* What was never given since it was asked for is refused; what is taken away later is over. */
static void on_grabbed(void *data, unsigned grabs, const char *refused)
{
	struct input *self = data;
	unsigned lost = self->given & ~grabs, missing = self->asked & ~grabs;

	self->given = grabs;
	if (self->captured && (missing & INPUT_GRAB_POINTER) &&
	    (*refused || (lost & INPUT_GRAB_POINTER)))
		set_captured(self, false);
	if (*refused && (missing & ~lost))
		self->listener->alert(self->data, refused);
}

/* ---- the escape key ---- */

static void cancel_timer(struct input *self)
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
	cancel_timer(self);
	if (delay > 0)
		self->escape.timer = g_timeout_add((unsigned)delay, on_held_long, self);
}

static void escape_released(struct input *self, bool tapped)
{
	cancel_timer(self);
	self->escape.key = self->escape.alone = 0;
	show_help(self, false);
	if (tapped && !self->escape.used)
		toggle_capture(self);
}

/* ---- actions ---- */

static void act_input(struct input *self)
{
	self->off = !self->off;
	settle(self);
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
	strike(self, (const uint32_t[]){ KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE }, 3);
}

static void (*const own_actions[ACTION_COUNT])(struct input *self) = {
	[ACTION_CAPTURE] = toggle_capture,
	[ACTION_INPUT] = act_input,
	[ACTION_SENSITIVITY_UP] = act_faster,
	[ACTION_SENSITIVITY_DOWN] = act_slower,
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
		strike(self, (const uint32_t[]){ KEY_LEFTCTRL, KEY_LEFTALT, code }, 3);
}

static void escaped_key(struct input *self, uint32_t code)
{
	enum action action = actions_find(self->options, code, actions_modifiers(&self->down));

	self->escape.used = true;
	self->escape.alone = 0;
	cancel_timer(self);
	if (action < ACTION_COUNT)
		input_act(self, action);
	else
		send_reserved(self, code);
}

/* ---- from the window ---- */

static void key_pressed(struct input *self, uint32_t code)
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
		press(self, code);
}

/* A key that the guest has down always comes up. */
static void key_released(struct input *self, uint32_t code)
{
	release(self, code);
	if (code == self->escape.key)
		escape_released(self, true);
	else if (code == self->escape.alone)
		strike(self, &code, 1);
	self->escape.alone = 0;
}

static void on_key(void *data, uint32_t code, bool pressed)
{
	struct input *self = data;

	if (code == KEY_RESERVED || code >= KEY_CNT || !self->focused ||
	    held_has(&self->down, code) == pressed)
		return;
	held_set(&self->down, code, pressed);
	if (pressed)
		key_pressed(self, code);
	else
		key_released(self, code);
}

static void on_button(void *data, uint32_t code, bool pressed)
{
	struct input *self = data;

	if (code >= KEY_CNT || !held_is_button(code) || held_has(&self->down, code) == pressed)
		return;
	held_set(&self->down, code, pressed);
	if (!pressed)
		release(self, code);
	else if (self->captured || self->inside)
		press(self, code);
}

static void on_locks(void *data, uint32_t locks)
{
	struct input *self = data;

	if (may(self) && self->sink->impl->locks)
		self->sink->impl->locks(self->sink, locks);
}

static void on_scroll(void *data, int32_t x120, int32_t y120)
{
	struct input *self = data;

	if (may(self) && able(self, SINK_KEYS) && (self->captured || self->inside))
		self->sink->impl->scroll(self->sink, x120, y120);
}

/* A sink that knows no places gets the way from one to the next. */
static void go_to(struct input *self, struct point to)
{
	int32_t dx = (int32_t)to.x - (int32_t)self->at.x, dy = (int32_t)to.y - (int32_t)self->at.y;
	bool known = self->at_known;

	self->at = to;
	self->at_known = true;
	if (known && (dx || dy) && able(self, SINK_RELATIVE))
		self->sink->impl->motion(self->sink, dx, dy);
}

static void on_position(void *data, double x, double y)
{
	struct input *self = data;
	struct projection where;

	self->x = x;
	self->y = y;
	if (!may(self) || self->captured || !self->listener->projection(self->data, &where))
		return;
	struct point to = projection_to_screen(&where, x, y);
	if (able(self, SINK_ABSOLUTE)) {
		self->sink->impl->position(self->sink, to.x, to.y, where.screen_width,
					   where.screen_height);
		return;
	}
	if (self->realign_due) {
		self->at_known = false;
		self->listener->realign(self->data, to.x, to.y);
	}
	self->realign_due = false;
	go_to(self, to);
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

static void on_motion(void *data, double dx, double dy, double raw_dx, double raw_dy)
{
	struct input *self = data;
	const struct motion_scale scale = scale_now(self);

	if (!self->captured || !may(self) || !able(self, SINK_RELATIVE))
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

static void on_inside(void *data, bool inside)
{
	struct input *self = data;

	self->inside = inside;
	self->realign_due |= inside;
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
	escape_released(self, false);
	if (self->options->input.release_keys_on_focus_loss)
		release_all(self);
	set_captured(self, false);
	forget_keys(&self->down);
}

/* What still is down in the guest by the user's wish came up elsewhere, for all we know; not so the
 * button whose click brought the focus. */
static void focus_came(struct input *self)
{
	for (uint32_t code = 0; code < KEY_CNT; code++)
		if (!held_is_button(code))
			release(self, code);
	if (self->start_due || self->options->input.capture_on_focus)
		try_capture(self);
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
	ask_for_grabs(self);
}

const struct input_events input_events = {
	.key = on_key,
	.locks = on_locks,
	.position = on_position,
	.motion = on_motion,
	.button = on_button,
	.scroll = on_scroll,
	.inside = on_inside,
	.focus = on_focus,
	.grabbed = on_grabbed,
};

/* ---- from the guest ---- */

void input_set_guest(struct input *self, bool there)
{
	if (there == self->guest)
		return;
	self->guest = there;
	self->at_known = false;
	self->realign_due = true;
	settle(self);
	if (there && self->start_due)
		try_capture(self);
	self->start_due &= !self->captured;
}

void input_set_guest_pointer(struct input *self, bool visible)
{
	bool changed = self->guest_hides == visible;

	self->guest_hides = !visible;
	if (!changed || !self->options->input.auto_capture)
		return;
	if (visible && self->by_itself) {
		set_captured(self, false);
	} else if (!visible && !self->captured && self->inside) {
		try_capture(self);
		self->by_itself = self->captured;
	}
}

static void on_sink_changed(void *data)
{
	settle(data);
}

static void on_leds(void *data, uint32_t leds)
{
	(void)data, (void)leds; /* window systems keep their lamps to themselves */
}

static void on_sink_alert(void *data, const char *text)
{
	struct input *self = data;

	self->listener->alert(self->data, text);
}

static const struct sink_listener sink_listener = {
	.changed = on_sink_changed,
	.leds = on_leds,
	.alert = on_sink_alert,
};

bool input_uses_spice(const struct options *options)
{
	const struct spice_options *spice = &options->spice;

	return spice->enabled && spice->input && spice->address && *spice->address &&
	       !(options->record_input && *options->record_input);
}

/* What is typed is recorded, or it goes to the guest by the way that was named. */
static struct sink *open_sink(struct input *self, GError **error)
{
	const struct spice_options *spice = &self->options->spice;
	const char *file = self->options->record_input;

	if (file && *file)
		return sink_create(&sink_record, file, &sink_listener, self, error);
	if (!input_uses_spice(self->options))
		return sink_create(&sink_null, NULL, &sink_listener, self, error);
	struct sink *sink = sink_create(&sink_spice, spice->address, &sink_listener, self, error);
	if (sink && spice->link > 0)
		sink_spice_adopt(sink, spice->link);
	return sink;
}

/* ---- life ---- */

void input_settle(struct input *self)
{
	self->louder = 0;
	settle(self);
}

bool input_captured(const struct input *self)
{
	return self->captured;
}

bool input_pointer(const struct input *self, double *x, double *y)
{
	if (!self->inside)
		return false;
	*x = self->x;
	*y = self->y;
	return true;
}

const struct sink *input_sink(const struct input *self)
{
	return self->sink;
}

struct input *input_create(const struct options *options, const struct input_listener *listener,
			   void *data, GError **error)
{
	struct input *self = g_new0(struct input, 1);

	self->options = options;
	self->listener = listener;
	self->data = data;
	self->start_due = options->input.capture_on_start;
	self->sink = open_sink(self, error);
	if (self->sink)
		return self;
	g_free(self);
	return NULL;
}

void input_destroy(struct input *self)
{
	if (!self)
		return;
	cancel_timer(self);
	release_all(self);
	sink_destroy(self->sink);
	g_free(self);
}
