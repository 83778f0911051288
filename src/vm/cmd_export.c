/* oriel export: a machine in the words of another program. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "vm/cmd.h"
#include "vm/config/config.h"
#include "vm/exchange/libvirt.h"
#include "vm/host/facts.h"

struct options {
	gboolean session;
	char *sysroot, *file;
};

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "session", 's', 0, G_OPTION_ARG_NONE, &self->session,
		  "For qemu:///session, not qemu:///system", NULL },
		{ "sysroot", 0, 0, G_OPTION_ARG_FILENAME, &self->sysroot,
		  "Look for /sys, /proc and /usr below DIR", "DIR" },
		{ NULL },
	};
	g_autoptr(GOptionContext)
		context = g_option_context_new("libvirt FILE.yaml - a machine for libvirt");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_summary(context,
				     "  libvirt  domain XML, for virsh define or virt-manager");
	g_option_context_set_description(context,
					 "What libvirt cannot be told, or only through QEMU's "
					 "command line, is listed on\nstandard error.\n");
	g_set_prgname("oriel export");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc != 3 || strcmp(argv[1], "libvirt") != 0) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "say what for and which: oriel export libvirt win11.yaml");
		return FALSE;
	}
	self->file = argv[2];
	return TRUE;
}

static void print(const struct options *options, const struct vm *vm, const struct plan *plan,
		  const struct facts *facts)
{
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *xml = libvirt_write(
		vm, plan, facts, options->session ? LIBVIRT_SESSION : LIBVIRT_SYSTEM, notes);

	printf("%s", xml);
	for (unsigned i = 0; i < notes->len; i++)
		fprintf(stderr, "oriel: note: %s\n", (char *)notes->pdata[i]);
}

int cmd_export(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GError) error = NULL;

	if (!parse(&options, argc, argv, &error)) {
		fprintf(stderr, "oriel export: %s\n", error->message);
		return 2;
	}
	struct vm *vm = config_load(options.file, &error);
	struct facts *facts = vm ? host_facts(options.sysroot ? options.sysroot : "", vm) : NULL;
	struct plan *plan = vm ? plan_make(vm, facts, &error) : NULL;
	if (plan)
		print(&options, vm, plan, facts);
	else
		fprintf(stderr, vm ? "oriel export: %s\n" : "%s\n", error->message);
	plan_free(plan);
	host_facts_free(facts);
	config_free(vm);
	g_free(options.sysroot);
	return plan ? 0 : 1;
}
