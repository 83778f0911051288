#include <string.h>

#include "base/log.h"
#include "view/settings/command.h"
#include "view/settings/impl.h"

/* ---- the file ---- */

char *settings_usual_path(void)
{
	return g_build_filename(g_get_user_config_dir(), "oriel", "view.conf", NULL);
}

void settings_file_log(const struct settings_file *file, int level)
{
	g_autoptr(GString) later = g_string_new(NULL);

	for (unsigned i = 0; i < file->complaints->len; i++)
		log_line((enum log_level)level, "%s", (char *)file->complaints->pdata[i]);
	for (unsigned i = 0; i < file->later->len; i++)
		g_string_append_printf(later, "%s%s", i ? ", " : "", (char *)file->later->pdata[i]);
	if (later->len)
		log_warn("%s: without effect in this version: %s", file->name, later->str);
}

/* Of somebody's own choice: a mistake is not walked past. */
static gboolean read_chosen(struct settings *self, GError **error)
{
	self->file = settings_file_load(self->path, error);
	if (!self->file)
		return FALSE;
	settings_file_log(self->file, LOG_ERROR);
	if (self->file->complaints->len)
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "--config=%s has mistakes (%u); --no-config starts without it",
			    self->path, self->file->complaints->len);
	return self->file->complaints->len == 0;
}

/* What is there of it. */
static void read_usual(struct settings *self)
{
	g_autoptr(GError) error = NULL;

	self->file = settings_file_load(self->path, &error);
	if (self->file)
		settings_file_log(self->file, LOG_WARN);
	else if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
		log_warn("%s", error->message);
}

static gboolean read_file(struct settings *self, GError **error)
{
	const struct asked_options *asked = &self->values.asked;

	if (asked->no_config)
		return TRUE;
	self->path = asked->config ? g_strdup(asked->config) : settings_usual_path();
	if (asked->config)
		return read_chosen(self, error);
	read_usual(self);
	return TRUE;
}

/* ---- the command line ---- */

static const char *typed(const struct settings *self, const char *option)
{
	const char *text = NULL;

	for (unsigned i = 0; i < self->command->len; i++) {
		const struct assignment *one = self->command->pdata[i];
		if (strcmp(setting_option(one->row), option) == 0)
			text = one->text;
	}
	return text;
}

/* Two options that no command line has together. */
static const char *const exclusive[][2] = {
	{ "memory", "source" },
	{ "memory", "server" },
	{ "server", "source" },
	{ "config", "no-config" },
};

/* The first means nothing without the second. */
static const char *const needed[][2] = {
	{ "shot-after", "shot" },
	{ "write", "import-looking-glass" },
};

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean refuse(GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
	return FALSE;
}

static gboolean check_command(const struct settings *self, GError **error)
{
	const char *window = typed(self, "window");

	for (size_t i = 0; i < G_N_ELEMENTS(exclusive); i++)
		if (typed(self, exclusive[i][0]) && typed(self, exclusive[i][1]))
			return refuse(error, "--%s and --%s exclude each other", exclusive[i][0],
				      exclusive[i][1]);
	for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
		if (typed(self, needed[i][0]) && !typed(self, needed[i][1]))
			return refuse(error, "--%s needs --%s", needed[i][0], needed[i][1]);
	if (self->values.asked.headless && window && strcmp(window, "headless") != 0)
		return refuse(error, "--headless and --window=%s exclude each other", window);
	if (self->rest->len && !self->values.asked.import && !self->connection)
		return refuse(error, "what is \"%s\"? The memory's path goes behind --memory",
			      (char *)self->rest->pdata[0]);
	return TRUE;
}

/* ---- both ---- */

static struct settings *settings_new(void)
{
	struct settings *self = g_new0(struct settings, 1);

	self->origins = g_new0(struct origin, schema_count());
	self->restart = g_new0(bool, schema_count());
	self->command = assignments_new();
	self->rest = g_ptr_array_new();
	return self;
}

/* FILE.vv, as a browser starts those who open it. */
static void take_connection(struct settings *self)
{
	const char *path = self->rest->len == 1 ? self->rest->pdata[0] : "";

	self->connection = g_str_has_suffix(path, ".vv");
	if (self->connection)
		assignments_add(self->command, schema_find_option("spice-file"), path, NULL, 0);
}

/* What needs no settings: true where that was all. */
static bool answer_early(const struct settings *self)
{
	const struct asked_options *asked = &self->values.asked;

	if (asked->help || asked->help_all)
		settings_help(asked->help_all);
	else if (asked->version)
		g_print("oriel-view " ORIEL_VERSION "\n");
	return asked->help || asked->help_all || asked->version;
}

/* The place that was typed counts, whatever other one the file names. */
static enum options_answer resolve(struct settings *self, GError **error)
{
	char *server = self->values.asked.server;

	if (typed(self, "memory") && !typed(self, "server"))
		self->values.asked.server = NULL;
	gboolean resolved = options_resolve(&self->values, error);
	self->values.asked.server = server;
	return resolved ? OPTIONS_RUN : OPTIONS_WRONG;
}

gboolean settings_type(struct settings *self, const char *option, const char *value, GError **error)
{
	assignments_add(self->command, schema_find_option(option), value, NULL, 0);
	settings_settle(self, true);
	return resolve(self, error) == OPTIONS_RUN;
}

static enum options_answer begin(struct settings *self, bool with_file, int argc, char **argv,
				 GError **error)
{
	if (!command_parse(self->command, self->rest, argc, argv, error))
		return OPTIONS_WRONG;
	take_connection(self);
	settings_settle(self, true);
	if (answer_early(self))
		return OPTIONS_DONE;
	if (!check_command(self, error))
		return OPTIONS_WRONG;
	if (self->values.asked.import)
		return settings_import(self, error) ? OPTIONS_DONE : OPTIONS_WRONG;
	if (with_file && !read_file(self, error))
		return OPTIONS_WRONG;
	settings_settle(self, true);
	if (self->values.asked.print) {
		settings_print(self);
		return OPTIONS_DONE;
	}
	return resolve(self, error);
}

enum options_answer settings_open(struct settings **out, int argc, char **argv, GError **error)
{
	*out = settings_new();
	return begin(*out, true, argc, argv, error);
}

enum options_answer options_parse(struct options *out, int argc, char **argv, GError **error)
{
	struct settings *self = settings_new();
	enum options_answer answer = begin(self, false, argc, argv, error);

	*out = self->values;
	self->values = (struct options){ 0 };
	settings_close(self);
	return answer;
}
