#include "vm/init/setup.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "vm/init/cd.h"

/* ---- the image ---- */

static gboolean check_tools(const char *tools, GError **error)
{
	if (!tools || g_file_test(tools, G_FILE_TEST_IS_DIR))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY, "--tools %s: is no folder", tools);
	return FALSE;
}

static gboolean make_in(const char *folder, const struct answers *answers, const char *tools,
			const char *path, GError **error)
{
	g_autofree char *program = cd_program(error);
	g_autofree char *answer = g_build_filename(folder, "autounattend.xml", NULL);
	g_autofree char *script = g_build_filename(folder, "first-logon.cmd", NULL);
	g_autofree char *text = answers_write(answers);
	const struct cd_entry entries[] = {
		{ "autounattend.xml", answer },
		{ "oriel/first-logon.cmd", script },
		{ tools ? "oriel" : NULL, tools },
		{ NULL, NULL },
	};
	gboolean made = program && g_file_set_contents(answer, text, -1, error) &&
			g_file_set_contents(script, answers_first_logon, -1, error) &&
			cd_make(program, entries, "ORIEL_SETUP", path, error);

	g_unlink(answer);
	g_unlink(script);
	return made;
}

gboolean setup_make(const struct answers *answers, const char *tools, const char *path,
		    GError **error)
{
	g_autofree char *folder = check_tools(tools, error)
					  ? g_dir_make_tmp("oriel-setup-XXXXXX", error)
					  : NULL;
	gboolean made = folder && make_in(folder, answers, tools, path, error);

	if (folder)
		g_rmdir(folder);
	return made;
}

/* ---- secrets ---- */

static char *read_line(FILE *from, const char *what, GError **error)
{
	char line[256];

	if (fgets(line, sizeof(line), from))
		return g_strdup(g_strchomp(line));
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_CLOSED, "no %s was given", what);
	return NULL;
}

static char *ask_unseen(const char *question, const char *what, GError **error)
{
	struct termios seen, unseen;

	tcgetattr(STDIN_FILENO, &seen);
	unseen = seen;
	unseen.c_lflag &= ~(tcflag_t)ECHO;
	fputs(question, stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
	char *line = read_line(stdin, what, error);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &seen);
	fputc('\n', stderr);
	return line;
}

char *setup_ask_password(const char *user, GError **error)
{
	static const char password[] = "password";

	if (!isatty(STDIN_FILENO))
		return read_line(stdin, password, error);
	g_autofree char *question = g_strdup_printf("Password of %s in Windows: ", user);
	g_autofree char *first = ask_unseen(question, password, error);
	g_autofree char *second = first ? ask_unseen("Once more: ", password, error) : NULL;
	if (!second)
		return NULL;
	if (strcmp(first, second) == 0)
		return g_steal_pointer(&first);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the two are not the same");
	return NULL;
}

static char *read_file(const char *path, const char *what, GError **error)
{
	FILE *file = fopen(path, "re");
	char *line = file ? read_line(file, what, error) : NULL;

	if (!file)
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path,
			    g_strerror(errno));
	else
		fclose(file);
	return line;
}

char *setup_read_key(const char *file, GError **error)
{
	static const char key[] = "product key";

	if (strcmp(file, "-") != 0)
		return read_file(file, key, error);
	return isatty(STDIN_FILENO) ? ask_unseen("Product key: ", key, error)
				    : read_line(stdin, key, error);
}
