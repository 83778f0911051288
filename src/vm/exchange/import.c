#include "vm/exchange/import_part.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "vm/config/config.h"
#include "vm/config/value.h"
#include "vm/config/write.h"

bool import_is_xml(const char *text, size_t length)
{
	while (length && g_ascii_isspace(*text))
		text++, length--;
	return length && *text == '<';
}

/* ---- what was lost ---- */

enum { LOST_MAX = 200, PLACE_MAX = 200 };

/* One line each, whatever somebody put in there. */
static char *one_line(char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return text;
}

void import_lose(struct import *self, const char *place, const char *why, ...)
{
	va_list args;

	va_start(args, why);
	g_autofree char *words = g_strdup_vprintf(why, args);
	va_end(args);
	g_autofree char *whole = g_strdup_printf("%s: %s", place, words);
	g_autofree char *valid = g_utf8_make_valid(whole, -1);
	if (self->lost->len < LOST_MAX)
		g_ptr_array_add(self->lost,
				one_line(g_utf8_substring(
					valid, 0, MIN(g_utf8_strlen(valid, -1), 3 * PLACE_MAX))));
	else if (self->lost->len == LOST_MAX)
		g_ptr_array_add(self->lost, g_strdup("and more"));
}

/* ---- what is carried over ---- */

/* Letters, digits and - _ . are what a name has; anything else becomes a dash. */
static char *make_name(const char *name)
{
	GString *out = g_string_new(NULL);

	for (; *name && out->len < 48; name++) {
		bool good = g_ascii_isalnum(*name) || (out->len && strchr("-_.", *name));
		if (good)
			g_string_append_c(out, *name);
		else if (out->len && out->str[out->len - 1] != '-')
			g_string_append_c(out, '-');
	}
	while (out->len && out->str[out->len - 1] == '-')
		g_string_truncate(out, out->len - 1);
	if (out->len == 0)
		g_string_assign(out, "imported");
	return g_string_free(out, FALSE);
}

void import_begin(struct import *self, const char *name, GPtrArray *lost)
{
	g_autofree char *made = make_name(name);

	self->lost = lost;
	self->vm = config_new(made);
	g_assert(self->vm);
	if (strcmp(made, name) != 0)
		import_lose(self, "name", "\"%s\" became %s", name, made);
}

static void *field_of(const struct row *row, void *section)
{
	return (char *)section + row->field;
}

static bool set_row(struct import *self, const struct row *row, void *field, const char *text,
		    const char *place)
{
	union {
		struct vm_cpus cpus;
		struct vm_pick pick;
		struct vm_usb usb;
		struct vm_forward forward;
		uint64_t word;
	} try;

	if (!text)
		return false;
	memset(&try, 0, sizeof(try));
	g_autofree char *why = value_read(row, text, "/", &try);
	if (why) {
		import_lose(self, place, "%s", why);
		return false;
	}
	value_clear(row, &try);
	value_clear(row, field);
	g_free(value_read(row, text, "/", field));
	return true;
}

void import_set(struct import *self, const char *part, const char *key, const char *text,
		const char *place)
{
	const struct row *map = part ? section_find(&schema, part) : NULL;
	const struct section *section = map ? map->of : &schema;
	const struct row *row = section_find(section, key);

	set_row(self, row, field_of(row, map ? field_of(map, self->vm) : self->vm), text, place);
}

void import_setf(struct import *self, const char *part, const char *key, const char *place,
		 const char *text, ...)
{
	va_list args;

	va_start(args, text);
	g_autofree char *whole = g_strdup_vprintf(text, args);
	va_end(args);
	import_set(self, part, key, whole, place);
}

void *import_add(struct import *self, const char *part)
{
	const struct row *row = section_find(&schema, part);

	return config_add(*(GPtrArray **)field_of(row, self->vm), row->of);
}

void import_set_of(struct import *self, void *item, const char *part, const char *key,
		   const char *text, const char *place)
{
	const struct row *row = section_find(section_find(&schema, part)->of, key);

	set_row(self, row, field_of(row, item), text, place);
}

void import_add_value(struct import *self, GPtrArray *list, const struct section *section,
		      const struct row *row, const char *text, const char *place)
{
	void *item = config_add(list, section);

	if (!set_row(self, row, field_of(row, item), text, place)) {
		g_ptr_array_set_size(list, (int)list->len - 1);
		g_free(item);
	}
}

void import_append(char ***list, const char *text)
{
	guint length = g_strv_length(*list);

	*list = g_renew(char *, *list, length + 2);
	(*list)[length] = g_strdup(text);
	(*list)[length + 1] = NULL;
}

/* ---- the file ---- */

/* Line `number`, from 1, becomes a comment. Each is an item or a key of its own, so what remains is
 * whole. FALSE: there is no such line, or it is one already. */
static bool comment_out(char **lines, unsigned number)
{
	if (number == 0 || number > g_strv_length(lines) || *lines[number - 1] == '#')
		return false;
	char *line = g_strconcat("#", lines[number - 1], NULL);
	g_free(lines[number - 1]);
	lines[number - 1] = line;
	return true;
}

/* Each mistake is "machine:LINE:COLUMN: PATH: WHY". */
static bool drop_mistakes(struct import *self, char **lines, const char *mistakes)
{
	g_auto(GStrv) all = g_strsplit(mistakes, "\n", -1);
	bool dropped = false;

	for (char **mistake = all; *mistake; mistake++) {
		g_auto(GStrv) parts = g_strsplit(*mistake, ":", 4);
		if (g_strv_length(parts) < 4)
			continue;
		unsigned line = (unsigned)strtoul(parts[1], NULL, 10);
		if (!comment_out(lines, line))
			continue;
		const char *what = lines[line - 1] + 1;
		what += strspn(what, " -");
		import_lose(self, "left out", "%s (%s)", what, g_strchug(parts[3]));
		dropped = true;
	}
	return dropped;
}

/* What does not go together, though each word is right, is left out. */
static char *make_good(struct import *self, char *text, GError **error)
{
	for (;;) {
		g_autoptr(GError) mistakes = NULL;
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
		struct vm *vm = config_parse("machine", text, strlen(text), "/", &mistakes);
		if (vm) {
			config_free(vm);
			return text;
		}
		g_free(text);
		if (!drop_mistakes(self, lines, mistakes->message)) {
			g_propagate_error(error, g_steal_pointer(&mistakes));
			return NULL;
		}
		text = g_strjoinv("\n", lines);
	}
}

static char *add_lost(struct import *self, char *text, const char *source)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "# Imported from %s.\n%s", source, text);
	g_free(text);
	if (self->lost->len)
		g_string_append(out, "\n# What was not carried over:\n");
	for (unsigned i = 0; i < self->lost->len; i++)
		g_string_append_printf(out, "# - %s\n", (char *)self->lost->pdata[i]);
	return g_string_free(out, FALSE);
}

void import_drop(struct import *self)
{
	config_free(self->vm);
}

char *import_finish(struct import *self, const char *source, GError **error)
{
	g_autofree char *quoted = g_utf8_make_valid(strcmp(source, "-") ? source : "standard input",
						    -1);
	char *text = make_good(self, config_write(self->vm), error);

	config_free(self->vm);
	return text ? add_lost(self, text, one_line(quoted)) : NULL;
}
