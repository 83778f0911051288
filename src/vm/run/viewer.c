#include "vm/run/viewer.h"

#include <sys/stat.h>

static gboolean is_socket(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

char **viewer_words(const struct record *record, GError **error)
{
	GPtrArray *words = g_ptr_array_new();

	if (record->memory)
		g_ptr_array_add(words,
				g_strconcat(is_socket(record->memory) ? "--server=" : "--memory=",
					    record->memory, NULL));
	else if (record->spice)
		g_ptr_array_add(words, g_strdup("--source=spice"));
	if (record->spice)
		g_ptr_array_add(words, g_strconcat("--spice-address=", record->spice, NULL));
	if (!words->len) {
		g_ptr_array_unref(words);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "%s shows its screen to nobody (display: none)", record->name);
		return NULL;
	}
	g_ptr_array_add(words, g_strconcat("--vm=", record->name, NULL));
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}
