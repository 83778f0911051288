/* The clipboard that desktop and guest share, and files that are dropped on the window. */
#include "view/app_impl.h"

#include "view/hud/hud.h"
#include "view/input/actions.h"
#include "view/settings/keys.h"

static void on_alert(void *data, const char *text)
{
	app_alert(data, "%s", text);
}

/* How it is ended stands behind it. */
static void set_status(struct app *self, enum hud_fact fact, const char *text)
{
	const char *escape = key_name(self->options->input.escape_key);
	const char *key = key_name(self->options->keys[ACTION_CANCEL].key);
	g_autofree char *line = text && escape && key
					? g_strdup_printf("%s (%s + %s: cancel)", text, escape, key)
					: g_strdup(text);

	hud_set_fact(self->hud, fact, line);
}

static void on_status(void *data, const char *text)
{
	set_status(data, HUD_FACT_TRANSFER, text);
}

static void on_files_status(void *data, const char *text)
{
	set_status(data, HUD_FACT_FILES, text);
}

static void on_files(void *data, bool key, const char *text)
{
	files_drop(((struct app *)data)->files, key, text);
}

static const struct exchange_listener exchange_listener = {
	.alert = on_alert,
	.status = on_status,
	.files = on_files,
};

static const struct files_listener files_listener = {
	.alert = on_alert,
	.status = on_files_status,
};

void app_clip_open(struct app *self)
{
	const struct clipboard_options *options = &self->options->clipboard;

	if (!self->spice)
		return;
	self->files = files_create(options, self->spice, &files_listener, self);
	self->exchange = exchange_create(options, self->window->impl->clip, self->window,
					 self->spice, &exchange_listener, self);
}

void app_clip_settle(struct app *self)
{
	if (self->exchange)
		exchange_settle(self->exchange);
}

void app_clip_focus(struct app *self, bool focused)
{
	if (self->exchange)
		exchange_focus(self->exchange, focused);
}

void app_clip_cancel(struct app *self)
{
	bool any = self->exchange && exchange_cancel(self->exchange);

	any |= self->files && files_cancel(self->files);

	app_alert(self, any ? "the transfer is cancelled" : "nothing is being transferred");
}
