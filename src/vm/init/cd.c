#include "vm/init/cd.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

char *cd_program(GError **error)
{
	static const char *const names[] = { "xorriso", "genisoimage", "mkisofs" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		char *path = g_find_program_in_path(names[i]);
		if (path)
			return path;
	}
	g_set_error(
		error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		"nothing here makes CD images; install xorriso (Debian: xorriso, Arch: libisoburn) "
		"or genisoimage");
	return NULL;
}

/* It is there, empty and private, before anything is written to it. */
static gboolean make_private(const char *path, GError **error)
{
	g_unlink(path);
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (fd >= 0 && close(fd) == 0)
		return TRUE;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "cannot create %s: %s", path,
		    g_strerror(errno));
	return FALSE;
}

/* PLACE=FILE, in which = and \ stand for themselves only behind a \. */
static char *graft(const struct cd_entry *entry)
{
	GString *out = g_string_new(entry->place);

	g_string_append_c(out, '=');
	for (const char *c = entry->file; *c; c++) {
		if (*c == '=' || *c == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *c);
	}
	return g_string_free(out, FALSE);
}

static void add(GPtrArray *words, const char *const *more)
{
	for (; *more; more++)
		g_ptr_array_add(words, g_strdup(*more));
}

static GPtrArray *make_words(const char *program, const struct cd_entry *entries, const char *label,
			     const char *path)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(words, g_strdup(program));
	if (g_str_has_suffix(program, "xorriso"))
		add(words, (const char *const[]){ "-as", "mkisofs", NULL });
	add(words, (const char *const[]){ "-quiet", "-J", "-r", "-V", label, "-o", path,
					  "-graft-points", NULL });
	for (; entries->place; entries++)
		g_ptr_array_add(words, graft(entries));
	g_ptr_array_add(words, NULL);
	return words;
}

gboolean cd_make(const char *program, const struct cd_entry *entries, const char *label,
		 const char *path, GError **error)
{
	g_autoptr(GPtrArray) words = make_words(program, entries, label, path);
	g_autofree char *output = NULL;

	if (!make_private(path, error))
		return FALSE;
	g_autoptr(GSubprocess) process = g_subprocess_newv(
		(const char *const *)words->pdata,
		G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, error);
	if (!process || !g_subprocess_communicate_utf8(process, NULL, NULL, &output, NULL, error))
		return FALSE;
	if (g_subprocess_get_successful(process))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s made no image: %s", program,
		    g_strchomp(output));
	return FALSE;
}
