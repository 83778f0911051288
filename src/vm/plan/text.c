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

static void append_step(GString *out, const struct step *step)
{
	static const char *const verbs[] = {
		[STEP_FOLDER] = "make the folder",
		[STEP_DISK] = "unless it exists, make",
		[STEP_COPY] = "unless it exists, copy to",
		[STEP_SERVE] = "run, and wait for",
	};
	g_autofree char *words = plan_command(step->words);

	if (step->kind == STEP_ROOT) {
		g_string_append_printf(out, "  %s  # %s\n", words, step->why);
		return;
	}
	g_string_append_printf(out, "  %s %s  # %s\n", verbs[step->kind], step->path, step->why);
	if (step->kind == STEP_COPY)
		g_string_append_printf(out, "    from %s\n", words);
	else if (*words)
		g_string_append_printf(out, "    %s\n", words);
}

static void append_steps(GString *out, const struct plan *self)
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
		append_step(out, step);
	}
}

static void append_options(GString *out, const struct plan *self, const struct vm *vm)
{
	g_string_append(out, "the machine:\n");
	for (unsigned i = 0; i < self->options->len; i++) {
		const struct plan_option *option = self->options->pdata[i];
		g_string_append_printf(out, "  %s%s%s  # %s\n", option->name,
				       option->value ? " " : "", option->value ? option->value : "",
				       option->why);
	}
	for (char **word = vm->qemu; *word; word++)
		g_string_append_printf(out, "  %s  # from the file\n", *word);
}

char *plan_text(const struct plan *self, const struct vm *vm)
{
	GString *out = g_string_new(NULL);

	append_steps(out, self);
	append_options(out, self, vm);
	return g_string_free(out, FALSE);
}
