/* oriel gpu: this computer's GPUs, what each is good for, and which of them machines may have. */
#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vm/cmd.h"
#include "vm/gpu/gpu.h"
#include "vm/host/allowed.h"
#include "vm/host/devices.h"
#include "vm/paths.h"
#include "vm/plan/devices.h"
#include "vm/plan/group.h"
#include "vm/run/agent.h"

struct options {
	gboolean json;
	char *sysroot;
	char **words; /* behind the options */
};

static const char summary[] =
	"Without an ADDRESS it lists all GPUs and what each is good for; with some, such\n"
	"as 01:00.0, all of those, be they GPUs or not. Else:\n"
	"  allow ADDRESS...   machines may have these, each with what else is in its slot\n"
	"                     or group; the name of a network interface lets them share\n"
	"                     that. Asks for an administrator\n"
	"  forbid ADDRESS...  no longer\n";

static gboolean parse(struct options *self, int *argc, char ***argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "json", 'j', 0, G_OPTION_ARG_NONE, &self->json, "For programs", NULL },
		{ "sysroot", 0, 0, G_OPTION_ARG_FILENAME, &self->sysroot,
		  "Look for /sys, /usr and /etc below DIR", "DIR" },
		{ NULL },
	};
	g_autoptr(GOptionContext)
		context = g_option_context_new("[allow|forbid] [ADDRESS...] - GPUs");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(context, summary);
	g_set_prgname("oriel gpu");
	if (!g_option_context_parse(context, argc, argv, error))
		return FALSE;
	if (!self->sysroot)
		self->sysroot = g_strdup("");
	self->words = *argv + 1;
	return TRUE;
}

static int fail(int status, const char *message)
{
	fprintf(stderr, "oriel gpu: %s\n", message);
	return status;
}

/* NULL: `error` says what is wrong with the word. */
static const struct facts_device *find(const struct facts *facts, const char *word, GError **error)
{
	struct pci_address address;

	if (!pci_address_parse(word, &address)) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "%s: want an address such as 01:00.0, allow or forbid", word);
		return NULL;
	}
	const struct facts_device *device = device_at(facts, &address);
	if (!device)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "%s: there is no such device; oriel gpu lists the GPUs", word);
	return device;
}

/* ---- showing ---- */

static GPtrArray *find_all(const struct facts *facts, char **words, GError **error)
{
	g_autoptr(GPtrArray) devices = g_ptr_array_new();

	for (; *words; words++) {
		const struct facts_device *device = find(facts, *words, error);
		if (!device)
			return NULL;
		g_ptr_array_add(devices, (gpointer)device);
	}
	return g_steal_pointer(&devices);
}

static void print_all(const struct gpu_view *view, const struct options *options,
		      const GPtrArray *devices)
{
	if (options->json) {
		g_autofree char *text = gpu_json(view, devices);
		printf("%s\n", text);
		return;
	}
	if (!*options->words) {
		g_autofree char *text = gpu_table(view, devices);
		fputs(text, stdout);
	}
	for (unsigned i = 0; i < devices->len && *options->words; i++) {
		g_autofree char *text = gpu_details(view, devices->pdata[i]);
		printf("%s%s", i ? "\n" : "", text);
	}
}

static int show(const struct options *options, const struct facts *facts)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) devices = *options->words ? find_all(facts, options->words, &error)
						       : gpu_all(facts);
	if (!devices)
		return fail(error->domain == G_OPTION_ERROR ? 2 : 1, error->message);
	struct names *names = names_load(options->sysroot);
	g_autofree char *allowed = allowed_load(options->sysroot);
	struct gpu_view view = { facts, names, allowed };
	print_all(&view, options, devices);
	names_free(names);
	return 0;
}

/* ---- allowing ---- */

/* Whoever has a device has its slot and its group: root should see all that is allowed by it. */
static void add_whole(GPtrArray *words, const struct facts *facts,
		      const struct facts_device *device)
{
	g_autoptr(GPtrArray) whole = gpu_whole(facts, device);

	for (unsigned i = 0; i < whole->len; i++) {
		const struct facts_device *one = whole->pdata[i];
		char *address = g_malloc(PCI_ADDRESS_LENGTH);
		pci_address_format(one->is_vf ? &one->parent : &one->address, address);
		g_ptr_array_add(words, address);
	}
}

/* What is no address may be the name of a network interface: the helper knows. */
static gboolean add_words(GPtrArray *words, const struct facts *facts, char **given, GError **error)
{
	struct pci_address address;

	for (; *given; given++) {
		if (!pci_address_parse(*given, &address)) {
			g_ptr_array_add(words, g_strdup(*given));
			continue;
		}
		const struct facts_device *device = device_at(facts, &address);
		if (device)
			add_whole(words, facts, device);
		else if (!find(facts, *given, error))
			return FALSE;
	}
	return TRUE;
}

static int run_helper(GPtrArray *words)
{
	g_autoptr(GError) error = NULL;

	g_ptr_array_add(words, NULL);
	g_autofree char *said = g_strjoinv(" ", (char **)words->pdata);
	fprintf(stderr, "as root: %s\n", said);
	struct agent *agent = agent_start(getpid());
	g_autoptr(GSubprocess) process = g_subprocess_newv(
		(const char *const *)words->pdata, G_SUBPROCESS_FLAGS_STDIN_INHERIT, &error);
	if (process)
		g_subprocess_wait(process, NULL, NULL);
	agent_end(agent);
	if (!process)
		return fail(127, error->message);
	return g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process) : 1;
}

static int change(const struct options *options, const struct facts *facts)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	char *helper = path_of_program("oriel-helper");

	if (!options->words[1])
		return fail(2, "allow and forbid want addresses; oriel gpu lists the GPUs");
	if (geteuid() != 0)
		g_ptr_array_add(words, g_strdup("pkexec"));
	g_ptr_array_add(words, helper ? helper : g_strdup("oriel-helper"));
	g_ptr_array_add(words, g_strdup(options->words[0]));
	if (!add_words(words, facts, options->words + 1, &error))
		return fail(1, error->message);
	return run_helper(words);
}

int cmd_gpu(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GError) error = NULL;

	if (!parse(&options, &argc, &argv, &error))
		return fail(2, error->message);
	struct facts facts = { .devices = host_devices(options.sysroot) };
	bool changes = options.words[0] && (strcmp(options.words[0], "allow") == 0 ||
					    strcmp(options.words[0], "forbid") == 0);
	int status = changes ? change(&options, &facts) : show(&options, &facts);
	g_ptr_array_unref(facts.devices);
	g_free(options.sysroot);
	return status;
}
