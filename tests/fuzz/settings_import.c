/* Settings of Looking Glass's client. Whatever they say, a settings file without mistakes comes of
 * it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/settings/file.h"
#include "view/settings/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(char *text)
{
	struct settings_file *file = settings_file_parse("import", text, strlen(text));

	for (unsigned i = 0; i < file->complaints->len; i++) {
		fprintf(stderr, "%s\n", (char *)file->complaints->pdata[i]);
		if (strlen(text) < 200000) /* else too large, which is no mistake of ours */
			abort();
	}
	settings_file_free(file);
	g_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_auto(GStrv) words = g_strsplit(text, "\n", 64);

	check(import_looking_glass("fuzz", (const char *)data, size, NULL));
	check(import_looking_glass("fuzz", "", 0, (const char *const *)words));
	return 0;
}
