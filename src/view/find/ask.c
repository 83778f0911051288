/* Guests that were found, said and asked. */
#include <assert.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "view/find/find.h"

static const char *const kinds[] = {
	[PLACE_MACHINE] = "machine",
	[PLACE_DEVICE] = "device",
	[PLACE_FILE] = "file",
};
static_assert(ARRAY_LEN(kinds) == PLACE_FILE + 1, "a word for each kind");

/* Who named the file is not who sees the terminal. */
static char *shown(const char *text)
{
	char *valid = g_utf8_make_valid(text, -1);

	for (char *at = valid; *at; at = g_utf8_next_char(at))
		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			memset(at, '?', (size_t)(g_utf8_next_char(at) - at));
	return valid;
}

static char *csv_field(const char *text)
{
	if (!strpbrk(text, ",\"\n\r"))
		return g_strdup(text);
	g_auto(GStrv) parts = g_strsplit(text, "\"", -1);
	g_autofree char *doubled = g_strjoinv("\"\"", parts);
	return g_strdup_printf("\"%s\"", doubled);
}

static void print_csv(const struct find_place *place, FILE *out)
{
	g_autofree char *name = csv_field(place->name), *path = csv_field(place->path);

	fprintf(out, "%s,%s,%s,%s\n", kinds[place->kind], name, path, place->usable ? "yes" : "no");
}

static void print_line(const struct find_place *place, FILE *out)
{
	g_autofree char *name = shown(place->name), *path = shown(place->path);

	fprintf(out, "%-8s %-16s %s%s\n", kinds[place->kind], *name ? name : "-", path,
		place->usable ? "" : "  (no permission)");
}

void find_print(const GPtrArray *all, bool csv, FILE *out)
{
	if (csv)
		fprintf(out, "kind,name,path,usable\n");
	else if (all->len)
		fprintf(out, "%-8s %-16s %s\n", "KIND", "NAME", "PATH");
	for (unsigned i = 0; i < all->len; i++)
		(csv ? print_csv : print_line)(all->pdata[i], out);
}

static void refuse(const GPtrArray *choices, GError **error)
{
	g_autoptr(GString) options = g_string_new(NULL);

	for (unsigned i = 0; i < choices->len; i++) {
		g_autofree char *option = place_option(choices->pdata[i]);
		g_autofree char *presentable = shown(option);
		g_string_append_printf(options, "%s%s", i ? ", " : "", presentable);
	}
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		    "there are %u guests; say which: %s", choices->len, options->str);
}

static void print_question(const GPtrArray *choices, FILE *out)
{
	for (unsigned i = 0; i < choices->len; i++) {
		fprintf(out, "%3u  ", i + 1);
		print_line(choices->pdata[i], out);
	}
	fprintf(out, "Which one? (1 to %u) ", choices->len);
	fflush(out);
}

/* A number that was offered, or a machine's name. */
static const struct find_place *answered(const GPtrArray *choices, const char *text)
{
	guint64 number;

	for (unsigned i = 0; i < choices->len; i++) {
		const struct find_place *place = choices->pdata[i];
		if (strcmp(text, place->path) == 0 || (*text && strcmp(text, place->name) == 0))
			return place;
	}
	if (g_ascii_string_to_unsigned(text, 10, 1, choices->len, &number, NULL))
		return choices->pdata[number - 1];
	return NULL;
}

const struct find_place *find_ask(const GPtrArray *choices, FILE *in, FILE *out, GError **error)
{
	char line[4096];

	while (isatty(fileno(in)) && isatty(fileno(out))) {
		print_question(choices, out);
		if (!fgets(line, sizeof(line), in))
			break;
		const struct find_place *place = answered(choices, g_strstrip(line));
		if (place)
			return place;
	}
	refuse(choices, error);
	return NULL;
}
