/* The guest's sound: the question whether it may listen, and what the keys do. */
#include "view/app_impl.h"

#include <linux/input-event-codes.h>

#include "view/hud/hud.h"
#include "view/settings/keys.h"

static void on_answer(void *data, unsigned answer)
{
	desk_answer(((struct app *)data)->desk, (enum desk_answer)answer);
}

bool app_sound_asks(const struct app *self)
{
	return hud_asks(self->hud, on_answer);
}

/* Where nothing can be asked, a key can still be named. */
static void say_how(struct app *self)
{
	const char *escape = key_name(self->options->input.escape_key);
	const char *key = key_name(self->options->keys[ACTION_MICROPHONE].key);

	app_alert(self, "the guest wants to listen; %s and %s let it", escape ? escape : "no key",
		  key ? key : "no other");
}

static bool on_ask(void *data)
{
	/* Keys that nobody happens to press for the guest; but Esc does no harm. */
	static const struct hud_question question = {
		.title = "May the guest listen?",
		.text = "It wants what the microphone hears.",
		.answers = { [DESK_NOW] = { KEY_F9, "F9", "Yes, for now" },
			     [DESK_ALWAYS] = { KEY_F10, "F10", "Always" },
			     [DESK_NOT_NOW] = { KEY_ESC, "Esc", "Not now" },
			     [DESK_NEVER] = { KEY_F12, "F12", "Never" } },
		.count = 4,
	};
	struct app *self = data;

	if (hud_asking(self->hud))
		return false; /* it comes after the other question */
	if (!self->window->impl->set_panel)
		say_how(self);
	return hud_ask(self->hud, &question, on_answer, self);
}

static void on_withdraw(void *data)
{
	struct app *self = data;

	if (app_sound_asks(self))
		hud_withdraw(self->hud);
}

static void on_listening(void *data, bool listens)
{
	struct app *self = data;

	hud_set_fact(self->hud, HUD_FACT_MICROPHONE, listens ? "The guest listens" : NULL);
}

static void on_alert(void *data, const char *text)
{
	app_alert(data, "%s", text);
}

static const struct desk_listener desk_listener = {
	.ask = on_ask,
	.withdraw = on_withdraw,
	.listening = on_listening,
	.alert = on_alert,
};

void app_sound_open(struct app *self)
{
	if (self->spice)
		self->desk = desk_create(self->spice, self->options, &desk_listener, self);
}

void app_sound_settle(struct app *self)
{
	desk_settle(self->desk);
}

/* The window may not have been there when the guest wanted to know. */
void app_sound_resized(struct app *self)
{
	if (self->window->impl->set_panel && !hud_asking(self->hud))
		desk_ask(self->desk);
}

static bool has_sound(struct app *self)
{
	if (self->desk && self->options->audio.enabled)
		return true;
	app_alert(self, self->desk ? "sound is off in the settings"
				   : "sound comes through SPICE, and no SPICE server was named");
	return false;
}

void app_sound_mute(struct app *self)
{
	if (has_sound(self))
		desk_turn_mute(self->desk);
}

void app_sound_louder(struct app *self)
{
	if (has_sound(self))
		desk_louder(self->desk, 1);
}

void app_sound_quieter(struct app *self)
{
	if (has_sound(self))
		desk_louder(self->desk, -1);
}

void app_sound_microphone(struct app *self)
{
	if (has_sound(self))
		desk_turn_microphone(self->desk);
}
