/* Completions: rows that are `later` are options of nobody yet. */
#include <string.h>

#include "view/settings/document.h"
#include "view/settings/schema.h"

static bool is_path(const struct setting *row)
{
	return row->kind == SETTING_PATH;
}

/* The words that its value may be, or NULL where there is no end of them. */
static char *words_of(const struct setting *row)
{
	if (row->kind == SETTING_ENUM)
		return g_strjoinv(" ", (char **)row->names);
	return row->word ? g_strdup(row->word) : NULL;
}

/* `text` with a backslash before each of `special`. */
static char *escape(const char *text, const char *special)
{
	GString *out = g_string_new(NULL);

	for (; *text; text++) {
		if (strchr(special, *text))
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
	return g_string_free(out, FALSE);
}

/* Inside of single quotes no shell but fish knows a way to write one. */
static char *single_quoted(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "'", -1);

	return g_strjoinv("'\\''", parts);
}

/* ---- bash ---- */

static void bash_case(GString *out, const struct setting *row)
{
	g_autofree char *words = words_of(row);

	if (row->kind == SETTING_BOOL || (!words && !is_path(row)))
		return;
	g_string_append_printf(out, "\t--%s", setting_option(row));
	if (row->letter)
		g_string_append_printf(out, " | -%c", row->letter);
	if (words)
		g_string_append_printf(out,
				       ")\n\t\tCOMPREPLY=($(compgen -W '%s' -- \"$word\"))\n"
				       "\t\treturn ;;\n",
				       words);
	else
		g_string_append(out, ")\n\t\tcompopt -o filenames\n"
				     "\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n"
				     "\t\treturn ;;\n");
}

static void bash_word(GString *out, const struct setting *row)
{
	const char *option = setting_option(row);

	if (row->bare)
		g_string_append_printf(out, " --%s --%s=", option, option);
	else if (row->kind == SETTING_BOOL)
		g_string_append_printf(out, " --%s", option);
	else
		g_string_append_printf(out, " --%s=", option);
	if (row->kind == SETTING_BOOL && schema_section(row)->name)
		g_string_append_printf(out, " --no-%s", option);
}

char *document_bash(void)
{
	GString *out = g_string_new("# Completion of oriel-view, made of its table of settings.\n"
				    "_oriel_view()\n{\n"
				    "\tlocal word=${COMP_WORDS[COMP_CWORD]}\n"
				    "\tlocal option=${COMP_WORDS[COMP_CWORD - 1]}\n"
				    "\tif [ \"$word\" = = ]; then\n\t\tword=\n"
				    "\telif [ \"$option\" = = ]; then\n"
				    "\t\toption=${COMP_WORDS[COMP_CWORD - 2]}\n\tfi\n"
				    "\tcase $option in\n");
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++)
		if (!row->later)
			bash_case(out, row);
	g_string_append(out, "\tesac\n\tCOMPREPLY=($(compgen -W '");
	for (size_t i = 0; (row = schema_row(i)); i++)
		if (!row->later)
			bash_word(out, row);
	g_string_append(out, "' -- \"$word\"))\n"
			     "\t[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace\n}\n"
			     "complete -F _oriel_view oriel-view\n");
	return g_string_free(out, FALSE);
}

/* ---- zsh ---- */

/* "[help]:VALUE:action", as _arguments wants it. */
static char *zsh_rest(const struct setting *row, bool optional)
{
	g_autofree char *help = escape(row->help, "[]:");
	g_autofree char *words = words_of(row);
	g_autofree char *colons = words ? escape(words, ":") : NULL;
	g_autofree char *action = is_path(row) ? g_strdup("_files")
				  : colons     ? g_strdup_printf("(%s)", colons)
					       : g_strdup(" ");
	g_autofree char *all = row->kind == SETTING_BOOL
				       ? g_strdup_printf("[%s]", help)
				       : g_strdup_printf("[%s]%s%s:%s", help, optional ? "::" : ":",
							 setting_value_word(row), action);

	return single_quoted(all);
}

static void zsh_row(GString *out, const struct setting *row)
{
	const char *option = setting_option(row);
	g_autofree char *rest = zsh_rest(row, row->bare != NULL);
	const char *equals = row->kind == SETTING_BOOL ? "" : row->bare ? "=-" : "=";

	if (row->letter)
		g_string_append_printf(out, " \\\n\t'-%c%s'", row->letter, rest);
	g_string_append_printf(out, " \\\n\t'--%s%s%s'", option, equals, rest);
	if (row->kind == SETTING_BOOL && schema_section(row)->name)
		g_string_append_printf(out, " \\\n\t'--no-%s%s'", option, rest);
}

char *document_zsh(void)
{
	GString *out = g_string_new("#compdef oriel-view\n"
				    "# Made of oriel-view's table of settings.\n"
				    "_arguments");
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++)
		if (!row->later)
			zsh_row(out, row);
	g_string_append_c(out, '\n');
	return g_string_free(out, FALSE);
}

/* ---- fish ---- */

static void fish_row(GString *out, const struct setting *row)
{
	g_autofree char *help = escape(row->help, "'\\");
	g_autofree char *words = words_of(row);

	g_string_append_printf(out, "complete -c oriel-view -l %s", setting_option(row));
	if (row->letter)
		g_string_append_printf(out, " -s %c", row->letter);
	if (is_path(row))
		g_string_append(out, " -r -F");
	else if (words)
		g_string_append_printf(out, " %s '%s'", row->bare ? "-fa" : "-xa", words);
	else
		g_string_append(out, row->kind == SETTING_BOOL ? " -f" : " -x");
	g_string_append_printf(out, " -d '%s'\n", help);
	if (row->kind == SETTING_BOOL && schema_section(row)->name)
		g_string_append_printf(out, "complete -c oriel-view -l no-%s -f -d '%s'\n",
				       setting_option(row), help);
}

char *document_fish(void)
{
	GString *out = g_string_new("# Made of oriel-view's table of settings.\n");
	const struct setting *row;

	for (size_t i = 0; (row = schema_row(i)); i++)
		if (!row->later)
			fish_row(out, row);
	return g_string_free(out, FALSE);
}
