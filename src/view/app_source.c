/* What the app makes of what its source tells: pictures, or a notice where there are none. */
#include "view/app_impl.h"

#include <oriel/oriel.h>

#include "base/log.h"
#include "view/hud/hud.h"
#include "view/notice.h"
#include "view/shot.h"
#include "view/source/select.h"
#include "view/source/spice.h"

#define NOTICE_DELAY 300 /* ms: a guest that is there, or comes back at once, beats the notice */

/* ---- notices ---- */

void app_show_notice(struct app *self)
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

void app_cancel_notice(struct app *self)
{
	if (self->notice_timer)
		g_source_remove(self->notice_timer);
	self->notice_timer = 0;
}

static gboolean on_notice_due(gpointer data)
{
	struct app *self = data;

	self->notice_timer = 0;
	app_show_notice(self);
	return G_SOURCE_REMOVE;
}

void app_plan_notice(struct app *self)
{
	app_cancel_notice(self);
	self->notice_timer = g_timeout_add(NOTICE_DELAY, on_notice_due, self);
}

/* The window has lost the picture, or has another size. */
void app_picture_again(struct app *self)
{
	if (self->noticed)
		app_show_notice(self);
	else
		source_refresh(self->source);
}

/* ---- from the source ---- */

void app_set_title(struct app *self)
{
	g_autoptr(GString) title = g_string_new("Oriel");

	if (self->options->title)
		return;
	if (self->title)
		g_string_append_printf(title, " - %s", self->title);
	else if (*self->guest)
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
	app_set_title(self);
	input_set_guest(self->input, status->state == SOURCE_RUNNING);
	if (self->server)
		server_set_guest(self->server, status->uuid);
	app_resize_again(self);
	self->guest_awake = self->guest_attention = false;
	app_settle_awake(self);
	if (self->identified && status->state == SOURCE_RUNNING)
		self->identified(self->identified_data, status->guest, status->uuid);
	if (status->state != SOURCE_RUNNING && (self->noticed || said_goodbye))
		app_show_notice(self);
	else
		app_plan_notice(self); /* unless a picture comes */
}

gboolean app_write_shot(struct app *self, struct frame *frame, const char *path, GError **error)
{
	g_autofree void *pixels = frame->opaque ? screen_read(self->screen, frame) : NULL;

	return shot_write(frame, pixels, path, error);
}

static void take_shot(struct app *self, struct frame *frame)
{
	if (!app_write_shot(self, frame, self->options->shot, &self->error)) {
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
	app_set_title(self);
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
	app_cancel_notice(self);
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

/* Who names no source has the best of what there is. */
gboolean app_open_source(struct app *self, GError **error)
{
	const struct options *options = self->options;
	const uint32_t monitor = (uint32_t)options->guest_monitor - 1;

	if (self->spice && options->source == &source_spice)
		self->source = source_spice_create(self->spice, monitor, &source_listener, self);
	else if (self->spice && options->source == &source_oriel && !options->asked.source)
		self->source = source_select_create(options->source_arg, self->spice, monitor,
						    &source_listener, self, error);
	else
		self->source = source_create(options->source, options->source_arg, &source_listener,
					     self, error);
	return self->source != NULL;
}
