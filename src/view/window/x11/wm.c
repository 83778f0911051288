/* What a window manager is told, and what to do where there is none. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "view/mark.h"
#include "view/window/x11/x11.h"

#define MIN_WIDTH  160
#define MIN_HEIGHT 120
#define ICON_SIZE  64

/* ICCCM 4.1.2.3 */
enum {
	HINT_USER_POSITION = 1 << 0,
	HINT_USER_SIZE = 1 << 1,
	HINT_MIN_SIZE = 1 << 4,
	HINT_MAX_SIZE = 1 << 5,
	HINT_ASPECT = 1 << 7,
};
struct size_hints {
	uint32_t flags;
	int32_t x, y, width, height;
	int32_t min_width, min_height, max_width, max_height, steps[2];
	int32_t min_aspect[2], max_aspect[2], more[3];
};
static_assert(sizeof(struct size_hints) == 18 * 4, "as ICCCM lays it out");

/* ICCCM 4.1.2.4 */
enum { WM_INPUT = 1 << 0, WM_URGENCY = 1 << 8 };
struct wm_hints {
	uint32_t flags, input, more[7];
};
enum { ICONIC_STATE = 3 };

/* What Motif began and every window manager still reads. */
enum { MOTIF_DECORATIONS = 1 << 1 };
struct motif_hints {
	uint32_t flags, functions, decorations, input_mode, status;
};

static void set_property(struct x11 *self, xcb_atom_t property, xcb_atom_t type, uint8_t format,
			 const void *data, size_t count)
{
	xcb_change_property(self->xcb, XCB_PROP_MODE_REPLACE, self->id, property, type, format,
			    (uint32_t)count, data);
}

void x11_wm_set_title(struct x11 *self, const char *title)
{
	set_property(self, self->atoms[ATOM_NET_WM_NAME], self->atoms[ATOM_UTF8_STRING], 8, title,
		     strlen(title));
	set_property(self, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8, title, strlen(title));
	xcb_flush(self->xcb);
}

static void set_icon(struct x11 *self)
{
	uint32_t icon[2 + ICON_SIZE * ICON_SIZE] = { ICON_SIZE, ICON_SIZE };

	mark_icon(icon + 2, ICON_SIZE);
	set_property(self, self->atoms[ATOM_NET_WM_ICON], XCB_ATOM_CARDINAL, 32, icon,
		     G_N_ELEMENTS(icon));
}

/* Two texts, each with its zero byte. */
static void set_class(struct x11 *self, const char *app_id)
{
	g_autoptr(GString) class = g_string_new(app_id ? app_id : "oriel-view");

	g_string_append_len(class, "\0", 1);
	g_string_append(class, app_id ? app_id : "Oriel");
	set_property(self, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 8, class->str, class->len + 1);
}

static void set_size_hints(struct x11 *self)
{
	struct size_hints size = { .flags = HINT_MIN_SIZE,
				   .min_width = MIN_WIDTH,
				   .min_height = MIN_HEIGHT };

	if (self->placed)
		size.flags |= HINT_USER_POSITION;
	if (self->hints & WINDOW_SIZED)
		size.flags |= HINT_USER_SIZE;
	if (self->hints & WINDOW_FIXED) {
		size.flags |= HINT_MAX_SIZE;
		size.min_width = size.max_width = (int32_t)self->asked.width;
		size.min_height = size.max_height = (int32_t)self->asked.height;
	}
	if (self->hints & WINDOW_KEEPS_SHAPE && self->picture.width) {
		size.flags |= HINT_ASPECT;
		size.min_aspect[0] = size.max_aspect[0] = (int32_t)self->picture.width;
		size.min_aspect[1] = size.max_aspect[1] = (int32_t)self->picture.height;
	}
	set_property(self, XCB_ATOM_WM_NORMAL_HINTS, XCB_ATOM_WM_SIZE_HINTS, 32, &size, 18);
}

static void set_wm_hints(struct x11 *self)
{
	const struct wm_hints wm = { .flags = WM_INPUT | (self->urgent ? WM_URGENCY : 0),
				     .input = 1 };

	set_property(self, XCB_ATOM_WM_HINTS, XCB_ATOM_WM_HINTS, 32, &wm, 9);
}

static void set_hints(struct x11 *self)
{
	char machine[256] = "";
	uint32_t pid = (uint32_t)getpid();

	gethostname(machine, sizeof(machine) - 1);
	set_size_hints(self);
	set_wm_hints(self);
	set_property(self, XCB_ATOM_WM_CLIENT_MACHINE, XCB_ATOM_STRING, 8, machine,
		     strlen(machine));
	set_property(self, self->atoms[ATOM_NET_WM_PID], XCB_ATOM_CARDINAL, 32, &pid, 1);
	set_property(self, self->atoms[ATOM_WM_PROTOCOLS], XCB_ATOM_ATOM, 32,
		     &self->atoms[ATOM_WM_DELETE_WINDOW], 1);
}

bool x11_wm_is_close(const struct x11 *self, const xcb_client_message_event_t *event)
{
	return event->type == self->atoms[ATOM_WM_PROTOCOLS] &&
	       event->data.data32[0] == self->atoms[ATOM_WM_DELETE_WINDOW];
}

static bool property_has(struct x11 *self, xcb_window_t window, enum x11_atom property,
			 enum x11_atom wanted)
{
	g_autofree xcb_get_property_reply_t *reply = xcb_get_property_reply(
		self->xcb,
		xcb_get_property(self->xcb, 0, window, self->atoms[property], XCB_ATOM_ATOM, 0,
				 4096),
		NULL);

	if (!reply || reply->format != 32)
		return false;
	const xcb_atom_t *atoms = xcb_get_property_value(reply);
	for (uint32_t i = 0; i < reply->value_len; i++)
		if (atoms[i] == self->atoms[wanted])
			return true;
	return false;
}

static void look_for_manager(struct x11 *self)
{
	self->managed = property_has(self, self->screen->root, ATOM_NET_SUPPORTED,
				     ATOM_NET_WM_STATE_FULLSCREEN);
}

static void tell_manager(struct x11 *self, enum x11_atom what, uint32_t first, uint32_t second)
{
	const xcb_client_message_event_t message = {
		.response_type = XCB_CLIENT_MESSAGE,
		.format = 32,
		.window = self->id,
		.type = self->atoms[what],
		.data.data32 = { first, second, 0, 1 },
	};

	xcb_send_event(self->xcb, 0, self->screen->root,
		       XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT,
		       (const char *)&message);
}

static void ask_state(struct x11 *self, enum x11_atom state, bool on)
{
	tell_manager(self, ATOM_NET_WM_STATE, on, self->atoms[state]);
}

static void ask_size(struct x11 *self, struct x11_size size)
{
	const uint32_t values[] = { size.width, size.height };

	self->asked = size;
	self->answer_due = self->managed;
	if (self->hints & WINDOW_FIXED)
		set_size_hints(self);
	xcb_configure_window(self->xcb, self->id,
			     XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, values);
}

/* No window manager: cover the screen ourselves, above everything. */
static void cover_screen(struct x11 *self, bool on)
{
	const struct rect whole = { 0, 0, self->screen->width_in_pixels,
				    self->screen->height_in_pixels };
	const struct rect cover = self->monitor.width ? self->monitor : whole;
	const uint32_t place[] = { cover.x, cover.y }, above = XCB_STACK_MODE_ABOVE;

	if (!on) {
		ask_size(self, self->normal);
		return;
	}
	xcb_configure_window(self->xcb, self->id, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, place);
	xcb_configure_window(self->xcb, self->id, XCB_CONFIG_WINDOW_STACK_MODE, &above);
	ask_size(self, (struct x11_size){ cover.width, cover.height });
}

void x11_wm_set_fullscreen(struct x11 *self, bool on)
{
	if (on == self->window.fullscreen)
		return;
	if (on)
		self->normal = (struct x11_size){ self->window.width, self->window.height };
	self->window.fullscreen = on;
	look_for_manager(self);
	if (self->managed)
		ask_state(self, ATOM_NET_WM_STATE_FULLSCREEN, on);
	else
		cover_screen(self, on);
	xcb_flush(self->xcb);
}

/* Window managers read the state when they map the window; later it is theirs. */
static void begin_maximized(struct x11 *self)
{
	xcb_change_property(self->xcb, XCB_PROP_MODE_APPEND, self->id,
			    self->atoms[ATOM_NET_WM_STATE], XCB_ATOM_ATOM, 32, 2,
			    &self->atoms[ATOM_NET_WM_STATE_MAXIMIZED_HORZ]);
}
static_assert(ATOM_NET_WM_STATE_MAXIMIZED_VERT == ATOM_NET_WM_STATE_MAXIMIZED_HORZ + 1,
	      "written together");

void x11_wm_set_hints(struct x11 *self, unsigned hints)
{
	const struct motif_hints motif = { .flags = MOTIF_DECORATIONS,
					   .decorations = !(hints & WINDOW_BORDERLESS) };

	set_property(self, self->atoms[ATOM_MOTIF_WM_HINTS], self->atoms[ATOM_MOTIF_WM_HINTS], 32,
		     &motif, 5);
	if (hints & WINDOW_MAXIMIZED && !self->mapped)
		begin_maximized(self);
	self->hints = hints;
	set_size_hints(self);
	xcb_flush(self->xcb);
}

/* A size that nobody here asked for is the user's. Window managers may answer a wish with another
 * size: that is not the user either. */
void x11_wm_configured(struct x11 *self, uint32_t width, uint32_t height)
{
	bool answer = self->answer_due;

	self->answer_due = false;
	if (answer || self->window.fullscreen ||
	    (width == self->window.width && height == self->window.height) ||
	    (width == self->asked.width && height == self->asked.height) ||
	    (width == self->normal.width && height == self->normal.height))
		return;
	self->window.user_sized = true;
}

/* The user has seen it. Or went elsewhere. */
void x11_wm_focus(struct x11 *self, bool focused)
{
	if (focused && self->urgent) {
		self->urgent = false;
		set_wm_hints(self);
	}
	if (!focused && self->window.fullscreen && self->managed && self->hints & WINDOW_YIELDS)
		tell_manager(self, ATOM_WM_CHANGE_STATE, ICONIC_STATE, 0);
	xcb_flush(self->xcb);
}

/* Window managers mark it, and forget that when it gets the focus. */
void x11_wm_activate(struct x11 *self)
{
	if (self->seat.focused)
		return;
	self->urgent = true;
	set_wm_hints(self);
	if (self->managed)
		ask_state(self, ATOM_NET_WM_STATE_ATTENTION, true);
	xcb_flush(self->xcb);
}

/* The user may switch full screen through the window manager. */
void x11_wm_property_changed(struct x11 *self, const xcb_property_notify_event_t *event)
{
	if (event->atom != self->atoms[ATOM_NET_WM_STATE])
		return;
	bool on = property_has(self, self->id, ATOM_NET_WM_STATE, ATOM_NET_WM_STATE_FULLSCREEN);
	if (on && !self->window.fullscreen)
		self->normal = (struct x11_size){ self->window.width, self->window.height };
	self->window.fullscreen = on;
}

/* The largest size of that shape that leaves room for a panel and a title bar. */
static struct x11_size on_screen(const struct x11 *self, uint32_t width, uint32_t height)
{
	uint32_t w = self->screen->width_in_pixels, h = self->screen->height_in_pixels;

	if (width <= w && height <= h)
		return (struct x11_size){ width, height };
	struct placement fit = placement_of(SCALE_FIT, width, height, w * 9 / 10, h * 9 / 10);
	return (struct x11_size){ fit.width, fit.height };
}

/* Is the size the user's, whatever the picture's? */
static bool is_chosen(const struct x11 *self)
{
	return (self->window.user_sized || self->hints & WINDOW_SIZED) &&
	       !(self->hints & WINDOW_FOLLOWS);
}

void x11_wm_fit(struct x11 *self, uint32_t width, uint32_t height)
{
	struct x11_size size = on_screen(self, width, height);
	bool same = width == self->picture.width && height == self->picture.height;

	if (same)
		return;
	self->picture = (struct x11_size){ width, height };
	set_size_hints(self);
	size.width = max_u32(size.width, MIN_WIDTH);
	size.height = max_u32(size.height, MIN_HEIGHT);
	if (is_chosen(self) ||
	    (size.width == self->asked.width && size.height == self->asked.height))
		return;
	if (self->window.fullscreen) {
		self->normal = size;
		return;
	}
	ask_size(self, size);
	xcb_flush(self->xcb);
}

/* In the middle of its monitor, unless the user said where. */
static void place(struct x11 *self, const struct window_params *params)
{
	struct rect on = { 0 };
	int32_t x = params->place.x, y = params->place.y;

	if (params->monitor)
		on = self->monitor = x11_monitor(self, params->monitor);
	if (!params->place.given && !on.width)
		return;
	if (!params->place.given) {
		x = (int32_t)on.x + MAX((int32_t)on.width - (int32_t)params->width, 0) / 2;
		y = (int32_t)on.y + MAX((int32_t)on.height - (int32_t)params->height, 0) / 2;
	}
	self->placed = true;
	xcb_configure_window(self->xcb, self->id, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y,
			     (const uint32_t[]){ (uint32_t)x, (uint32_t)y });
}

void x11_wm_init(struct x11 *self, const struct window_params *params)
{
	self->asked = (struct x11_size){ params->width, params->height };
	look_for_manager(self);
	self->answer_due = self->managed;
	place(self, params);
	set_class(self, params->app_id);
	set_hints(self);
	set_icon(self);
	x11_wm_set_title(self, params->title);
	if (!params->fullscreen)
		return;
	/* A window manager reads the property when it maps the window. */
	set_property(self, self->atoms[ATOM_NET_WM_STATE], XCB_ATOM_ATOM, 32,
		     &self->atoms[ATOM_NET_WM_STATE_FULLSCREEN], 1);
	self->window.fullscreen = true;
	self->normal = self->asked;
	if (!self->managed)
		cover_screen(self, true);
}
