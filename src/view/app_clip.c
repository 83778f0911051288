/* The clipboard that desktop and guest share. */
#include "view/app_impl.h"

#include "view/hud/hud.h"
#include "view/input/actions.h"
#include "view/settings/keys.h"

static void on_alert(void *data, const char *text)
{
	app_alert(data, "%s", text);
}

/* How it is ended stands behind it. */
static void on_status(void *data, const char *text)
{
	struct app *self = data;
	const char *escape = key_name(self->options->input.escape_key);
	const char *key = key_name(self->options->keys[ACTION_CANCEL].key);
	g_autofree char *line = text && escape && key
					? g_strdup_printf("%s (%s + %s: cancel)", text, escape, key)
					: g_strdup(text);

	hud_set_fact(self->hud, HUD_FACT_TRANSFER, line);
}

static const struct exchange_listener exchange_listener = {
	.alert = on_alert,
	.status = on_status,
};

void app_clip_open(struct app *self)
{
	if (self->spice)
		self->exchange = exchange_create(&self->options->clipboard,
						 self->window->impl->clip, self->window,
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

	app_alert(self, any ? "the transfer is cancelled" : "nothing is being transferred");
}
