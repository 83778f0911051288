/* --print-settings. */
#include <string.h>

#include "view/settings/impl.h"
#include "view/settings/ini.h"
#include "view/settings/value.h"

#define WIDTH 40 /* of "name = value" before the comment begins */

static char *describe(const struct settings *self, const struct setting *row)
{
	const struct origin *origin = &self->origins[schema_number(row)];

	switch (origin->kind) {
	case ORIGIN_FILE:
		return g_strdup_printf("%s:%u", self->file->name, origin->line);
	case ORIGIN_COMMAND:
		return g_strdup("command line");
	default:
		return g_strdup(row->later ? "default, without effect yet" : "default");
	}
}

static void print_row(const struct settings *self, const struct setting *row)
{
	g_autofree char *value = value_print(&self->values, row);
	g_autofree char *quoted = ini_quote(value);
	g_autofree char *entry = g_strdup_printf("%s = %s", row->name, quoted);
	g_autofree char *where = describe(self, row);

	g_print("%-*s # %s\n", WIDTH, entry, where);
}

/* What belongs to the command line only is no setting of a file. */
void settings_print(const struct settings *self)
{
	for (const struct section *const *s = sections; *s; s++) {
		if (!(*s)->name)
			continue;
		g_print("%s[%s]\n", s == sections ? "" : "\n", (*s)->name);
		for (size_t i = 0; i < (*s)->count; i++)
			print_row(self, &(*s)->rows[i]);
	}
}
