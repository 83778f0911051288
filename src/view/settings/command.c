#include "view/settings/command.h"

#include <string.h>

#include "view/settings/nearest.h"
#include "view/settings/value.h"

/* argv as it is read. */
struct command {
	char *const *next; /* NULL ends */
	GPtrArray *out, *rest;
	GError **error;
};

static gboolean wrong(struct command *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean wrong(struct command *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(self->error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
	return FALSE;
}

static gboolean unknown(struct command *self, const char *name)
{
	g_autoptr(GString) hint = g_string_new(NULL);
	struct nearest nearest = nearest_to(name);
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++)
		if (!row->later)
			nearest_offer(&nearest, setting_option(row));
	nearest_append(&nearest, hint);
	return wrong(self, "--%s: there is no such option%s", name, hint->str);
}

static gboolean take(struct command *self, const struct setting *row, const char *text)
{
	g_autoptr(GString) why = g_string_new(NULL);

	if (row->also && !value_right(row, text, why))
		row = schema_find_option(row->also);
	g_string_truncate(why, 0);
	const char *option = setting_option(row);

	if (row->later)
		return wrong(self, "--%s: not in this version yet", option);
	if (!value_right(row, text, why))
		return wrong(self, "--%s=%s: %s", option, text, why->str);
	assignments_add(self->out, row, text, NULL, 0);
	return TRUE;
}

/* `value` stood behind it, or what --NAME alone means is to be found. */
static gboolean take_option(struct command *self, const struct setting *row, const char *value)
{
	if (!value && row->kind == SETTING_BOOL)
		value = "yes";
	else if (!value && row->bare)
		value = row->bare;
	else if (!value && *self->next)
		value = *self->next++;
	if (!value)
		return wrong(self, "--%s: want =%s behind it", setting_option(row),
			     setting_value_word(row));
	return take(self, row, value);
}

/* What --no-NAME is about. */
static const struct setting *find_negated(const char *name)
{
	const struct setting *row = g_str_has_prefix(name, "no-") ? schema_find_option(name + 3)
								  : NULL;

	return row && row->kind == SETTING_BOOL ? row : NULL;
}

static gboolean take_long(struct command *self, const char *text)
{
	const char *equals = strchr(text, '=');
	g_autofree char *name = equals ? g_strndup(text, (size_t)(equals - text)) : g_strdup(text);
	const struct setting *row = schema_find_option(name), *negated = find_negated(name);

	if (row)
		return take_option(self, row, equals ? equals + 1 : NULL);
	if (negated && equals)
		return wrong(self, "--%s: takes no value", name);
	return negated ? take(self, negated, "no") : unknown(self, name);
}

/* -f, -fv, -mPATH, -m PATH. */
static gboolean take_letters(struct command *self, const char *letters)
{
	for (; *letters; letters++) {
		const struct setting *row = schema_find_letter(*letters);
		if (!row)
			return wrong(self, "-%c: there is no such option", *letters);
		if (row->kind != SETTING_BOOL)
			return take_option(self, row, letters[1] ? letters + 1 : NULL);
		if (!take(self, row, "yes"))
			return FALSE;
	}
	return TRUE;
}

static gboolean take_word(struct command *self, char *word)
{
	if (g_str_has_prefix(word, "--"))
		return take_long(self, word + 2);
	if (word[0] == '-' && word[1])
		return take_letters(self, word + 1);
	g_ptr_array_add(self->rest, word);
	return TRUE;
}

gboolean command_parse(GPtrArray *out, GPtrArray *rest, int argc, char *const *argv, GError **error)
{
	struct command self = { argv + MIN(argc, 1), out, rest, error };

	while (*self.next) {
		char *word = *self.next++;
		if (strcmp(word, "--") == 0)
			break;
		if (!take_word(&self, word))
			return FALSE;
	}
	while (*self.next)
		g_ptr_array_add(rest, *self.next++);
	return TRUE;
}
