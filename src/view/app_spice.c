/* The SPICE server, as far as a person has to do with it: what is in its way, and its password. */
#include "view/app_impl.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "base/log.h"
#include "view/hud/hud.h"

#define PASSWORD_MAX 255 /* bytes, as a message has room for */
#define STARS_MAX    60

/* ---- the password ---- */

static void end_asking(struct app *self)
{
	g_clear_pointer(&self->prompt, prompt_close);
	if (self->typed) {
		explicit_bzero(self->typed->str, self->typed->allocated_len);
		g_string_free(self->typed, TRUE);
		hud_withdraw(self->hud);
	}
	self->typed = NULL;
	self->password_due = false;
}

/* The guest's own question may have waited for this one. */
static void leave_off(struct app *self)
{
	bool asked = self->typed != NULL;

	end_asking(self);
	if (asked)
		desk_ask(self->desk);
}

static void on_terminal(void *data, const char *text)
{
	struct app *self = data;

	server_set_password(self->server, text);
	leave_off(self);
}

/* The keys are typed_key()'s: no answer comes. */
static void on_answer(void *data, unsigned answer)
{
	(void)data, (void)answer;
}

static bool show_question(struct app *self)
{
	char stars[STARS_MAX + 1] = "";
	long count = MIN(g_utf8_strlen(self->typed->str, -1), STARS_MAX);
	struct hud_question question = {
		.title = "Password of the SPICE server",
		.text = stars,
		.answers = { { KEY_ENTER, "Enter", "Connect" }, { KEY_ESC, "Esc", "Not now" } },
		.count = 2,
	};

	memset(stars, '*', (size_t)count);
	return hud_ask(self->hud, &question, on_answer, self);
}

void app_ask_password(struct app *self)
{
	char text[8];

	/* A window that knows no letters, or nobody sees, leaves it to the terminal. */
	if (!self->password_due || !window_text(self->window, KEY_A, text))
		return;
	self->typed = g_string_sized_new(PASSWORD_MAX + 1); /* never moves, so leaves no copies */
	self->password_due = !show_question(self);
	if (self->password_due)
		g_string_free(g_steal_pointer(&self->typed), TRUE);
}

static void erase_letter(GString *text)
{
	const char *last = g_utf8_find_prev_char(text->str, text->str + text->len);

	if (last)
		g_string_truncate(text, (gsize)(last - text->str));
}

bool app_typed(struct app *self, uint32_t code)
{
	char text[8];

	if (!self->typed)
		return false;
	if (code == KEY_ENTER || code == KEY_KPENTER)
		server_set_password(self->server, self->typed->str);
	if (code == KEY_ENTER || code == KEY_KPENTER || code == KEY_ESC) {
		leave_off(self);
		return true;
	}
	if (code == KEY_BACKSPACE)
		erase_letter(self->typed);
	else if (window_text(self->window, code, text) &&
		 self->typed->len + strlen(text) <= PASSWORD_MAX)
		g_string_append(self->typed, text);
	show_question(self);
	return true;
}

/* ---- what the server is ---- */

static void on_locked(void *data, bool locked, bool wrong)
{
	struct app *self = data;

	if (!locked) {
		leave_off(self);
		return;
	}
	end_asking(self);
	if (wrong)
		app_alert(self, "SPICE: that was not the password");
	self->prompt = prompt_open(wrong ? "That was not it. Password of the SPICE server"
					 : "Password of the SPICE server",
				   on_terminal, self);
	self->password_due = true;
	app_ask_password(self);
	if (!self->prompt && !self->typed)
		log_warn("the SPICE server wants a password: --spice-password-file=FILE names one");
}

static void on_obstacle(void *data, const char *text)
{
	hud_set_fact(((struct app *)data)->hud, HUD_FACT_SPICE, text);
}

static void on_alert(void *data, const char *text)
{
	app_alert(data, "%s", text);
}

static void on_title(void *data, const char *title)
{
	struct app *self = data;

	g_free(self->title);
	self->title = g_strdup(title);
	app_set_title(self);
}

static const struct server_listener listener = {
	.obstacle = on_obstacle,
	.alert = on_alert,
	.title = on_title,
	.locked = on_locked,
};

void app_open_server(struct app *self)
{
	if (self->spice)
		self->server = server_create(self->spice, &listener, self);
}

void app_close_server(struct app *self)
{
	end_asking(self);
	server_destroy(self->server);
	self->server = NULL;
}
