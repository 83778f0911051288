#include "spice/inputs.h"

#include <assert.h>
#include <linux/input-event-codes.h>
#include <spice-client.h>
#include <string.h>

#include "link/spice.h"
#include "pixel/region.h"
#include "spice/keys.h"

#define SCANCODES   0x200
#define WAITING_MAX 256
#define SWITCH_MS   500 /* the server answers within a round trip, or not at all */
#define LAMPS_US    500000
#define CLICK       120

enum kind { MOTION, POSITION, PRESS, RELEASE };

/* Of the mouse. */
struct event {
	enum kind kind;
	int x, y; /* motion, position; x is the button of the others */
};

struct inputs {
	const struct inputs_listener *listener;
	void *data;
	SpiceMainChannel *main;      /* NULL: no connection */
	SpiceInputsChannel *channel; /* NULL: not open */
	uint32_t abilities;
	bool place; /* the client's mode is to be had, as far as we know */
	struct rect screen;
	int display; /* that it is a part of */

	bool down[SCANCODES];
	unsigned buttons; /* mask, as sent */
	int32_t wheel;
	gint64 lock_key; /* when one was sent */

	GArray *waiting; /* struct event, for a switch of modes */
	int wanted;      /* that mode; 0: none */
	int asked;       /* for last; 0: the library's own choice */
	unsigned timer;
};

struct inputs *inputs_create(const struct inputs_listener *listener, void *data)
{
	struct inputs *self = g_new0(struct inputs, 1);

	self->listener = listener;
	self->data = data;
	self->waiting = g_array_new(FALSE, FALSE, sizeof(struct event));
	return self;
}

/* ---- what is possible ---- */

static int mode(const struct inputs *self)
{
	int now = 0;

	g_object_get(self->main, "mouse-mode", &now, NULL);
	return now;
}

static void tell_abilities(struct inputs *self)
{
	gboolean agent = FALSE;
	uint32_t now = 0;

	if (self->main)
		g_object_get(self->main, "agent-connected", &agent, NULL);
	if (self->channel)
		now = LINK_SPICE_CAN_KEYS | LINK_SPICE_CAN_MOVE |
		      (self->place ? LINK_SPICE_CAN_PLACE : 0) | (agent ? LINK_SPICE_HAS_AGENT : 0);
	if (now == self->abilities)
		return;
	self->abilities = now;
	self->listener->abilities(self->data, now);
}

/* ---- the mouse ---- */

static void stop_timer(struct inputs *self)
{
	if (self->timer)
		g_source_remove(self->timer);
	self->timer = 0;
	self->wanted = 0;
}

static int needed_mode(const struct event *event)
{
	static const int needed[] = { [MOTION] = SPICE_MOUSE_MODE_SERVER,
				      [POSITION] = SPICE_MOUSE_MODE_CLIENT,
				      [PRESS] = 0,
				      [RELEASE] = 0 };

	return needed[event->kind];
}

static void perform(struct inputs *self, const struct event *event)
{
	int state = (int)self->buttons;

	switch (event->kind) {
	case MOTION:
		spice_inputs_channel_motion(self->channel, event->x, event->y, state);
		break;
	case POSITION:
		spice_inputs_channel_position(self->channel, event->x, event->y, self->display,
					      state);
		break;
	case PRESS:
		self->buttons |= key_button_mask((unsigned)event->x);
		spice_inputs_channel_button_press(self->channel, event->x, (int)self->buttons);
		break;
	case RELEASE:
		self->buttons &= ~key_button_mask((unsigned)event->x);
		spice_inputs_channel_button_release(self->channel, event->x, (int)self->buttons);
		break;
	}
}

static gboolean on_no_answer(gpointer data);

static void ask_for_mode(struct inputs *self, int wanted)
{
	if (self->wanted == wanted)
		return;
	stop_timer(self);
	self->wanted = wanted;
	self->timer = g_timeout_add(SWITCH_MS, on_no_answer, self);
	self->asked = wanted;
	spice_main_channel_request_mouse_mode(self->main, wanted);
}

/* As far as the mode allows. */
static void drain(struct inputs *self)
{
	while (self->channel && self->waiting->len) {
		struct event event = g_array_index(self->waiting, struct event, 0);
		int needed = needed_mode(&event);

		if (needed && needed != mode(self)) {
			ask_for_mode(self, needed);
			return;
		}
		g_array_remove_index(self->waiting, 0);
		perform(self, &event);
	}
	stop_timer(self);
}

/* What the mode was asked for is lost, and no more of it should come. */
static gboolean on_no_answer(gpointer data)
{
	struct inputs *self = data;
	bool place = self->wanted != SPICE_MOUSE_MODE_CLIENT;

	self->timer = 0;
	self->wanted = 0;
	self->place &= place;
	if (self->waiting->len)
		g_array_remove_index(self->waiting, 0);
	tell_abilities(self);
	drain(self);
	return G_SOURCE_REMOVE;
}

static bool merge(struct event *last, const struct event *next)
{
	struct event sum = *next;

	if (last->kind != next->kind || next->kind > POSITION)
		return false;
	if (next->kind == MOTION && (__builtin_add_overflow(last->x, next->x, &sum.x) ||
				     __builtin_add_overflow(last->y, next->y, &sum.y)))
		return false;
	*last = sum;
	return true;
}

static void submit(struct inputs *self, struct event event)
{
	unsigned count = self->waiting->len;

	if (!self->channel)
		return;
	if (count && merge(&g_array_index(self->waiting, struct event, count - 1), &event))
		return;
	if (count == WAITING_MAX)
		return;
	g_array_append_val(self->waiting, event);
	if (!self->wanted)
		drain(self);
}

void inputs_motion(struct inputs *self, int32_t dx, int32_t dy)
{
	submit(self, (struct event){ MOTION, dx, dy });
}

/* The first to the first and the last to the last. */
static int scale(uint32_t at, uint32_t from, uint32_t to)
{
	if (from < 2 || at >= from)
		at = from ? from - 1 : 0;
	if (!to || from == to || from < 2)
		return (int)at;
	return (int)(((uint64_t)at * (to - 1) + (from - 1) / 2) / (from - 1));
}

void inputs_position(struct inputs *self, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	if (width > INT16_MAX || height > INT16_MAX)
		return;
	submit(self,
	       (struct event){ POSITION, (int)self->screen.x + scale(x, width, self->screen.width),
			       (int)self->screen.y + scale(y, height, self->screen.height) });
}

void inputs_button(struct inputs *self, uint32_t code, bool pressed)
{
	unsigned button = key_button(code);

	if (button)
		submit(self, (struct event){ pressed ? PRESS : RELEASE, (int)button, 0 });
}

/* A wheel that spins like mad clicks no more often than this at a time. */
#define CLICKS_MAX 32

void inputs_scroll(struct inputs *self, int32_t x120, int32_t y120)
{
	int64_t rest = (self->wheel ^ y120) < 0 ? 0 : self->wheel;
	int64_t all = rest + y120, clicks = all / CLICK;
	int button = clicks < 0 ? SPICE_MOUSE_BUTTON_UP : SPICE_MOUSE_BUTTON_DOWN;

	(void)x120;
	self->wheel = (int32_t)(all % CLICK);
	for (int64_t i = MIN(ABS(clicks), CLICKS_MAX); i > 0; i--) {
		submit(self, (struct event){ PRESS, button, 0 });
		submit(self, (struct event){ RELEASE, button, 0 });
	}
}

void inputs_set_screen(struct inputs *self, const struct rect *part, int display)
{
	self->screen = *part;
	self->display = display;
}

/* ---- the keyboard ---- */

static void send_key(struct inputs *self, unsigned scancode, bool pressed)
{
	self->down[scancode] = pressed;
	if (pressed)
		spice_inputs_channel_key_press(self->channel, scancode);
	else
		spice_inputs_channel_key_release(self->channel, scancode);
}

void inputs_key(struct inputs *self, uint32_t code, bool pressed)
{
	unsigned scancode = key_scancode(code);

	if (!self->channel || !scancode || self->down[scancode] == pressed)
		return;
	assert(scancode < SCANCODES);
	if (code == KEY_CAPSLOCK || code == KEY_NUMLOCK || code == KEY_SCROLLLOCK)
		self->lock_key = g_get_monotonic_time();
	send_key(self, scancode, pressed);
}

static uint32_t lamps(const struct inputs *self)
{
	int now = 0;

	g_object_get(self->channel, "key-modifiers", &now, NULL);
	return (uint32_t)now;
}

void inputs_locks(struct inputs *self, uint32_t locks)
{
	bool answering = self->lock_key && g_get_monotonic_time() - self->lock_key < LAMPS_US;

	if (self->channel && !answering && (locks & 7) != lamps(self))
		spice_inputs_channel_set_key_locks(self->channel, locks & 7);
}

void inputs_release(struct inputs *self)
{
	for (unsigned i = 0; self->channel && i < SCANCODES; i++)
		if (self->down[i])
			send_key(self, i, false);
	for (unsigned b = SPICE_MOUSE_BUTTON_LEFT; b < SPICE_MOUSE_BUTTON_ENUM_END; b++)
		if (self->buttons & key_button_mask(b))
			submit(self, (struct event){ RELEASE, (int)b, 0 });
	self->wheel = 0;
}

/* ---- the connection ---- */

static void on_mouse_update(SpiceChannel *channel, gpointer data)
{
	struct inputs *self = data;

	(void)channel;
	if (mode(self) == SPICE_MOUSE_MODE_CLIENT)
		self->place = true;
	else if (self->asked != SPICE_MOUSE_MODE_SERVER)
		self->place = false; /* tablet and agent are gone */
	tell_abilities(self);
	drain(self);
}

/* Whoever has an agent now may take places; the answer comes as an update of the mouse. */
static void on_agent_update(SpiceChannel *channel, gpointer data)
{
	struct inputs *self = data;

	(void)channel;
	if (!self->wanted && !self->place) {
		self->asked = SPICE_MOUSE_MODE_CLIENT;
		spice_main_channel_request_mouse_mode(self->main, self->asked);
	}
	tell_abilities(self);
}

static void on_modifiers(SpiceChannel *channel, gpointer data)
{
	struct inputs *self = data;

	(void)channel;
	self->listener->leds(self->data, lamps(self));
}

static void forget(struct inputs *self)
{
	stop_timer(self);
	g_array_set_size(self->waiting, 0);
	memset(self->down, 0, sizeof(self->down));
	self->buttons = 0;
	self->wheel = 0;
	self->lock_key = 0;
	self->asked = 0;
	self->place = false;
}

static void let_go(gpointer *channel, void *data)
{
	if (*channel)
		g_signal_handlers_disconnect_by_data(*channel, data);
	g_clear_object(channel);
}

void inputs_attach(struct inputs *self, SpiceMainChannel *main, SpiceInputsChannel *channel)
{
	let_go((gpointer *)&self->main, self);
	let_go((gpointer *)&self->channel, self);
	forget(self);
	if (main) {
		self->main = g_object_ref(main);
		g_signal_connect(main, "main-mouse-update", G_CALLBACK(on_mouse_update), self);
		g_signal_connect(main, "main-agent-update", G_CALLBACK(on_agent_update), self);
		self->place = mode(self) == SPICE_MOUSE_MODE_CLIENT;
	}
	if (channel) {
		self->channel = g_object_ref(channel);
		g_signal_connect(channel, "inputs-modifiers", G_CALLBACK(on_modifiers), self);
	}
	tell_abilities(self);
}

void inputs_nudge(struct inputs *self)
{
	if (self->main && self->asked)
		spice_main_channel_request_mouse_mode(self->main, self->asked);
}

void inputs_destroy(struct inputs *self)
{
	if (!self)
		return;
	let_go((gpointer *)&self->main, self);
	let_go((gpointer *)&self->channel, self);
	stop_timer(self);
	g_array_unref(self->waiting);
	g_free(self);
}
