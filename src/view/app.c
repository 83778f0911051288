#include "view/app_impl.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "view/hud/hud.h"
#include "view/source/source.h"
#include "view/stats.h"

void app_quit(struct app *self)
{
	self->ended = true;
	if (self->loop)
		g_main_loop_quit(self->loop);
}

static void fail(struct app *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void fail(struct app *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!self->error)
		self->error = g_error_new_valist(G_IO_ERROR, G_IO_ERROR_FAILED, format, args);
	va_end(args);
	app_quit(self);
}

void app_alert(struct app *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	log_info("%s", text);
	app_hud_alert(self, text);
	if (self->alert)
		self->alert(self->alert_data, text);
}

/* ---- from the window and the screen ---- */

static void on_resized(void *data, uint32_t width, uint32_t height)
{
	struct app *self = data;

	(void)width;
	(void)height;
	app_follow_pointer(self);
	if (self->noticed)
		app_show_notice(self);
	else
		screen_redraw(self->screen);
	hud_resized(self->hud);
	app_sound_resized(self);
	app_ask_password(self);
	app_plan_resize(self);
}

static void on_needs_picture(void *data)
{
	app_picture_again(data);
}

/* A shot is wanted whether anybody looks or not. */
void app_watch_source(struct app *self)
{
	bool looks = !self->hidden && !self->video_off;

	if (self->source)
		source_watch(self->source, looks || self->options->shot);
}

static void on_visible(void *data, bool visible)
{
	struct app *self = data;

	self->hidden = !visible;
	app_watch_source(self);
}

static void on_closed(void *data)
{
	struct app *self = data;

	if (!self->options->ignore_close)
		app_ask_quit(self);
}

static void on_lost(void *data, const char *why)
{
	fail(data, "%s", why);
}

static const struct window_listener window_listener = {
	.resized = on_resized,
	.needs_picture = on_needs_picture,
	.visible = on_visible,
	.closed = on_closed,
	.lost = on_lost,
};

static void on_shown(void *data, uint64_t seen_ns, uint64_t when_ns)
{
	struct app *self = data;

	if (self->noticed)
		return;
	self->shown++;
	stats_latency(self->stats, when_ns > seen_ns ? when_ns - seen_ns : 0);
	app_hud_picture(self, when_ns > seen_ns ? when_ns - seen_ns : 0);
	if (amount_reached(&self->options->exit_after, self->shown))
		app_quit(self);
}

static void on_screen_notice(void *data, const char *text)
{
	app_alert(data, "%s", text);
}

static void on_screen_failed(void *data, const char *why)
{
	fail(data, "%s", why);
}

static void on_busy(void *data, bool busy)
{
	struct app *self = data;

	if (self->source)
		source_busy(self->source, busy);
}

static const struct screen_listener screen_listener = {
	.busy = on_busy,
	.shown = on_shown,
	.needs_picture = on_needs_picture,
	.notice = on_screen_notice,
	.failed = on_screen_failed,
};

struct hud *app_hud(struct app *self)
{
	return self->hud;
}

struct window *app_window(struct app *self)
{
	return self->window;
}

void app_figures(struct app *self, struct figures *out)
{
	struct source_figures source;
	struct screen_figures screen;

	source_figures(self->source, &source);
	screen_figures(self->screen, &screen);
	*out = (struct figures){
		.in = self->in,
		.shown = self->shown,
		.skipped = source.skipped + screen.skipped,
		.bytes_copied = source.bytes_copied + screen.bytes_copied,
		.wakeups = source.wakeups + stats_wakeups(self->stats),
		.way = screen.way,
		.reads = screen.reads,
		.rung = source.rung,
		.wake = source.wake,
	};
	memcpy(out->stages, source.stages, sizeof(out->stages));
	memcpy(out->device, screen.device, sizeof(out->device));
}

static void collect(void *data, struct figures *out)
{
	app_figures(data, out);
}

/* ---- who wants to know ---- */

void app_on_alert(struct app *self, app_alert_func alert, void *data)
{
	self->alert = alert;
	self->alert_data = data;
}

void app_on_help(struct app *self, app_help_func help, void *data)
{
	self->help = help;
	self->help_data = data;
}

void app_on_identified(struct app *self, app_identified_func identified, void *data)
{
	self->identified = identified;
	self->identified_data = data;
}

/* ---- limits ---- */

static gboolean on_signal(gpointer data)
{
	app_quit(data);
	return G_SOURCE_CONTINUE;
}

static void on_exit_due(void *data)
{
	app_quit(data);
}

static void on_shot_due(void *data)
{
	struct app *self = data;

	self->shot_due = true;
	if (self->in > 0)
		source_refresh(self->source);
}

static void on_patience_over(void *data)
{
	struct app *self = data;

	if (self->in == 0)
		fail(self, "no picture within %g s: %s", self->options->timeout,
		     *self->text ? self->text : "no guest has written one");
	else if (self->options->shot)
		fail(self, "%s: only %" G_GUINT64_FORMAT " pictures came within %g s",
		     self->options->shot, self->in, self->options->timeout);
}

static const struct deadlines_listener deadlines_listener = {
	.exit_due = on_exit_due,
	.shot_due = on_shot_due,
	.patience_over = on_patience_over,
};

/* ---- life ---- */

static void on_spice_alert(void *data, const char *text)
{
	app_hud_alert(data, text);
}

static gboolean open_all(struct app *self, GError **error)
{
	const struct options *options = self->options;
	const struct extent size = app_first_size(self);
	struct window_params params = {
		.title = options->title ? options->title : "Oriel",
		.app_id = options->app_id,
		.width = size.width,
		.height = size.height,
		.place = { options->position.x, options->position.y, options->position.given },
		.monitor = options->monitor,
		.fullscreen = options->fullscreen,
		.alone = options->sandbox == SANDBOX_STRICT,
		.scale = app_scale(options),
		.listener = &window_listener,
		.data = self,
		.input = &input_events,
	};

	if (spice_is_wanted(options))
		self->spice = spice_create(&options->spice, on_spice_alert, self);
	self->input = input_create(options, self->spice, &app_input_listener, self, error);
	if (!self->input)
		return FALSE;
	params.input_data = self->input;
	self->window = window_create(options->window, &params, error);
	if (!self->window)
		return FALSE;
	app_settle_hints(self);
	self->screen = screen_create(self->window, options->way, &screen_listener, self, error);
	if (!self->screen)
		return FALSE;
	pointer_init(&self->pointer, self->window, self->screen, &options->input);
	app_settle_look(self);
	app_hud_open(self);
	app_clip_open(self);
	app_sound_open(self);
	app_open_server(self);
	return app_open_source(self, error);
}

struct app *app_create(const struct options *options, GError **error)
{
	struct app *self = g_new0(struct app, 1);

	self->options = options;
	self->turn = (enum pixel_rotation)options->rotate;
	self->state = SOURCE_WAITING;
	self->guest = g_strdup("");
	self->text = g_strdup("");
	if (!open_all(self, error)) {
		app_destroy(self);
		return NULL;
	}
	self->stats = stats_create(options->stats, collect, self);
	hud_apply(self->hud);
	self->shot_due = options->shot && options->shot_after.value == 0;
	deadlines_start(&self->deadlines, options, &deadlines_listener, self);
	app_plan_notice(self);
	return self;
}

bool app_ended(struct app *self, GError **error)
{
	if (self->error)
		g_propagate_error(error, g_steal_pointer(&self->error));
	return self->ended;
}

gboolean app_run(struct app *self, GError **error)
{
	unsigned interrupted = g_unix_signal_add(SIGINT, on_signal, self);
	unsigned terminated = g_unix_signal_add(SIGTERM, on_signal, self);
	GError *failure = NULL;

	self->loop = g_main_loop_new(NULL, FALSE);
	if (!self->ended)
		g_main_loop_run(self->loop);
	g_clear_pointer(&self->loop, g_main_loop_unref);
	g_source_remove(interrupted);
	g_source_remove(terminated);
	app_ended(self, &failure);
	if (failure)
		g_propagate_error(error, failure);
	return failure == NULL;
}

/* Frames go back before their source goes. */
void app_destroy(struct app *self)
{
	if (!self)
		return;
	exchange_destroy(self->exchange); /* the window may still be heard once */
	files_destroy(self->files);
	app_remember_size(self);
	app_cancel_notice(self);
	app_cancel_resize(self);
	deadlines_stop(&self->deadlines);
	stats_destroy(self->stats);
	desk_destroy(self->desk);
	app_close_server(self);
	hud_destroy(self->hud);
	screen_destroy(self->screen);
	look_clear(&self->look);
	source_destroy(self->source);
	pointer_finish(&self->pointer);
	input_destroy(self->input);
	spice_destroy(self->spice);
	window_destroy(self->window);
	g_clear_error(&self->error);
	g_free(self->guest);
	g_free(self->text);
	g_free(self->remembered);
	g_free(self->title);
	g_free(self);
}
