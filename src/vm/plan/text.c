#include "vm/plan/text.h"

#include "vm/words.h"

char *plan_command(char *const *words)
{
	GString *text = g_string_new(NULL);

	for (; *words; words++) {
		g_autofree char *word = words_for_shell(*words);
		g_string_append_printf(text, "%s%s", text->len ? " " : "", word);
	}
	return g_string_free(text, FALSE);
}

/* ---- lines, which end with their reasons ---- */

/* Words and their reason. At a terminal it has a column, below the words where they are too long,
 * and begins earlier where it is too long itself. */
static void append_line(GString *out, unsigned width, const char *words, const char *why)
{
	glong column = MAX((glong)width / 2, 40), length = 2 + g_utf8_strlen(words, -1);
	glong latest = (glong)width - 2 - g_utf8_strlen(why, -1);
	glong at = CLAMP(latest, 4, column);

	g_string_append_printf(out, "  %s", words);
	if (!width)
		g_string_append(out, "  ");
	else if (length + 2 <= at)
		g_string_append_printf(out, "%*s", (int)(at - length), "");
	else if (length + 2 <= latest)
		g_string_append(out, "  ");
	else
		g_string_append_printf(out, "\n%*s", (int)at, "");
	g_string_append_printf(out, "# %s\n", why);
}

/* ---- steps ---- */

static void append_step(GString *out, const struct step *step, unsigned width)
{
	static const char *const verbs[] = {
		[STEP_FOLDER] = "make the folder",
		[STEP_DISK] = "unless it exists, make",
		[STEP_COPY] = "unless it exists, copy to",
		[STEP_SERVE] = "run, and wait for",
	};
	g_autofree char *words = plan_command(step->words);

	if (step->kind == STEP_ROOT) {
		append_line(out, width, words, step->why);
		return;
	}
	g_autofree char *what = g_strdup_printf("%s %s", verbs[step->kind], step->path);
	append_line(out, width, what, step->why);
	if (step->kind == STEP_COPY)
		g_string_append_printf(out, "    from %s\n", words);
	else if (*words)
		g_string_append_printf(out, "    %s\n", words);
}

static void append_steps(GString *out, const struct plan *self, unsigned width)
{
	bool root = false;

	g_string_append(out, "before:\n");
	for (unsigned i = 0; i < self->steps->len; i++) {
		const struct step *step = self->steps->pdata[i];
		if (step->kind == STEP_QEMU)
			continue;
		if (step->kind == STEP_ROOT && !root)
			g_string_append(out, "as root, by oriel-helper, and undone at the end:\n");
		root = step->kind == STEP_ROOT;
		append_step(out, step, width);
	}
}

/* ---- QEMU's arguments ---- */

static void append_options(GString *out, const struct plan *self, const struct vm *vm,
			   unsigned width)
{
	g_string_append(out, "the machine:\n");
	for (unsigned i = 0; i < self->options->len; i++) {
		const struct plan_option *option = self->options->pdata[i];
		g_autofree char *words = g_strjoin(" ", option->name, option->value,
						   NULL); /* which may be none */
		append_line(out, width, words, option->why);
	}
	for (char **word = vm->qemu; *word; word++)
		append_line(out, width, *word, "from the file");
}

char *plan_text(const struct plan *self, const struct vm *vm, unsigned width)
{
	GString *out = g_string_new(NULL);

	append_steps(out, self, width);
	append_options(out, self, vm, width);
	return g_string_free(out, FALSE);
}
