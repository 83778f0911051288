/* What the app writes over the picture, and what it asks there. */
#include "view/app_impl.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "base/mem.h"
#include "view/hud/hud.h"
#include "view/input/actions.h"
#include "view/settings/keys.h"

#define ALERT_S 4

static void collect(void *data, struct figures *out)
{
	app_figures(data, out);
}

void app_hud_open(struct app *self)
{
	self->hud = hud_create(self->window, &self->options->hud, collect, self);
}

/* A source that knows no stages of a picture's way leaves all of it to the last one. */
void app_hud_picture(struct app *self, uint64_t latency_ns)
{
	uint64_t stages[SOURCE_STAGES];

	if (!hud_wants_pictures(self->hud))
		return;
	source_newest(self->source, stages);
	if (!stages[SOURCE_TOTAL])
		stages[SOURCE_PRESENT] = stages[SOURCE_TOTAL] = latency_ns;
	hud_picture(self->hud, stages, latency_ns);
}

/* Sentences of the log begin small, those on the screen do not. */
void app_hud_alert(struct app *self, const char *text)
{
	g_autofree char *first = g_utf8_substring(text, 0, *text != 0);
	g_autofree char *upper = g_utf8_strup(first, -1);

	if (self->hud)
		hud_alert(self->hud, ALERT_S, "%s%s", upper, text + strlen(first));
}

void app_hud_facts(struct app *self)
{
	g_autofree char *memory = g_strdup_printf("Shared memory too small: %zu MiB needed",
						  self->wanted >> 20);

	hud_set_fact(self->hud, HUD_FACT_MEMORY, self->wanted ? memory : NULL);
	hud_set_fact(self->hud, HUD_FACT_STILL,
		     self->video_off ? "The picture stands still" : NULL);
}

/* Only an Oriel in the guest lets us hold its pictures. */
void app_hud_guest(struct app *self, const struct frame *frame)
{
	hud_set_note(self->hud, frame->lasting ? NULL : "plain B7");
}

/* ---- help ---- */

/* "Shift+r" of "scrolllock + shift+r": while help is seen the escape key is held already. */
static char *without_escape(const char *key)
{
	const char *behind = strstr(key, " + ");
	char *out = g_strdup(behind ? behind + 3 : key);

	*out = g_ascii_toupper(*out);
	return out;
}

static void set_help(struct app *self)
{
	const char *escape = key_name(self->options->input.escape_key);
	g_autofree char *title = g_strdup_printf("Hold %s and press", escape ? escape : "it");
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	size_t count;
	struct action_line *lines = action_lines(self->options, &count);
	g_autofree struct hud_key *keys = g_new(struct hud_key, count);

	for (size_t i = 0; i < count; i++) {
		char *key = without_escape(lines[i].key);
		g_ptr_array_add(texts, key);
		keys[i] = (struct hud_key){ key, lines[i].help };
	}
	hud_set_help(self->hud, title, keys, (unsigned)count);
	action_lines_free(lines, count);
}

void app_hud_help(struct app *self, bool shown)
{
	unsigned others = hud_shown(self->hud) & ~(unsigned)HUD_HELP;

	if (shown)
		set_help(self);
	hud_show(self->hud, others | (shown ? HUD_HELP : 0));
}

/* ---- questions ---- */

enum { QUIT_YES, QUIT_NO };

static void on_quit_answer(void *data, unsigned answer)
{
	struct app *self = data;

	if (answer == QUIT_YES)
		app_quit(self);
	else
		desk_ask(self->desk); /* whose question had to go */
}

/* Who asks twice has answered; so has who cannot be asked. */
void app_ask_quit(struct app *self)
{
	static const struct hud_question question = {
		.title = "Quit?",
		.text = "The virtual machine keeps running.",
		.answers = { [QUIT_YES] = { KEY_ENTER, "Enter", "Quit" },
			     [QUIT_NO] = { KEY_ESC, "Esc", "Stay" } },
		.count = 2,
	};

	bool asked = hud_asking(self->hud) && !app_sound_asks(self);

	if (!self->options->confirm_quit || asked ||
	    !hud_ask(self->hud, &question, on_quit_answer, self))
		app_quit(self);
}

bool app_hud_key(struct app *self, uint32_t code)
{
	if (self->server)
		server_take_back(self->server);
	return app_typed(self, code) || hud_press(self->hud, code, true);
}
