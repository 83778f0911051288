/* A settings file. What is accepted must survive the way out and in again. */
#include <stdlib.h>
#include <string.h>

#include "view/settings/file.h"
#include "view/settings/ini.h"
#include "view/settings/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const char *one, const char *two)
{
	if (!two || strcmp(one, two) != 0)
		abort();
}

static void check_assignment(const struct assignment *assignment)
{
	struct options options = { 0 };
	g_autoptr(GString) why = g_string_new(NULL);

	if (!value_set(&options, assignment->row, assignment->text, why))
		abort();
	g_autofree char *first = value_print(&options, assignment->row);
	if (*first && !value_set(&options, assignment->row, first, why))
		abort();
	g_autofree char *second = value_print(&options, assignment->row);
	check_same(first, second);
	g_autofree char *quoted = ini_quote(first);
	g_autofree char *unquoted = ini_unquote(quoted);
	check_same(first, unquoted);
	value_clear(&options, assignment->row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings_file *file = settings_file_parse("fuzz", (const char *)data, size);

	for (unsigned i = 0; i < file->assignments->len; i++)
		check_assignment(file->assignments->pdata[i]);
	for (unsigned i = 0; i < file->complaints->len; i++)
		if (!g_utf8_validate(file->complaints->pdata[i], -1, NULL))
			abort();
	settings_file_free(file);
	return 0;
}
