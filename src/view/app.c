#include "view/app_impl.h"

#include <oriel/oriel.h>

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "view/hud/hud.h"
#include "view/notice.h"
#include "view/settings/value.h"
#include "view/shot.h"
#include "view/source/source.h"
#include "view/stats.h"

#define NOTICE_DELAY 300 /* ms: a guest that is there, or comes back at once, beats the notice */

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

/* ---- notices ---- */

static void show_notice(struct app *self)
{
	const struct source_status status = { self->state, self->guest, self->text };

	if (!self->window->width)
		return;
	window_show(self->window);
	screen_forget(self->screen);
	pointer_reset(&self->pointer);
	self->noticed = true;
	struct frame *frame = notice_frame(&status, self->window->width, self->window->height);
	if (frame)
		screen_show(self->screen, frame);
	frame_unref(frame);
}

static void cancel(unsigned *timer)
{
	if (*timer)
		g_source_remove(*timer);
	*timer = 0;
}

static gboolean on_notice_due(gpointer data)
{
	struct app *self = data;

	self->notice_timer = 0;
	show_notice(self);
	return G_SOURCE_REMOVE;
}

static void plan_notice(struct app *self)
{
	cancel(&self->notice_timer);
	self->notice_timer = g_timeout_add(NOTICE_DELAY, on_notice_due, self);
}

/* The window has lost the picture, or has another size. */
void app_picture_again(struct app *self)
{
	if (self->noticed)
		show_notice(self);
	else
		source_refresh(self->source);
}

/* ---- from the source ---- */

static void set_title(struct app *self)
{
	g_autoptr(GString) title = g_string_new("Oriel");

	if (self->options->title)
		return;
	if (*self->guest)
		g_string_append_printf(title, " - %s", self->guest);
	if (self->wanted)
		g_string_append_printf(title, " (memory too small, %zu MiB needed)",
				       self->wanted >> 20);
	window_set_title(self->window, title->str);
}

static void on_status(void *data, const struct source_status *status)
{
	struct app *self = data;
	bool said_goodbye = self->state == SOURCE_RUNNING && status->state != SOURCE_RESTART;

	self->state = status->state;
	g_free(self->guest);
	g_free(self->text);
	self->guest = g_strdup(status->guest);
	self->text = g_strdup(status->text);
	log_info("%s%s%s", status->state == SOURCE_RUNNING ? "guest is there" : "no guest",
		 *status->text ? ": " : "", status->text);
	self->wanted = 0;
	app_hud_facts(self);
	screen_forget(self->screen);
	set_title(self);
	input_set_guest(self->input, status->state == SOURCE_RUNNING);
	self->guest_awake = self->guest_attention = false;
	app_settle_awake(self);
	if (self->identified && status->state == SOURCE_RUNNING)
		self->identified(self->identified_data, status->guest, status->uuid);
	if (status->state != SOURCE_RUNNING && (self->noticed || said_goodbye))
		show_notice(self);
	else
		plan_notice(self); /* unless a picture comes */
}

static void take_shot(struct app *self, struct frame *frame)
{
	if (!shot_write(frame, self->options->shot, &self->error)) {
		app_quit(self);
		return;
	}
	log_info("wrote %s, %ux%u", self->options->shot, frame->image.width, frame->image.height);
	app_quit(self);
}

/* Says once per size what would be enough. */
static void warn_of_truncation(struct app *self, const struct pixel_image *image)
{
	uint32_t bytes = pixel_format_info(image->format)->pixel_bytes;
	size_t wanted = oriel_shm_size(image->width, image->height, bytes);

	if (image->data_height >= image->height)
		wanted = 0;
	if (self->wanted == wanted)
		return;
	self->wanted = wanted;
	if (wanted)
		log_warn("the shared memory is too small for %ux%u, %u rows are missing; give the "
			 "machine %zu MiB",
			 image->width, image->height, image->height - image->data_height,
			 wanted >> 20);
	set_title(self);
	app_hud_facts(self);
}

static void on_frame(void *data, struct frame *frame)
{
	struct app *self = data;
	uint32_t width, height;

	self->in++;
	if (self->video_off)
		return;
	frame_turn(frame, self->turn);
	cancel(&self->notice_timer);
	if (self->noticed) {
		self->noticed = false;
		screen_forget(self->screen);
	}
	pixel_image_upright(&frame->image, &width, &height);
	self->picture = (struct extent){ width, height };
	self->guest_screen = (struct extent){ frame->screen_width, frame->screen_height };
	window_fit(self->window, width, height);
	window_show(self->window);
	app_heed_wishes(self, frame);
	screen_show(self->screen, frame);
	warn_of_truncation(self, &frame->image);
	app_hud_guest(self, frame);
	app_follow_pointer(self);
	if (self->save_due)
		app_save_picture(self, frame);
	if (self->options->shot &&
	    (self->shot_due || amount_reached(&self->options->shot_after, self->in)))
		take_shot(self, frame);
	else if (!self->window->width && amount_reached(&self->options->exit_after, self->in))
		app_quit(self);
}

static void on_cursor(void *data, const struct cursor *cursor)
{
	struct app *self = data;

	pointer_update(&self->pointer, cursor);
	input_set_guest_pointer(self->input, cursor->visible);
}

static const struct source_listener source_listener = {
	.frame = on_frame,
	.cursor = on_cursor,
	.status = on_status,
};

/* ---- from the window and the screen ---- */

static void on_resized(void *data, uint32_t width, uint32_t height)
{
	struct app *self = data;

	(void)width;
	(void)height;
	app_follow_pointer(self);
	if (self->noticed)
		show_notice(self);
	else
		screen_redraw(self->screen);
	hud_resized(self->hud);
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

/* ---- settings that changed ---- */

static void apply_title(struct app *self)
{
	if (self->options->title)
		window_set_title(self->window, self->options->title);
	else
		set_title(self);
}

static void apply_fullscreen(struct app *self)
{
	window_set_fullscreen(self->window, self->options->fullscreen);
}

static void apply_scale(struct app *self)
{
	window_set_scale(self->window, app_scale(self->options));
	app_follow_pointer(self);
}

static void apply_look(struct app *self)
{
	struct look look;

	look_from_options(&look, self->options);
	screen_set_look(self->screen, &look);
	look_clear(&self->look);
	self->look = look;
}

static void apply_rotate(struct app *self)
{
	self->turn = (enum pixel_rotation)self->options->rotate;
	app_picture_again(self);
}

static void apply_hud(struct app *self)
{
	hud_apply(self->hud);
}

/* A row that is `live` and needs more than to be read next time. */
static const struct {
	size_t field;
	void (*apply)(struct app *self);
} appliers[] = {
	{ offsetof(struct options, title), apply_title },
	{ offsetof(struct options, fullscreen), apply_fullscreen },
	{ offsetof(struct options, scale), apply_scale },
	{ offsetof(struct options, keep_aspect), apply_scale },
	{ offsetof(struct options, upscale), apply_scale },
	{ offsetof(struct options, idle_inhibit), app_settle_awake },
	{ offsetof(struct options, filters), apply_look },
	{ offsetof(struct options, sharpening), apply_look },
	{ offsetof(struct options, brightness), apply_look },
	{ offsetof(struct options, colour_blind), apply_look },
	{ offsetof(struct options, hdr), apply_look },
	{ offsetof(struct options, peak_nits), apply_look },
	{ offsetof(struct options, max_cll), apply_look },
	{ offsetof(struct options, sync), apply_look },
	{ offsetof(struct options, borderless), app_settle_hints },
	{ offsetof(struct options, sync), app_settle_hints },
	{ offsetof(struct options, follow_guest), app_settle_hints },
	{ offsetof(struct options, force_aspect), app_settle_hints },
	{ offsetof(struct options, minimize_on_focus_loss), app_settle_hints },
	{ offsetof(struct options, rotate), apply_rotate },
	{ offsetof(struct options, hud.fps), apply_hud },
	{ offsetof(struct options, hud.graph), apply_hud },
	{ offsetof(struct options, hud.alerts), apply_hud },
	{ offsetof(struct options, hud.status), apply_hud },
	{ offsetof(struct options, hud.recording), apply_hud },
	{ offsetof(struct options, hud.dim), apply_hud },
	{ offsetof(struct options, hud.font), apply_hud },
	{ offsetof(struct options, hud.font_size), apply_hud },
	{ offsetof(struct options, hud.colour), apply_hud },
};

static bool is_of_input(const struct setting *row)
{
	return row->field >= offsetof(struct options, input) &&
	       row->field < offsetof(struct options, keys);
}

void app_apply(struct app *self, const struct setting *row)
{
	for (size_t i = 0; i < ARRAY_LEN(appliers); i++)
		if (appliers[i].field == row->field)
			appliers[i].apply(self);
	if (is_of_input(row))
		input_settle(self->input);
	if (self->window->width) {
		g_autofree char *value = value_print(self->options, row);
		app_alert(self, "%s: %s", row->name, value);
	}
}

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
		.scale = app_scale(options),
		.listener = &window_listener,
		.data = self,
		.input = &input_events,
	};

	self->input = input_create(options, &app_input_listener, self, error);
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
	pointer_init(&self->pointer, self->window, self->screen);
	apply_look(self);
	app_hud_open(self);
	self->source = source_create(options->source, options->source_arg, &source_listener, self,
				     error);
	return self->source != NULL;
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
	plan_notice(self);
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
	app_remember_size(self);
	cancel(&self->notice_timer);
	deadlines_stop(&self->deadlines);
	stats_destroy(self->stats);
	hud_destroy(self->hud);
	screen_destroy(self->screen);
	look_clear(&self->look);
	source_destroy(self->source);
	pointer_finish(&self->pointer);
	input_destroy(self->input);
	window_destroy(self->window);
	g_clear_error(&self->error);
	g_free(self->guest);
	g_free(self->text);
	g_free(self->remembered);
	g_free(self);
}
