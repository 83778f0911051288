#include "vm/doctor/mend.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "vm/words.h"

static char *shown(const char *before, char *const *words)
{
	GString *text = g_string_new(before);

	for (; *words; words++) {
		g_autofree char *word = words_for_shell(*words);
		g_string_append_printf(text, "%s%s", text->len ? " " : "", word);
	}
	return g_string_free(text, FALSE);
}

static bool is_wanted(const struct mend *self)
{
	char line[16];

	if (self->yes)
		return true;
	fprintf(self->out, "  Do it? [y/N] ");
	fflush(self->out);
	bool yes = fgets(line, sizeof(line), self->in) && g_ascii_tolower(*line) == 'y';
	if (feof(self->in))
		fprintf(self->out, "\n");
	return yes;
}

static bool run(const struct mend *self, char *const *words)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GSubprocess) process = g_subprocess_newv(
		(const char *const *)words, G_SUBPROCESS_FLAGS_STDIN_INHERIT, &error);

	if (process && g_subprocess_wait_check(process, NULL, &error)) {
		fprintf(self->out, "  Done.\n");
		return true;
	}
	fprintf(self->out, "  That failed: %s\n", error->message);
	return false;
}

static bool mend_by_command(const struct mend *self, const struct fix *fix)
{
	g_autofree char *text = shown("", fix->words);

	fprintf(self->out, "  %s\n", text);
	return !is_wanted(self) || run(self, fix->words);
}

static bool mend_as_root(const struct mend *self, const struct fix *fix)
{
	g_autofree char *text = shown(self->pkexec ? "pkexec" : "sudo", fix->words);
	g_autoptr(GPtrArray) words = g_ptr_array_new();

	fprintf(self->out, "  %s\n", text);
	if (!self->pkexec) {
		fprintf(self->out, "  There is no pkexec: type that yourself.\n");
		return true;
	}
	if (!is_wanted(self))
		return true;
	g_ptr_array_add(words, (char *)self->pkexec);
	for (char **word = fix->words; *word; word++)
		g_ptr_array_add(words, *word);
	g_ptr_array_add(words, NULL);
	return run(self, (char **)words->pdata);
}

/* Rules of the whole computer are for a person to put in their place. */
static bool mend_by_file(const struct mend *self, const struct fix *fix)
{
	g_autofree char *name = g_path_get_basename(fix->path);
	g_autofree char *path = g_build_filename(self->folder, name, NULL);
	const char *const words[] = { "install", "-D", "-m", "644", path, fix->path, NULL };
	g_autofree char *install = shown("sudo", (char *const *)words);
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) lines = g_strsplit(fix->content, "\n", -1);

	fprintf(self->out, "  write %s:\n", path);
	for (char **line = lines; *line && **line; line++)
		fprintf(self->out, "    %s\n", *line);
	if (!is_wanted(self))
		return true;
	if (g_mkdir_with_parents(self->folder, 0700) != 0 ||
	    !g_file_set_contents(path, fix->content, -1, &error)) {
		fprintf(self->out, "  That failed: %s: %s\n", path,
			error ? error->message : "no folder");
		return false;
	}
	fprintf(self->out, "  Written. To put it in its place:\n  %s\n", install);
	return true;
}

static bool (*const menders[])(const struct mend *self, const struct fix *fix) = {
	[FIX_RUN] = mend_by_command, [FIX_ROOT] = mend_as_root, [FIX_FILE] = mend_by_file
};

unsigned mend_all(const struct mend *self, const struct report *report)
{
	unsigned failed = 0, count = 0;

	for (unsigned i = 0; i < DOCTOR_ROWS; i++) {
		const GPtrArray *fixes = report->findings[i].fixes;
		for (unsigned f = 0; f < fixes->len; f++, count++) {
			const struct fix *fix = fixes->pdata[f];
			fprintf(self->out, "\n%s: %s\n", doctor_rows[i].title, fix->title);
			failed += !menders[fix->kind](self, fix);
		}
	}
	fprintf(self->out, count ? "\nLook again: oriel doctor\n"
				 : "\nThere is nothing here that this command could do.\n");
	return failed;
}
