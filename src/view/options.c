#include "view/options.h"

#include <string.h>

#define DEFAULT_TIMEOUT 10     /* s, with --shot */
#define NO_TIMEOUT      (-1e9) /* none was given */

/* As typed. */
struct raw {
	char *memory, *source, *window, *presenter, *scale, *title, *shot, *shot_after, *exit_after;
	gboolean headless, fullscreen, verbose, version;
	enum stats_style stats;
	double timeout;
};

static void raw_clear(struct raw *self)
{
	char **texts[] = { &self->memory,    &self->source,     &self->window,
			   &self->presenter, &self->scale,      &self->title,
			   &self->shot,      &self->shot_after, &self->exit_after };

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		g_clear_pointer(texts[i], g_free);
}

static gboolean wrong(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean wrong(GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (error)
		*error = g_error_new_valist(G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, args);
	va_end(args);
	return FALSE;
}

static gboolean take_amount(struct amount *out, const char *option, const char *text,
			    GError **error)
{
	char *end;

	if (!text)
		return TRUE;
	double value = g_ascii_strtod(text, &end);
	bool seconds = strcmp(end, "s") == 0;
	if (end == text || (*end && !seconds) || !(value > 0 && value < 1e9) ||
	    (!seconds && value != (double)(guint64)value))
		return wrong(error, "--%s=%s: want a count of frames (100) or seconds (2.5s)",
			     option, text);
	*out = (struct amount){ value, seconds };
	return TRUE;
}

static gboolean take_source(struct options *out, const struct raw *raw, GError **error)
{
	const char *arg = raw->memory;

	if (raw->memory && raw->source)
		return wrong(error, "--memory and --source exclude each other");
	out->source = raw->source ? source_impl_find(raw->source, &arg) : &source_oriel;
	out->source_arg = g_strdup(arg);
	return out->source ? TRUE
			   : wrong(error,
				   "--source=%s: there are oriel, oriel:PATH and "
				   "pattern:1920x1080@60",
				   raw->source);
}

static gboolean take_window(struct options *out, struct raw *raw, GError **error)
{
	const char *name = raw->window ? raw->window : raw->headless ? "headless" : "x11";

	if (raw->headless && strcmp(name, "headless") != 0)
		return wrong(error, "--headless and --window=%s exclude each other", name);
	out->window = window_impl_find(name);
	return out->window ? TRUE : wrong(error, "--window=%s: there are x11 and headless", name);
}

static gboolean take_scale(struct options *out, const struct raw *raw, GError **error)
{
	int mode = scale_mode_from_name(raw->scale ? raw->scale : "fit");

	if (mode < 0)
		return wrong(error, "--scale=%s: there are fit, 1:1 and integer", raw->scale);
	out->scale = (enum scale_mode)mode;
	return TRUE;
}

static gboolean take(struct options *out, struct raw *raw, GError **error)
{
	if (!take_source(out, raw, error) || !take_window(out, raw, error) ||
	    !take_scale(out, raw, error) ||
	    !take_amount(&out->shot_after, "shot-after", raw->shot_after, error) ||
	    !take_amount(&out->exit_after, "exit-after", raw->exit_after, error))
		return FALSE;
	if (!(raw->timeout == NO_TIMEOUT || (raw->timeout >= 0 && raw->timeout <= 1e6)))
		return wrong(error, "--timeout=%g: want seconds", raw->timeout);
	if (raw->shot_after && !raw->shot)
		return wrong(error, "--shot-after needs --shot=FILE");
	if (raw->presenter && strcmp(raw->presenter, "auto") != 0)
		out->way = g_steal_pointer(&raw->presenter);
	out->title = g_steal_pointer(&raw->title);
	out->shot = g_steal_pointer(&raw->shot);
	out->timeout = raw->timeout >= 0 ? raw->timeout : out->shot ? DEFAULT_TIMEOUT : 0;
	out->fullscreen = raw->fullscreen;
	out->stats = raw->stats;
	out->verbose = raw->verbose;
	return TRUE;
}

/* --stats, --stats=csv. `data` is the struct raw. */
static gboolean on_stats(const char *option, const char *style, gpointer data, GError **error)
{
	struct raw *raw = data;

	(void)option;
	if (style && strcmp(style, "csv") != 0)
		return wrong(error, "--stats=%s: there is csv, and --stats alone for words", style);
	raw->stats = style ? STATS_CSV : STATS_WORDS;
	return TRUE;
}

/* A group of our own: only so does on_stats() learn of `raw`. */
static GOptionContext *make_context(struct raw *raw)
{
	const GOptionEntry entries[] = {
		{ "memory", 'm', 0, G_OPTION_ARG_FILENAME, &raw->memory,
		  "Shared memory: a file or /dev/kvmfr0", "PATH" },
		{ "fullscreen", 'f', 0, G_OPTION_ARG_NONE, &raw->fullscreen,
		  "Cover the screen (F11 toggles)", NULL },
		{ "scale", 0, 0, G_OPTION_ARG_STRING, &raw->scale, "fit, 1:1 or integer (fit)",
		  "MODE" },
		{ "title", 't', 0, G_OPTION_ARG_STRING, &raw->title, "Title of the window",
		  "TEXT" },
		{ "headless", 0, 0, G_OPTION_ARG_NONE, &raw->headless, "Open no window", NULL },
		{ "shot", 0, 0, G_OPTION_ARG_FILENAME, &raw->shot,
		  "Write a picture as PNG, then exit", "FILE" },
		{ "shot-after", 0, 0, G_OPTION_ARG_STRING, &raw->shot_after,
		  "Take that picture later: 10, 2.5s", "AMOUNT" },
		{ "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &raw->timeout,
		  "Give up without a picture (10 for --shot)", "SECONDS" },
		{ "stats", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, on_stats,
		  "Print figures, once per second", "csv" },
		{ "exit-after", 0, 0, G_OPTION_ARG_STRING, &raw->exit_after,
		  "Exit after so many frames or seconds", "AMOUNT" },
		{ "source", 0, 0, G_OPTION_ARG_STRING, &raw->source,
		  "oriel[:PATH] or pattern[:1366x768@60]", "SOURCE" },
		{ "window", 0, 0, G_OPTION_ARG_STRING, &raw->window, "x11 or headless", "KIND" },
		{ "presenter", 0, 0, G_OPTION_ARG_STRING, &raw->presenter,
		  "auto, direct, copy or null", "NAME" },
		{ "verbose", 'v', 0, G_OPTION_ARG_NONE, &raw->verbose, "Say more", NULL },
		{ "version", 0, 0, G_OPTION_ARG_NONE, &raw->version, "Print the version", NULL },
		{ NULL },
	};
	GOptionContext *context = g_option_context_new(NULL);
	GOptionGroup *group = g_option_group_new("oriel-view", "", "", raw, NULL);

	g_option_context_set_summary(context, "Shows the screen of a virtual machine.");
	g_option_context_set_description(context, "Manual: oriel-view(1)");
	g_option_group_add_entries(group, entries);
	g_option_context_set_main_group(context, group);
	return context;
}

enum options_answer options_parse(struct options *out, int argc, char **argv, GError **error)
{
	struct raw raw = { .timeout = NO_TIMEOUT };
	g_autoptr(GOptionContext) context = make_context(&raw);
	enum options_answer answer = OPTIONS_WRONG;

	*out = (struct options){ 0 };
	if (!g_option_context_parse(context, &argc, &argv, error)) {
		raw_clear(&raw);
		return OPTIONS_WRONG;
	}
	if (raw.version) {
		g_print("oriel-view " ORIEL_VERSION "\n");
		answer = OPTIONS_DONE;
	} else if (argc > 1) {
		wrong(error, "what is \"%s\"? The memory's path goes behind --memory", argv[1]);
	} else if (take(out, &raw, error)) {
		answer = OPTIONS_RUN;
	}
	raw_clear(&raw);
	return answer;
}

void options_clear(struct options *self)
{
	g_clear_pointer(&self->source_arg, g_free);
	g_clear_pointer(&self->way, g_free);
	g_clear_pointer(&self->title, g_free);
	g_clear_pointer(&self->shot, g_free);
}
