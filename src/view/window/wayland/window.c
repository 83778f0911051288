/* The window itself, the way of its events through the main loop, and its second life on another
 * connection. */
#include <errno.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <xkbcommon/xkbcommon.h>

#include "base/log.h"
#include "view/clip/clip.h"
#include "view/present/present.h"
#include "view/window/pane.h"
#include "view/window/wayland/wayland.h"

/* Connections that last less than this count as failed attempts. */
#define LASTING_US   (5 * G_USEC_PER_SEC)
#define ATTEMPTS_MAX 3

static const struct present_impl *const presents[] = { &present_direct_wayland, &present_gpu,
						       &present_copy_wayland, NULL };

struct wayland_source {
	GSource base;
	struct wayland *wayland;
	gpointer tag;
	bool reading; /* between wl_display_prepare_read() and what ends it */
	bool full;    /* the socket takes no more for now */
};

/* ---- measures ---- */

int32_t wayland_to_logical(const struct wayland *self, int64_t pixels)
{
	int64_t scale = self->window.scale120, half = pixels < 0 ? -scale / 2 : scale / 2;

	return (int32_t)((pixels * 120 + half) / scale);
}

int32_t wayland_to_pixels(const struct wayland *self, int64_t logical)
{
	return (int32_t)((logical * self->window.scale120 + 60) / 120);
}

void wayland_resize(struct wayland *self, struct logical_size size)
{
	uint32_t width, height;

	self->logical = size;
	width = (uint32_t)MAX(wayland_to_pixels(self, size.width), 1);
	height = (uint32_t)MAX(wayland_to_pixels(self, size.height), 1);
	if (width == self->window.width && height == self->window.height)
		return;
	self->window.width = width;
	self->window.height = height;
	stage_touch(self);
	self->window.listener->resized(self->window.data, width, height);
}

void wayland_set_scale(struct wayland *self, uint32_t scale120)
{
	if (scale120 < 12 || scale120 > 120 * 64 || scale120 == self->window.scale120)
		return;
	self->window.scale120 = scale120;
	stage_touch(self);
	shell_rescale(self);
}

/* ---- a connection ---- */

static void open_all(struct wayland *self)
{
	self->connected_us = g_get_monotonic_time();
	stage_open(self);
	colour_open(self);
	seat_open(self);
	hints_apply(self);
	if (self->shown)
		shell_open(self);
}

static void close_all(struct wayland *self)
{
	hints_close(self);
	seat_close(self);
	cursor_close(self);
	panels_close(self);
	shell_close(self);
	colour_close(self);
	stage_close(self);
	wayland_disconnect(self);
}

static struct wayland_source *source_of(const struct wayland *self)
{
	return (struct wayland_source *)self->source;
}

static void watch_connection(struct wayland *self)
{
	struct wayland_source *source = source_of(self);

	source->tag = g_source_add_unix_fd(self->source, wl_display_get_fd(self->display),
					   G_IO_IN | G_IO_HUP | G_IO_ERR);
	source->full = false;
}

static void stop_reading(struct wayland *self)
{
	struct wayland_source *source = source_of(self);

	if (source && source->reading) {
		source->reading = false;
		wl_display_cancel_read(self->display);
	}
}

static void lose(struct wayland *self, const char *why)
{
	if (self->lost)
		return;
	self->lost = true;
	self->window.listener->lost(self->window.data, why);
}

/* What the compositor had against us; g_free(). */
static char *complaint(struct wayland *self)
{
	const struct wl_interface *interface = NULL;
	int error = wl_display_get_error(self->display);
	uint32_t id = 0;

	if (error != EPROTO)
		return g_strdup("the Wayland compositor went away");
	uint32_t code = wl_display_get_protocol_error(self->display, &interface, &id);
	return g_strdup_printf("the Wayland compositor threw us out (%s, error %u)",
			       interface ? interface->name : "unknown object", code);
}

static bool may_try_again(struct wayland *self)
{
	if (g_get_monotonic_time() - self->connected_us > LASTING_US)
		self->attempts = 0;
	return self->attempts++ < ATTEMPTS_MAX;
}

/* A compositor that lives takes us back; nobody else would know that anything happened. */
static void reconnect(struct wayland *self)
{
	g_autofree char *why = complaint(self);
	struct wayland_watcher watcher = self->watcher;

	g_source_remove_unix_fd(self->source, source_of(self)->tag);
	if (self->drawn.surface) /* whose device knows this connection only */
		self->drawn_owner.gone(self->drawn_owner.data);
	if (watcher.disconnected)
		watcher.disconnected(watcher.data);
	close_all(self);
	if (!may_try_again(self) || !wayland_connect(self, NULL)) {
		lose(self, why);
		return;
	}
	log_info("%s; connected again", why);
	watch_connection(self);
	open_all(self);
	grab_apply(self);
	if (watcher.reconnected)
		watcher.reconnected(watcher.data, why);
	else
		self->window.listener->needs_picture(self->window.data);
}

/* ---- the main loop ---- */

static void flush(struct wayland_source *self)
{
	bool full = wl_display_flush(self->wayland->display) < 0 && errno == EAGAIN;

	if (full != self->full)
		g_source_modify_unix_fd(&self->base, self->tag,
					G_IO_IN | G_IO_HUP | G_IO_ERR | (full ? G_IO_OUT : 0));
	self->full = full;
}

static gboolean source_prepare(GSource *base, int *timeout)
{
	struct wayland_source *self = (struct wayland_source *)base;

	*timeout = -1;
	if (self->wayland->lost)
		return FALSE;
	stop_reading(self->wayland); /* GLib need not have called source_check() */
	stage_settle(self->wayland);
	if (wl_display_prepare_read(self->wayland->display) != 0)
		return TRUE;
	self->reading = true;
	flush(self);
	return FALSE;
}

static gboolean source_check(GSource *base)
{
	struct wayland_source *self = (struct wayland_source *)base;

	if (self->wayland->lost)
		return FALSE;
	GIOCondition ready = g_source_query_unix_fd(base, self->tag);
	bool was_reading = self->reading;
	if (!(ready & (G_IO_IN | G_IO_HUP | G_IO_ERR))) {
		stop_reading(self->wayland);
		return ready != 0 || !was_reading;
	}
	self->reading = false;
	if (was_reading)
		wl_display_read_events(self->wayland->display);
	return TRUE;
}

static gboolean source_dispatch(GSource *base, GSourceFunc callback, gpointer data)
{
	struct wayland *self = ((struct wayland_source *)base)->wayland;

	(void)callback;
	(void)data;
	if (!self->lost && wl_display_dispatch_pending(self->display) < 0)
		reconnect(self);
	return self->lost ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
	.prepare = source_prepare,
	.check = source_check,
	.dispatch = source_dispatch,
};

static void watch(struct wayland *self)
{
	self->source = g_source_new(&source_funcs, sizeof(struct wayland_source));
	source_of(self)->wayland = self;
	watch_connection(self);
	g_source_set_can_recurse(self->source, TRUE); /* see watch.h */
	g_source_attach(self->source, NULL);
}

/* ---- the window ---- */

static void wayland_show(struct window *window)
{
	struct wayland *self = (struct wayland *)window;

	if (self->shown || self->lost)
		return;
	stop_reading(self);
	self->shown = true;
	shell_open(self);
	if (getenv("XDG_ACTIVATION_TOKEN"))
		hints_activate(self);
}

static void set_title(struct window *window, const char *title)
{
	struct wayland *self = (struct wayland *)window;

	g_free(self->title);
	self->title = g_strdup(title);
	if (self->shell)
		self->shell->set_title(self);
}

static void fit(struct window *window, uint32_t width, uint32_t height)
{
	shell_fit((struct wayland *)window, width, height);
}

static void set_fullscreen(struct window *window, bool on)
{
	shell_set_fullscreen((struct wayland *)window, on);
}

static void set_cursor(struct window *window, const struct cursor_shape *shape)
{
	cursor_set((struct wayland *)window, shape);
}

static void hide_cursor(struct window *window)
{
	cursor_hide((struct wayland *)window);
}

static void set_scale(struct window *window, enum scale_mode scale)
{
	(void)scale;
	stage_touch((struct wayland *)window);
}

static bool open_pane(struct window *window, const struct pane_owner *owner, struct pane *out)
{
	struct wayland *self = (struct wayland *)window;

	stop_reading(self);
	if (self->lost || !stage_open_drawn(self))
		return false;
	self->drawn_owner = *owner;
	*out = (struct pane){ .kind = PANE_WAYLAND,
			      .display = self->display,
			      .wl_surface = self->drawn.surface,
			      .width = window->width,
			      .height = window->height };
	return true;
}

/* Weston draws a pane that has come only once something else changes. */
static void reveal_pane(struct window *window)
{
	struct wayland *self = (struct wayland *)window;

	if (!self->lost)
		stage_refresh_root(self, true);
}

static void close_pane(struct window *window)
{
	stage_close_drawn((struct wayland *)window);
}

static void set_panel(struct window *window, unsigned place, const struct panel *panel)
{
	struct wayland *self = (struct wayland *)window;

	if (!self->lost)
		panel_set(self, place, panel);
}

static void grab(struct window *window, unsigned grabs)
{
	struct wayland *self = (struct wayland *)window;

	if (!self->lost)
		grab_set(self, grabs);
}

static void let_go(struct window *window)
{
	grab_let_go((struct wayland *)window);
}

static void inhibit_idle(struct window *window, bool on)
{
	struct wayland *self = (struct wayland *)window;

	self->keep_awake = on;
	if (!self->lost)
		hints_apply(self);
}

static void activate(struct window *window)
{
	struct wayland *self = (struct wayland *)window;

	if (!self->lost)
		hints_activate(self);
}

static bool text(struct window *window, uint32_t code, char out[8])
{
	struct xkb_state *state = ((struct wayland *)window)->xkb_state;
	char typed[8] = "";

	if (!state)
		return false;
	xkb_state_key_get_utf8(state, code + 8, typed, sizeof(typed));
	if ((unsigned char)typed[0] < ' ' || typed[0] == 0x7f)
		typed[0] = '\0';
	memcpy(out, typed, sizeof(typed));
	return true;
}

static void set_hints(struct window *window, unsigned hints)
{
	struct wayland *self = (struct wayland *)window;
	unsigned changed = hints ^ self->hints;

	self->hints = hints;
	if (self->lost)
		return;
	if (self->shell && (changed & WINDOW_MAXIMIZED))
		self->shell->set_maximized(self, hints & WINDOW_MAXIMIZED);
	if (self->shell && (changed & WINDOW_BORDERLESS))
		self->shell->set_borderless(self, hints & WINDOW_BORDERLESS);
	if (changed & WINDOW_FIXED)
		shell_set_limits(self);
	if (changed & WINDOW_WHOLE_SCALE)
		stage_follow_scale(self);
	if (changed & WINDOW_LEAVES_SHORTCUTS)
		grab_set(self, self->grabs);
	hints_apply(self);
}

/* Who listened may be gone by now. */
static void fall_silent(struct wayland *self)
{
	static const struct input_events nobody;

	self->window.input = &nobody;
}

static void wayland_destroy(struct window *window)
{
	struct wayland *self = (struct wayland *)window;

	fall_silent(self);
	if (self->source) {
		stop_reading(self);
		g_source_destroy(self->source);
		g_source_unref(self->source);
	}
	close_all(self);
	idle_bus_destroy(self->bus);
	cursor_finish(self);
	panels_finish(self);
	pixels_finish(&self->black);
	g_free(self->title);
	g_free(self->app_id);
	g_free(self->monitor);
	g_free(self);
}

/* Nothing is told before window_create() is through: only stage and seat are there. */
static struct window *wayland_create(const struct window_params *params, GError **error)
{
	struct wayland *self = g_new0(struct wayland, 1);

	self->window.scale120 = 120;
	self->window.width = params->width;
	self->window.height = params->height;
	self->logical = (struct logical_size){ (int32_t)params->width, (int32_t)params->height };
	self->normal = self->logical;
	self->title = g_strdup(params->title);
	self->app_id = g_strdup(params->app_id ? params->app_id : "oriel-view");
	self->monitor = g_strdup(params->monitor);
	self->want_fullscreen = params->fullscreen;
	if (!wayland_connect(self, error)) {
		wayland_destroy(&self->window);
		return NULL;
	}
	if (!self->idle_inhibits && !params->alone)
		self->bus = idle_bus_create();
	watch(self);
	open_all(self);
	return &self->window;
}

static bool at_home(void)
{
	const char *session = getenv("XDG_SESSION_TYPE");

	return getenv("WAYLAND_DISPLAY") || getenv("WAYLAND_SOCKET") ||
	       (session && g_strcmp0(session, "wayland") == 0);
}

const struct window_impl window_wayland = {
	.name = "wayland",
	.at_home = at_home,
	.presents = presents,
	.clip = &clip_wayland,
	.create = wayland_create,
	.show = wayland_show,
	.set_title = set_title,
	.fit = fit,
	.set_fullscreen = set_fullscreen,
	.set_cursor = set_cursor,
	.hide_cursor = hide_cursor,
	.set_scale = set_scale,
	.open_pane = open_pane,
	.reveal_pane = reveal_pane,
	.close_pane = close_pane,
	.set_panel = set_panel,
	.grab = grab,
	.let_go = let_go,
	.inhibit_idle = inhibit_idle,
	.activate = activate,
	.set_hints = set_hints,
	.text = text,
	.destroy = wayland_destroy,
};
