/* Pointer and keyboard of the first seat. */
#include <linux/input-event-codes.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xkbcommon/xkbcommon.h>

#include "base/log.h"
#include "view/window/wayland/wayland.h"

/* An axis value that counts as a click where nobody says: what libinput's wheels send. */
#define UNITS_PER_CLICK 15.0

#define TELL(self, event, ...)                                                                     \
	do {                                                                                       \
		if ((self)->window.input->event)                                                   \
			(self)->window.input->event((self)->window.input_data, __VA_ARGS__);       \
	} while (0)

/* ---- pointer ---- */

static void tell_position(struct wayland *self, wl_fixed_t x, wl_fixed_t y)
{
	double factor = self->window.scale120 / 120.0;

	TELL(self, position, wl_fixed_to_double(x) * factor, wl_fixed_to_double(y) * factor);
}

static void on_enter(void *data, struct wl_pointer *pointer, uint32_t serial,
		     struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y)
{
	struct wayland *self = data;

	(void)pointer;
	if (surface != self->root.surface) /* the frame's, perhaps */
		return;
	self->enter_serial = serial;
	self->pointer_inside = true;
	cursor_apply(self);
	TELL(self, inside, true);
	tell_position(self, x, y);
}

static void on_leave(void *data, struct wl_pointer *pointer, uint32_t serial,
		     struct wl_surface *surface)
{
	struct wayland *self = data;

	(void)pointer, (void)serial, (void)surface;
	if (!self->pointer_inside)
		return;
	self->pointer_inside = false;
	TELL(self, inside, false);
}

static void on_motion(void *data, struct wl_pointer *pointer, uint32_t time, wl_fixed_t x,
		      wl_fixed_t y)
{
	struct wayland *self = data;

	(void)pointer, (void)time;
	if (self->pointer_inside)
		tell_position(self, x, y);
}

static void on_button(void *data, struct wl_pointer *pointer, uint32_t serial, uint32_t time,
		      uint32_t button, uint32_t state)
{
	struct wayland *self = data;

	(void)pointer, (void)time;
	self->input_serial = serial;
	if (self->pointer_inside)
		TELL(self, button, button, state == WL_POINTER_BUTTON_STATE_PRESSED);
}

/* What one axis has gathered, in 1/120 click; fractions stay for the next time. */
static int32_t take_axis(struct wayland *self, int axis)
{
	int32_t v120 = self->wheel.v120[axis];

	if (!self->wheel.exact[axis]) {
		double sum = self->wheel.carry[axis] +
			     self->wheel.value[axis] * 120 / UNITS_PER_CLICK;
		v120 = (int32_t)sum;
		self->wheel.carry[axis] = sum - v120;
	}
	self->wheel.v120[axis] = 0;
	self->wheel.value[axis] = 0;
	self->wheel.exact[axis] = false;
	return v120;
}

static void on_frame(void *data, struct wl_pointer *pointer)
{
	struct wayland *self = data;
	int32_t y120 = take_axis(self, WL_POINTER_AXIS_VERTICAL_SCROLL);
	int32_t x120 = take_axis(self, WL_POINTER_AXIS_HORIZONTAL_SCROLL);

	(void)pointer;
	if ((x120 || y120) && self->pointer_inside)
		TELL(self, scroll, x120, y120);
}

static void on_axis(void *data, struct wl_pointer *pointer, uint32_t time, uint32_t axis,
		    wl_fixed_t value)
{
	struct wayland *self = data;

	(void)time;
	if (axis > 1)
		return;
	self->wheel.value[axis] += wl_fixed_to_double(value);
	if (wl_pointer_get_version(pointer) < WL_POINTER_FRAME_SINCE_VERSION)
		on_frame(data, pointer);
}

static void on_axis_source(void *data, struct wl_pointer *pointer, uint32_t source)
{
	(void)data, (void)pointer, (void)source;
}

static void on_axis_stop(void *data, struct wl_pointer *pointer, uint32_t time, uint32_t axis)
{
	struct wayland *self = data;

	(void)pointer, (void)time;
	if (axis <= 1)
		self->wheel.carry[axis] = 0;
}

static void add_clicks(struct wayland *self, uint32_t axis, int32_t v120)
{
	if (axis > 1)
		return;
	self->wheel.v120[axis] += v120;
	self->wheel.exact[axis] = true;
}

static void on_axis_discrete(void *data, struct wl_pointer *pointer, uint32_t axis, int32_t clicks)
{
	(void)pointer;
	add_clicks(data, axis, clicks * 120);
}

static void on_axis_value120(void *data, struct wl_pointer *pointer, uint32_t axis, int32_t v120)
{
	(void)pointer;
	add_clicks(data, axis, v120);
}

static const struct wl_pointer_listener pointer_listener = {
	.enter = on_enter,
	.leave = on_leave,
	.motion = on_motion,
	.button = on_button,
	.axis = on_axis,
	.frame = on_frame,
	.axis_source = on_axis_source,
	.axis_stop = on_axis_stop,
	.axis_discrete = on_axis_discrete,
	.axis_value120 = on_axis_value120,
};

/* ---- keyboard ---- */

static void on_keymap(void *data, struct wl_keyboard *keyboard, uint32_t format, int32_t fd,
		      uint32_t size)
{
	struct wayland *self = data;
	struct xkb_keymap *keymap = NULL;
	char *text = MAP_FAILED;

	(void)keyboard;
	if (format == WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1 && size > 0)
		text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (text == MAP_FAILED)
		return;
	keymap = xkb_keymap_new_from_buffer(self->xkb, text, strnlen(text, size),
					    XKB_KEYMAP_FORMAT_TEXT_V1, XKB_KEYMAP_COMPILE_NO_FLAGS);
	munmap(text, size);
	g_clear_pointer(&self->xkb_state, xkb_state_unref);
	if (keymap)
		self->xkb_state = xkb_state_new(keymap);
	xkb_keymap_unref(keymap);
}

static void on_focus(void *data, struct wl_keyboard *keyboard, uint32_t serial,
		     struct wl_surface *surface, struct wl_array *keys)
{
	struct wayland *self = data;

	(void)keyboard, (void)keys;
	self->input_serial = serial;
	self->focused = surface == self->root.surface;
	if (self->focused)
		TELL(self, focus, true);
}

static void on_blur(void *data, struct wl_keyboard *keyboard, uint32_t serial,
		    struct wl_surface *surface)
{
	struct wayland *self = data;

	(void)keyboard, (void)serial, (void)surface;
	if (self->focused) {
		shell_blur(self);
		TELL(self, focus, false);
	}
	self->focused = false;
}

static void on_key(void *data, struct wl_keyboard *keyboard, uint32_t serial, uint32_t time,
		   uint32_t code, uint32_t state)
{
	struct wayland *self = data;
	bool pressed = state == WL_KEYBOARD_KEY_STATE_PRESSED;

	(void)keyboard, (void)time;
	self->input_serial = serial;
	if (!self->focused)
		return;
	if (self->window.input->key)
		self->window.input->key(self->window.input_data, code, pressed);
	else if (pressed && code == KEY_F11) /* nobody else would */
		shell_set_fullscreen(self, !self->window.fullscreen);
}

static uint32_t locks_of(struct xkb_state *state)
{
	static const struct {
		const char *lamp;
		uint32_t bit;
	} locks[] = { { XKB_LED_NAME_SCROLL, 1 },
		      { XKB_LED_NAME_NUM, 2 },
		      { XKB_LED_NAME_CAPS, 4 } };
	uint32_t bits = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(locks); i++)
		if (xkb_state_led_name_is_active(state, locks[i].lamp) > 0)
			bits |= locks[i].bit;
	return bits;
}

static void on_modifiers(void *data, struct wl_keyboard *keyboard, uint32_t serial,
			 uint32_t depressed, uint32_t latched, uint32_t locked, uint32_t group)
{
	struct wayland *self = data;

	(void)keyboard, (void)serial;
	if (!self->xkb_state)
		return;
	xkb_state_update_mask(self->xkb_state, depressed, latched, locked, 0, 0, group);
	TELL(self, locks, locks_of(self->xkb_state));
}

static void on_repeat_info(void *data, struct wl_keyboard *keyboard, int32_t rate, int32_t delay)
{
	(void)data, (void)keyboard, (void)rate, (void)delay;
}

static const struct wl_keyboard_listener keyboard_listener = {
	.keymap = on_keymap,
	.enter = on_focus,
	.leave = on_blur,
	.key = on_key,
	.modifiers = on_modifiers,
	.repeat_info = on_repeat_info,
};

/* ---- seat ---- */

static void drop_pointer(struct wayland *self)
{
	if (!self->pointer)
		return;
	grab_drop(self);
	cursor_drop(self);
	wl_pointer_destroy(self->pointer);
	self->pointer = NULL;
	if (self->pointer_inside)
		TELL(self, inside, false);
	self->pointer_inside = false;
}

static void drop_keyboard(struct wayland *self)
{
	if (!self->keyboard)
		return;
	wl_keyboard_destroy(self->keyboard);
	self->keyboard = NULL;
	if (self->focused)
		TELL(self, focus, false);
	self->focused = false;
}

static void on_capabilities(void *data, struct wl_seat *seat, uint32_t capabilities)
{
	struct wayland *self = data;

	if (!(capabilities & WL_SEAT_CAPABILITY_POINTER)) {
		drop_pointer(self);
	} else if (!self->pointer) {
		self->pointer = wl_seat_get_pointer(seat);
		wl_pointer_add_listener(self->pointer, &pointer_listener, self);
	}
	if (!(capabilities & WL_SEAT_CAPABILITY_KEYBOARD)) {
		drop_keyboard(self);
	} else if (!self->keyboard) {
		self->keyboard = wl_seat_get_keyboard(seat);
		wl_keyboard_add_listener(self->keyboard, &keyboard_listener, self);
	}
	grab_apply(self);
}

static void on_name(void *data, struct wl_seat *seat, const char *name)
{
	(void)data, (void)seat, (void)name;
}

static const struct wl_seat_listener seat_listener = {
	.capabilities = on_capabilities,
	.name = on_name,
};

void seat_open(struct wayland *self)
{
	self->xkb = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
	if (!self->seat_version)
		return;
	self->seat = wl_registry_bind(self->registry, self->seat_name, &wl_seat_interface,
				      self->seat_version);
	wl_seat_add_listener(self->seat, &seat_listener, self);
	if (self->seat_ear.opened)
		self->seat_ear.opened(self->seat_ear.data);
}

void seat_close(struct wayland *self)
{
	if (self->seat && self->seat_ear.closing)
		self->seat_ear.closing(self->seat_ear.data);
	drop_pointer(self);
	drop_keyboard(self);
	g_clear_pointer(&self->seat, wl_seat_destroy);
	g_clear_pointer(&self->xkb_state, xkb_state_unref);
	g_clear_pointer(&self->xkb, xkb_context_unref);
}
