/* Keyboard and pointer, by XInput 2: its key events do not repeat unseen, its pointer's places and
 * wheels have fractions, and motion comes as the device says it. Keycodes of servers with the evdev
 * rules, which is all of them, are the kernel's plus 8, whatever layout is in use. */
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <xcb/xinput.h>

#include "base/log.h"
#include "base/mem.h"
#include "view/window/x11/x11.h"

#define KEYCODE_OFFSET 8
#define CLICK          120

enum modifier_bits { LOCKED_CAPS = 0x02, LOCKED_NUM = 0x10 };

static double from_fp1616(xcb_input_fp1616_t value)
{
	return value / 65536.0;
}

static double from_fp3232(xcb_input_fp3232_t value)
{
	return value.integral + value.frac / 4294967296.0;
}

/* ---- axes ---- */

static void add_axis(struct x11 *self, struct x11_axis axis)
{
	if (self->seat.axis_count < X11_AXES && axis.unit != 0)
		self->seat.axes[self->seat.axis_count++] = axis;
}

static void add_wheel(struct x11 *self, uint16_t device, const xcb_input_scroll_class_t *class)
{
	bool vertical = class->scroll_type == XCB_INPUT_SCROLL_TYPE_VERTICAL;

	add_axis(self, (struct x11_axis){
			       .device = device,
			       .number = class->number,
			       .kind = vertical ? AXIS_WHEEL_Y : AXIS_WHEEL_X,
			       .unit = from_fp3232(class->increment),
		       });
}

static void add_place(struct x11 *self, uint16_t device, const xcb_input_valuator_class_t *class)
{
	double range = from_fp3232(class->max) - from_fp3232(class->min);
	bool vertical = class->number == 1;

	if (class->mode != XCB_INPUT_VALUATOR_MODE_ABSOLUTE || class->number > 1)
		return;
	add_axis(self, (struct x11_axis){
			       .device = device,
			       .number = class->number,
			       .kind = vertical ? AXIS_PLACE_Y : AXIS_PLACE_X,
			       .unit = range / (vertical ? self->screen->height_in_pixels
							 : self->screen->width_in_pixels),
		       });
}

static void forget_device(struct x11 *self, uint16_t device)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < self->seat.axis_count; i++)
		if (self->seat.axes[i].device != device)
			self->seat.axes[kept++] = self->seat.axes[i];
	self->seat.axis_count = kept;
}

static void take_classes(struct x11 *self, uint16_t device, xcb_input_device_class_iterator_t i)
{
	forget_device(self, device);
	for (; i.rem; xcb_input_device_class_next(&i)) {
		if (i.data->type == XCB_INPUT_DEVICE_CLASS_TYPE_SCROLL)
			add_wheel(self, device, (const void *)i.data);
		else if (i.data->type == XCB_INPUT_DEVICE_CLASS_TYPE_VALUATOR)
			add_place(self, device, (const void *)i.data);
	}
}

static void ask_devices(struct x11 *self)
{
	g_autofree xcb_input_xi_query_device_reply_t *reply = xcb_input_xi_query_device_reply(
		self->xcb, xcb_input_xi_query_device(self->xcb, XCB_INPUT_DEVICE_ALL_MASTER), NULL);

	if (!reply)
		return;
	xcb_input_xi_device_info_iterator_t i = xcb_input_xi_query_device_infos_iterator(reply);
	for (; i.rem; xcb_input_xi_device_info_next(&i))
		take_classes(self, i.data->deviceid,
			     xcb_input_xi_device_info_classes_iterator(i.data));
}

static struct x11_axis *find_axis(struct x11 *self, uint16_t device, unsigned number)
{
	for (unsigned i = 0; i < self->seat.axis_count; i++)
		if (self->seat.axes[i].device == device && self->seat.axes[i].number == number)
			return &self->seat.axes[i];
	return NULL;
}

/* How far it went since it was seen last, in its units. */
static double advance(struct x11_axis *axis, double value)
{
	double gone = axis->known ? (value - axis->last) / axis->unit : 0;

	axis->last = value;
	axis->known = true;
	return gone;
}

/* While the pointer was elsewhere, others have turned the wheels. */
static void forget_values(struct x11 *self)
{
	for (unsigned i = 0; i < self->seat.axis_count; i++)
		self->seat.axes[i].known = false;
}

static bool has_bit(const uint32_t *mask, unsigned length, unsigned bit)
{
	return bit / 32 < length && mask[bit / 32] >> bit % 32 & 1;
}

/* ---- pointer ---- */

static int32_t whole_part(struct x11_axis *axis, double clicks)
{
	double sum = axis->rest + clicks * CLICK;
	int32_t whole = (int32_t)CLAMP(sum, -CLICK * 100, CLICK * 100);

	axis->rest = sum - whole;
	return whole;
}

static void tell_wheels(struct x11 *self, const xcb_input_motion_event_t *e)
{
	const uint32_t *mask = xcb_input_button_press_valuator_mask(e);
	const xcb_input_fp3232_t *value = xcb_input_button_press_axisvalues(e);
	int32_t scrolled[2] = { 0, 0 };

	for (unsigned bit = 0; bit < 32u * e->valuators_len; bit++) {
		if (!has_bit(mask, e->valuators_len, bit))
			continue;
		struct x11_axis *axis = find_axis(self, e->deviceid, bit);
		if (axis && axis->kind <= AXIS_WHEEL_Y)
			scrolled[axis->kind] += whole_part(axis,
							   advance(axis, from_fp3232(*value)));
		value++;
	}
	if (scrolled[AXIS_WHEEL_X] || scrolled[AXIS_WHEEL_Y])
		X11_TELL(self, scroll, scrolled[AXIS_WHEEL_X], scrolled[AXIS_WHEEL_Y]);
}

static void tell_position(struct x11 *self, xcb_input_fp1616_t x, xcb_input_fp1616_t y)
{
	if (!(self->seat.grabs & INPUT_GRAB_POINTER))
		X11_TELL(self, position, from_fp1616(x), from_fp1616(y));
}

static void on_motion(struct x11 *self, const void *event)
{
	const xcb_input_motion_event_t *e = event;

	tell_wheels(self, e);
	if (!(e->flags & XCB_INPUT_POINTER_EVENT_FLAGS_POINTER_EMULATED))
		tell_position(self, e->event_x, e->event_y);
}

/* X's numbers; those of wheels are not here. */
static const uint16_t buttons[] = {
	[1] = BTN_LEFT,  [2] = BTN_MIDDLE,   [3] = BTN_RIGHT, [8] = BTN_SIDE,
	[9] = BTN_EXTRA, [10] = BTN_FORWARD, [11] = BTN_BACK, [12] = BTN_TASK,
};

static const struct {
	int8_t x, y;
} wheels[] = { [4] = { 0, -1 }, [5] = { 0, 1 }, [6] = { -1, 0 }, [7] = { 1, 0 } };

static void tell_button(struct x11 *self, const xcb_input_button_press_event_t *e, bool pressed)
{
	if (e->detail < ARRAY_LEN(buttons) && buttons[e->detail])
		X11_TELL(self, button, buttons[e->detail], pressed);
}

/* Emulated: of a wheel that tells by its axis, too. */
static void on_button_press(struct x11 *self, const void *event)
{
	const xcb_input_button_press_event_t *e = event;

	if (e->flags & XCB_INPUT_POINTER_EVENT_FLAGS_POINTER_EMULATED)
		return;
	if (e->detail >= 4 && e->detail <= 7)
		X11_TELL(self, scroll, wheels[e->detail].x * CLICK, wheels[e->detail].y * CLICK);
	else
		tell_button(self, e, true);
}

static void on_button_release(struct x11 *self, const void *event)
{
	tell_button(self, event, false);
}

/* One axis of a raw event: both of its values in pixels, or counts. */
static void take_raw(struct x11 *self, const xcb_input_raw_motion_event_t *e, unsigned number,
		     xcb_input_fp3232_t shown, xcb_input_fp3232_t raw, double *out)
{
	struct x11_axis *axis = find_axis(self, e->deviceid, number);

	if (axis && axis->kind < AXIS_PLACE_X)
		return;
	out[number] = axis ? advance(axis, from_fp3232(raw)) : from_fp3232(shown);
	out[number + 2] = axis ? out[number] : from_fp3232(raw);
}

static void on_raw_motion(struct x11 *self, const void *event)
{
	const xcb_input_raw_motion_event_t *e = event;
	const uint32_t *mask = xcb_input_raw_button_press_valuator_mask(e);
	const xcb_input_fp3232_t *shown = xcb_input_raw_button_press_axisvalues(e);
	const xcb_input_fp3232_t *raw = xcb_input_raw_button_press_axisvalues_raw(e);
	double delta[4] = { 0 };

	for (unsigned number = 0; number < 2; number++)
		if (has_bit(mask, e->valuators_len, number))
			take_raw(self, e, number, *shown++, *raw++, delta);
	if ((self->seat.grabs & (INPUT_GRAB_POINTER | INPUT_GRAB_CONFINE)) &&
	    (delta[0] || delta[1] || delta[2] || delta[3]))
		X11_TELL(self, motion, delta[0], delta[1], delta[2], delta[3]);
}

/* ---- keyboard ---- */

static void tell_locks(struct x11 *self, uint32_t locked)
{
	uint32_t locks = (locked & LOCKED_NUM ? 2 : 0) | (locked & LOCKED_CAPS ? 4 : 0);

	if (locks != self->seat.locks)
		X11_TELL(self, locks, locks);
	self->seat.locks = locks;
}

static void tell_key(struct x11 *self, const xcb_input_key_press_event_t *e, bool pressed)
{
	if (e->detail < KEYCODE_OFFSET || e->flags & XCB_INPUT_KEY_EVENT_FLAGS_KEY_REPEAT)
		return;
	tell_locks(self, e->mods.locked);
	self->seat.modifiers = e->mods.effective | (uint32_t)e->group.effective << X11_GROUP_SHIFT;
	X11_TELL(self, key, e->detail - KEYCODE_OFFSET, pressed);
}

static void on_key_press(struct x11 *self, const void *event)
{
	tell_key(self, event, true);
}

static void on_key_release(struct x11 *self, const void *event)
{
	tell_key(self, event, false);
}

/* ---- who has them ---- */

static void tell_focus(struct x11 *self)
{
	bool focused = self->seat.focus_is_ours || self->seat.focus_by_pointer;

	if (focused == self->seat.focused)
		return;
	self->seat.focused = focused;
	x11_wm_focus(self, focused);
	X11_TELL(self, focus, focused);
}

/* Where another program grabs the keyboard, if only for a moment, the releases are its own: that
 * counts as a loss. A grab of ours does not; it begins and ends with a change of its own, too,
 * where the focus is the pointer's. */
static void on_focus_in(struct x11 *self, const void *event)
{
	const xcb_input_focus_in_event_t *e = event;

	if (e->mode == XCB_INPUT_NOTIFY_MODE_GRAB)
		return;
	if (e->detail == XCB_INPUT_NOTIFY_DETAIL_POINTER)
		self->seat.focus_by_pointer = true;
	else
		self->seat.focus_is_ours = true;
	tell_focus(self);
}

static void on_focus_out(struct x11 *self, const void *event)
{
	const xcb_input_focus_out_event_t *e = event;
	bool ours = self->seat.grabs & INPUT_GRAB_KEYBOARD;

	if (e->mode == XCB_INPUT_NOTIFY_MODE_UNGRAB ||
	    (e->mode == XCB_INPUT_NOTIFY_MODE_GRAB && ours))
		return;
	self->seat.focus_by_pointer = false;
	if (e->detail != XCB_INPUT_NOTIFY_DETAIL_POINTER)
		self->seat.focus_is_ours = false;
	tell_focus(self);
}

/* Of our own children, or for the time of a grab. */
static bool stays(const xcb_input_enter_event_t *e)
{
	return e->detail == XCB_INPUT_NOTIFY_DETAIL_INFERIOR ||
	       e->mode == XCB_INPUT_NOTIFY_MODE_GRAB || e->mode == XCB_INPUT_NOTIFY_MODE_UNGRAB;
}

static void on_enter(struct x11 *self, const void *event)
{
	const xcb_input_enter_event_t *e = event;

	forget_values(self);
	if (stays(e))
		return;
	self->seat.focus_by_pointer = e->focus;
	tell_focus(self);
	X11_TELL(self, inside, true);
	tell_position(self, e->event_x, e->event_y);
}

/* Who goes fast was last seen far from the edge: that he left counts, and where. */
static void on_leave(struct x11 *self, const void *event)
{
	const xcb_input_leave_event_t *e = event;

	if (stays(e))
		return;
	tell_position(self, e->event_x, e->event_y);
	self->seat.focus_by_pointer = false;
	X11_TELL(self, inside, false);
	tell_focus(self);
}

static void on_device_changed(struct x11 *self, const void *event)
{
	const xcb_input_device_changed_event_t *e = event;

	take_classes(self, e->deviceid, xcb_input_device_changed_classes_iterator(e));
}

static void (*const handlers[])(struct x11 *self, const void *event) = {
	[XCB_INPUT_DEVICE_CHANGED] = on_device_changed,
	[XCB_INPUT_KEY_PRESS] = on_key_press,
	[XCB_INPUT_KEY_RELEASE] = on_key_release,
	[XCB_INPUT_BUTTON_PRESS] = on_button_press,
	[XCB_INPUT_BUTTON_RELEASE] = on_button_release,
	[XCB_INPUT_MOTION] = on_motion,
	[XCB_INPUT_ENTER] = on_enter,
	[XCB_INPUT_LEAVE] = on_leave,
	[XCB_INPUT_FOCUS_IN] = on_focus_in,
	[XCB_INPUT_FOCUS_OUT] = on_focus_out,
	[XCB_INPUT_RAW_MOTION] = on_raw_motion,
};

void x11_seat_event(struct x11 *self, const xcb_ge_generic_event_t *event)
{
	if (self->seat.opcode && event->extension == self->seat.opcode &&
	    event->event_type < ARRAY_LEN(handlers) && handlers[event->event_type])
		handlers[event->event_type](self, event);
}

/* ---- life ---- */

static void select_events(struct x11 *self)
{
	const struct {
		xcb_input_event_mask_t head;
		uint32_t mask;
	} wanted = {
		{ XCB_INPUT_DEVICE_ALL_MASTER, 1 },
		XCB_INPUT_XI_EVENT_MASK_DEVICE_CHANGED | XCB_INPUT_XI_EVENT_MASK_KEY_PRESS |
			XCB_INPUT_XI_EVENT_MASK_KEY_RELEASE | XCB_INPUT_XI_EVENT_MASK_BUTTON_PRESS |
			XCB_INPUT_XI_EVENT_MASK_BUTTON_RELEASE | XCB_INPUT_XI_EVENT_MASK_MOTION |
			XCB_INPUT_XI_EVENT_MASK_ENTER | XCB_INPUT_XI_EVENT_MASK_LEAVE |
			XCB_INPUT_XI_EVENT_MASK_FOCUS_IN | XCB_INPUT_XI_EVENT_MASK_FOCUS_OUT,
	};

	xcb_input_xi_select_events(self->xcb, self->id, 1, &wanted.head);
}

void x11_seat_init(struct x11 *self)
{
	const xcb_query_extension_reply_t *extension = xcb_get_extension_data(self->xcb,
									      &xcb_input_id);
	g_autofree xcb_input_xi_query_version_reply_t *version = NULL;

	if (extension && extension->present)
		version = xcb_input_xi_query_version_reply(
			self->xcb, xcb_input_xi_query_version(self->xcb, 2, 2), NULL);
	if (!version || version->major_version < 2) {
		log_warn("this X server lacks XInput 2: keyboard and pointer do not reach the "
			 "guest");
		return;
	}
	self->seat.opcode = extension->major_opcode;
	select_events(self);
	ask_devices(self);
}
