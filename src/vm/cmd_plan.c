/* oriel plan: what would be done for a machine, and why. Changes nothing. */
#include <gio/gio.h>
#include <stdio.h>

#include "vm/cmd.h"
#include "vm/config/config.h"
#include "vm/host/facts.h"
#include "vm/plan/plan.h"
#include "vm/words.h"

struct options {
	gboolean qemu;
	char *file;
};

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "qemu", 'q', 0, G_OPTION_ARG_NONE, &self->qemu,
		  "Only QEMU's command, as a shell takes it", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext)
		context = g_option_context_new("FILE.yaml - what would be done for a machine");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(context, "It looks at this computer and changes nothing. "
						  "oriel.yaml(5) says what FILE may have.\n");
	g_set_prgname("oriel plan");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc != 2) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "one file is needed: oriel plan win11.yaml");
		return FALSE;
	}
	self->file = argv[1];
	return TRUE;
}

/* ---- the steps ---- */

static char *join_quoted(char *const *words)
{
	GString *text = g_string_new(NULL);

	for (; *words; words++) {
		g_autofree char *word = words_for_shell(*words);
		g_string_append_printf(text, "%s%s", text->len ? " " : "", word);
	}
	return g_string_free(text, FALSE);
}

static void print_step(const struct step *step)
{
	static const char *const verbs[] = {
		[STEP_FOLDER] = "make the folder",         [STEP_DISK] = "unless it exists, make",
		[STEP_COPY] = "unless it exists, copy to", [STEP_ROOT] = "as root,",
		[STEP_SERVE] = "run, and wait for",
	};
	g_autofree char *words = join_quoted(step->words);

	if (step->kind == STEP_ROOT) {
		printf("  %s %s  # %s\n", verbs[step->kind], words, step->why);
		return;
	}
	printf("  %s %s  # %s\n", verbs[step->kind], step->path, step->why);
	if (step->kind == STEP_COPY)
		printf("    from %s\n", words);
	else if (*words)
		printf("    %s\n", words);
}

static void print_steps(const struct plan *plan)
{
	printf("before:\n");
	for (unsigned i = 0; i < plan->steps->len; i++) {
		const struct step *step = plan->steps->pdata[i];
		if (step->kind != STEP_QEMU)
			print_step(step);
	}
}

static void print_options(const struct plan *plan, const struct vm *vm)
{
	printf("the machine:\n");
	for (unsigned i = 0; i < plan->options->len; i++) {
		const struct plan_option *option = plan->options->pdata[i];
		printf("  %s%s%s  # %s\n", option->name, option->value ? " " : "",
		       option->value ? option->value : "", option->why);
	}
	for (char **word = vm->qemu; *word; word++)
		printf("  %s  # from the file\n", *word);
}

static void print_notes(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->notes->len; i++)
		fprintf(stderr, "oriel: note: %s\n", (char *)plan->notes->pdata[i]);
}

static void print_plan(const struct options *options, const struct plan *plan, const struct vm *vm)
{
	const struct step *last = plan->steps->pdata[plan->steps->len - 1];

	if (options->qemu) {
		g_autofree char *command = join_quoted(last->words);
		printf("%s\n", command);
	} else {
		print_steps(plan);
		print_options(plan, vm);
	}
	print_notes(plan);
}

int cmd_plan(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GError) error = NULL;

	if (!parse(&options, argc, argv, &error)) {
		fprintf(stderr, "oriel plan: %s\n", error->message);
		return 2;
	}
	struct vm *vm = config_load(options.file, &error);
	struct facts *facts = vm ? host_facts("", vm) : NULL;
	struct plan *plan = vm ? plan_make(vm, facts, &error) : NULL;
	if (plan)
		print_plan(&options, plan, vm);
	else
		fprintf(stderr, vm ? "oriel plan: %s\n" : "%s\n", error->message);
	plan_free(plan);
	host_facts_free(facts);
	config_free(vm);
	return plan ? 0 : 1;
}
