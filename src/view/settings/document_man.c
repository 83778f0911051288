#include <string.h>

#include "view/settings/document.h"
#include "view/settings/schema.h"

/* "*-m*, *--memory=*_PATH_" */
static void append_spelling(GString *out, const struct setting *row)
{
	if (row->letter)
		g_string_append_printf(out, "*-%c*, ", row->letter);
	g_string_append_printf(out, "*--%s", setting_option(row));
	if (row->kind == SETTING_BOOL)
		g_string_append(out, "*");
	else if (row->bare)
		g_string_append_printf(out, "*[=%s]", setting_value_word(row));
	else
		g_string_append_printf(out, "=*_%s_", setting_value_word(row));
	if (row->kind == SETTING_BOOL && strcmp(row->initial, "yes") == 0)
		g_string_append_printf(out, ", *--no-%s*", setting_option(row));
	g_string_append_c(out, '\n');
}

/* A tab before each of its lines. */
static void append_text(GString *out, const struct setting *row)
{
	g_auto(GStrv) lines = g_strsplit(row->more ? row->more : row->help, "\n", -1);

	for (char **line = lines; *line; line++)
		g_string_append_printf(out, "\t%s%s\n", *line, row->more || line[1] ? "" : ".");
}

static void append_range(GString *out, const struct setting *row)
{
	if (row->kind == SETTING_ENUM) {
		g_autofree char *names = g_strjoinv("*, *", (char **)row->names);
		g_string_append_printf(out, "One of *%s*. ", names);
	} else if (row->kind == SETTING_INT || row->kind == SETTING_FLOAT) {
		g_string_append_printf(out, "From %.10g to %.10g%s%s. ", row->min, row->max,
				       row->unit ? " " : "", row->unit ? row->unit : "");
	}
}

static void append_place(GString *out, const struct section *section, const struct setting *row)
{
	if (!section->name)
		return;
	g_string_append_printf(out, "\n\t");
	append_range(out, row);
	g_string_append_printf(out, "In the file: [%s] *%s*", section->name, row->name);
	if (*row->initial)
		g_string_append_printf(out, ", by default *%s*", row->initial);
	g_string_append_printf(out, "; a change applies at %s.\n",
			       row->live ? "once" : "the next start");
}

static void append_options(GString *out)
{
	for (const struct section *const *s = sections; *s; s++) {
		bool titled = false;
		for (size_t i = 0; i < (*s)->count; i++) {
			const struct setting *row = &(*s)->rows[i];
			if (row->later)
				continue;
			if (!titled)
				g_string_append_printf(out, "## %s\n\n", (*s)->title);
			titled = true;
			append_spelling(out, row);
			append_text(out, row);
			append_place(out, *s, row);
			g_string_append_c(out, '\n');
		}
	}
	g_string_truncate(out, out->len - 1);
}

static void append_later(GString *out)
{
	for (const struct section *const *s = sections; *s; s++) {
		bool titled = false;
		for (size_t i = 0; i < (*s)->count; i++) {
			const struct setting *row = &(*s)->rows[i];
			if (!row->later)
				continue;
			g_string_append_printf(out, titled ? ", %s" : "- in [%s]: %s",
					       titled ? row->name : (*s)->name, row->name);
			titled = true;
		}
		if (titled)
			g_string_append(out, ".\n");
	}
}

/* What each key does at first, as the rows of [keys] have it. */
static void append_keys(GString *out)
{
	const struct section *keys = schema_find_section("keys", 4);

	for (size_t i = 0; i < keys->count; i++)
		g_string_append_printf(out, "*%s* (%s)\n\t%s.\n\n", keys->rows[i].initial,
				       keys->rows[i].name, keys->rows[i].help);
	g_string_truncate(out, out->len - 1);
}

char *document_man(const char *page)
{
	GString *out = g_string_new(NULL);
	g_auto(GStrv) lines = g_strsplit(page, "\n", -1);

	for (char **line = lines; *line && (line[1] || **line); line++) {
		if (strcmp(*line, "@OPTIONS@") == 0)
			append_options(out);
		else if (strcmp(*line, "@LATER@") == 0)
			append_later(out);
		else if (strcmp(*line, "@KEYS@") == 0)
			append_keys(out);
		else
			g_string_append_printf(out, "%s\n", *line);
	}
	return g_string_free(out, FALSE);
}
