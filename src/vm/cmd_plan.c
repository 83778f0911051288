/* oriel plan: what would be done for a machine, and why. Changes nothing. */
#include <gio/gio.h>
#include <stdio.h>
#include <unistd.h>

#include "vm/cmd.h"
#include "vm/config/config.h"
#include "vm/host/facts.h"
#include "vm/plan/plan.h"
#include "vm/plan/text.h"
#include "vm/run/register.h"
#include "vm/run/teller.h"
#include "vm/run/uses.h"

struct options {
	gboolean qemu;
	char *sysroot, *file;
};

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "qemu", 'q', 0, G_OPTION_ARG_NONE, &self->qemu,
		  "Only QEMU's command, as a shell takes it", NULL },
		{ "sysroot", 0, 0, G_OPTION_ARG_FILENAME, &self->sysroot,
		  "Look for /sys and /proc below DIR", "DIR" },
		{ NULL },
	};
	g_autoptr(GOptionContext)
		context = g_option_context_new("FILE.yaml|NAME - what would be done for a machine");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(context, "It looks at this computer and changes nothing. "
						  "oriel.yaml(5) says what FILE\nmay have.\n");
	g_set_prgname("oriel plan");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc != 2) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "one machine is needed: oriel plan win11.yaml");
		return FALSE;
	}
	self->file = argv[1];
	return TRUE;
}

static void print_notes(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->notes->len; i++)
		fprintf(stderr, "oriel: note: %s\n", (char *)plan->notes->pdata[i]);
}

static void print_plan(const struct options *options, const struct plan *plan, const struct vm *vm)
{
	const struct step *last = plan->steps->pdata[plan->steps->len - 1];
	g_autofree char *text = options->qemu ? plan_command(last->words)
					      : plan_text(plan, vm, teller_width(STDOUT_FILENO));

	printf("%s%s", text, options->qemu ? "\n" : "");
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
	gboolean there = g_file_test(options.file, G_FILE_TEST_EXISTS);
	g_autofree char *file = there ? g_strdup(options.file)
				      : register_find(options.file, &error);
	struct vm *vm = file ? config_load(file, &error) : NULL;
	struct facts *facts = vm ? host_facts(options.sysroot ? options.sysroot : "", vm) : NULL;
	if (facts && !options.sysroot)
		uses_mark(facts, vm->name);
	struct plan *plan = vm ? plan_make(vm, facts, &error) : NULL;
	if (plan)
		print_plan(&options, plan, vm);
	else
		fprintf(stderr, file && !vm ? "%s\n" : "oriel plan: %s\n", error->message);
	plan_free(plan);
	host_facts_free(facts);
	config_free(vm);
	g_free(options.sysroot);
	return plan ? 0 : 1;
}
