/* --import-looking-glass. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "view/settings/impl.h"
#include "view/settings/import.h"

static gboolean failed(GError **error, const char *path, const char *remedy)
{
	g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "%s: %s%s", path,
		    g_strerror(errno), remedy);
	return FALSE;
}

/* What somebody wrote by hand is not overwritten. */
static gboolean write_usual(const char *text, GError **error)
{
	g_autofree char *path = settings_usual_path();
	g_autofree char *folder = g_path_get_dirname(path);

	if (g_mkdir_with_parents(folder, 0777) != 0)
		return failed(error, folder, "");
	FILE *file = fopen(path, "wxe");
	if (!file)
		return failed(error, path, "; without --write it goes to standard output");
	bool written = fputs(text, file) >= 0;
	if (fclose(file) != 0 || !written)
		return failed(error, path, "");
	g_print("%s\n", path);
	return TRUE;
}

gboolean settings_import(const struct settings *self, GError **error)
{
	const char *path = self->values.asked.import;
	bool piped = strcmp(path, "-") == 0;
	g_autoptr(GByteArray) text = settings_slurp(piped ? "/dev/stdin" : path, error);
	g_autofree char *name = g_path_get_basename(piped ? "standard input" : path);

	if (!text)
		return FALSE;
	g_ptr_array_add(self->rest, NULL);
	g_autofree char *out = import_looking_glass(name, (const char *)text->data, text->len,
						    (const char *const *)self->rest->pdata);
	if (self->values.asked.write)
		return write_usual(out, error);
	g_print("%s", out);
	return TRUE;
}
