#include "view/settings/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "view/settings/ini.h"
#include "view/settings/nearest.h"
#include "view/settings/value.h"

#define COMPLAINTS 20u /* a file of nonsense is told from a slip long before */

static void assignment_free(gpointer data)
{
	struct assignment *self = data;

	g_free(self->text);
	g_free(self->vm);
	g_free(self);
}

GPtrArray *assignments_new(void)
{
	return g_ptr_array_new_with_free_func(assignment_free);
}

void assignments_add(GPtrArray *self, const struct setting *row, const char *text, const char *vm,
		     unsigned line)
{
	struct assignment *assignment = g_new(struct assignment, 1);

	*assignment = (struct assignment){ row, g_strdup(text), g_strdup(vm), line };
	g_ptr_array_add(self, assignment);
}

static void complain(struct settings_file *self, unsigned line, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
static void complain(struct settings_file *self, unsigned line, const char *format, ...)
{
	va_list args;

	if (self->complaints->len >= COMPLAINTS)
		return;
	va_start(args, format);
	g_autofree char *what = g_strdup_vprintf(format, args);
	va_end(args);
	/* Somebody's bytes on somebody's terminal. */
	g_autofree char *text = g_utf8_make_valid(what, -1);
	for (char *c = text; *c; c++)
		if (g_ascii_iscntrl(*c))
			*c = '?';
	g_ptr_array_add(self->complaints, g_strdup_printf("%s:%u: %s", self->name, line, text));
}

/* ---- sections ---- */

static struct nearest nearest_section(const char *text)
{
	struct nearest nearest = nearest_to(text);

	for (const struct section *const *s = sections; *s; s++)
		if ((*s)->name)
			nearest_offer(&nearest, (*s)->name);
	return nearest;
}

/* "vm NAME" and "vm NAME/SECTION": what follows the last slash is a section only where there is one
 * of that name. *vm is NULL for any other section. */
static const struct section *read_section(const char *text, char **vm)
{
	*vm = NULL;
	if (!g_str_has_prefix(text, "vm "))
		return schema_find_section(text, strlen(text));
	text += 3;
	while (*text == ' ')
		text++;
	const char *slash = strrchr(text, '/');
	const struct section *section = slash ? schema_find_section(slash + 1, strlen(slash + 1))
					      : NULL;
	if (!section && slash && *text != '/' && nearest_section(slash + 1).best)
		return NULL; /* not a name with a slash: a slip */
	if (section)
		*vm = g_strndup(text, (size_t)(slash - text));
	else
		*vm = g_strdup(text);
	return section ? section : schema_find_section("view", 4);
}

static void unknown_section(struct settings_file *self, const struct ini_line *line)
{
	g_autoptr(GString) hint = g_string_new(NULL);
	const char *slash = strrchr(line->section, '/');
	struct nearest nearest = nearest_section(slash ? slash + 1 : line->section);

	if (!*line->section) {
		complain(self, line->number, "%s: want a section before it, as [view]", line->name);
		return;
	}
	for (const struct section *const *s = sections; *s; s++)
		if ((*s)->name)
			g_string_append_printf(hint, "%s, ", (*s)->name);
	g_string_append(hint, "vm NAME");
	nearest_append(&nearest, hint);
	complain(self, line->number, "[%s]: there are %s", line->section, hint->str);
}

/* ---- lines ---- */

/* Where a name is right but its section is not. */
static const struct section *home_of(const char *name)
{
	for (const struct section *const *s = sections; *s; s++)
		if ((*s)->name && schema_find((*s)->name, name))
			return *s;
	return NULL;
}

static void unknown_name(struct settings_file *self, const struct section *section,
			 const struct ini_line *line)
{
	g_autoptr(GString) hint = g_string_new(NULL);
	struct nearest nearest = nearest_to(line->name);
	const struct section *home = home_of(line->name);

	for (size_t i = 0; i < section->count; i++)
		nearest_offer(&nearest, section->rows[i].name);
	if (schema_find(NULL, line->name))
		g_string_append_printf(hint, "; --%s is for the command line only", line->name);
	else if (home)
		g_string_append_printf(hint, " (it is in [%s])", home->name);
	else
		nearest_append(&nearest, hint);
	complain(self, line->number, "%s: [%s] has no such setting%s", line->name, section->name,
		 hint->str);
}

static void take(struct settings_file *self, const struct setting *row, const char *vm,
		 unsigned line, const char *text)
{
	assignments_add(self->assignments, row, text, vm, line);
	if (row->later)
		g_ptr_array_add(self->later, g_strdup_printf("%u: %s", line, row->name));
}

static void take_line(struct settings_file *self, const struct setting *row, const char *vm,
		      const struct ini_line *line)
{
	g_autoptr(GString) why = g_string_new(NULL);
	g_autofree char *text = line->value ? ini_unquote(line->value) : NULL;

	if (!line->value)
		complain(self, line->number, "%s: want %s = VALUE", line->name, line->name);
	else if (!text)
		complain(self, line->number, "%s=%s: the quotes do not match", line->name,
			 line->value);
	else if (!value_right(row, text, why))
		complain(self, line->number, "%s=%s: %s", line->name, text, why->str);
	else
		take(self, row, vm, line->number, text);
}

static void on_line(void *data, const struct ini_line *line)
{
	struct settings_file *self = data;
	g_autofree char *vm = NULL;

	if (line->wrong) {
		complain(self, line->number, "%s", line->wrong);
		return;
	}
	const struct section *section = read_section(line->section, &vm);
	const struct setting *row = section ? schema_find(section->name, line->name) : NULL;
	if (!section)
		unknown_section(self, line);
	else if (!row)
		unknown_name(self, section, line);
	else
		take_line(self, row, vm, line);
}

struct settings_file *settings_file_parse(const char *name, const char *text, size_t size)
{
	struct settings_file *self = g_new(struct settings_file, 1);

	*self = (struct settings_file){
		.name = g_strdup(name),
		.assignments = assignments_new(),
		.complaints = g_ptr_array_new_with_free_func(g_free),
		.later = g_ptr_array_new_with_free_func(g_free),
	};
	ini_read(text, size, on_line, self);
	return self;
}

/* Of a device or a pipe there is no end to wait for: one byte too many is enough to say so. */
GByteArray *settings_slurp(const char *path, GError **error)
{
	FILE *file = fopen(path, "re");
	GByteArray *out = g_byte_array_new();

	errno = file ? 0 : errno;
	if (file) {
		g_byte_array_set_size(out, INI_SIZE + 1);
		size_t got = fread(out->data, 1, out->len, file);
		int number = ferror(file) ? errno : 0;
		g_byte_array_set_size(out, (guint)got);
		fclose(file);
		errno = number;
	}
	if (errno == 0)
		return out;
	g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "%s: %s", path,
		    g_strerror(errno));
	g_byte_array_unref(out);
	return NULL;
}

struct settings_file *settings_file_load(const char *path, GError **error)
{
	g_autoptr(GByteArray) text = settings_slurp(path, error);

	return text ? settings_file_parse(path, (const char *)text->data, text->len) : NULL;
}

void settings_file_free(struct settings_file *self)
{
	if (!self)
		return;
	g_free(self->name);
	g_ptr_array_unref(self->assignments);
	g_ptr_array_unref(self->complaints);
	g_ptr_array_unref(self->later);
	g_free(self);
}
