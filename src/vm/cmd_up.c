/* oriel up: a machine from its file to its end. */
#include <gio/gio.h>
#include <stdio.h>
#include <unistd.h>

#include "vm/cmd.h"
#include "vm/config/config.h"
#include "vm/host/facts.h"
#include "vm/paths.h"
#include "vm/plan/plan.h"
#include "vm/run/front.h"
#include "vm/run/keeper.h"
#include "vm/run/register.h"
#include "vm/run/unit.h"
#include "vm/run/uses.h"

#define PATIENCE_S     60
#define PATIENCE_MAX_S 3600

struct options {
	gboolean detach, emulate, no_view, no_unit, times, keeper;
	int wait;
	char *word; /* file or name */
};

static gboolean check(struct options *self, int argc, char **argv, GError **error)
{
	if (argc != 2)
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "one machine is needed: oriel up win11.yaml");
	else if (self->wait < 1 || self->wait > PATIENCE_MAX_S)
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "--wait %d: there may be 1 to %d seconds", self->wait, PATIENCE_MAX_S);
	else
		self->word = argv[1];
	return self->word != NULL;
}

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "detach", 'd', 0, G_OPTION_ARG_NONE, &self->detach, "Return once it runs", NULL },
		{ "no-view", 0, 0, G_OPTION_ARG_NONE, &self->no_view, "Open no window", NULL },
		{ "wait", 'w', 0, G_OPTION_ARG_INT, &self->wait,
		  "For a guest that was asked to shut down (60)", "SECONDS" },
		{ "emulate", 0, 0, G_OPTION_ARG_NONE, &self->emulate, "Without KVM, far slower",
		  NULL },
		{ "no-unit", 0, 0, G_OPTION_ARG_NONE, &self->no_unit, "Not as a service of systemd",
		  NULL },
		{ "time", 't', 0, G_OPTION_ARG_NONE, &self->times, "Say what starting cost", NULL },
		{ "keeper", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &self->keeper, NULL, NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new("FILE.yaml|NAME - run a machine");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(
		context, "Ctrl-C asks the guest to shut down. oriel plan says what would be done, "
			 "and why;\noriel.yaml(5) what FILE may have.\n");
	g_set_prgname("oriel up");
	return g_option_context_parse(context, &argc, &argv, error) &&
	       check(self, argc, argv, error);
}

/* ---- this process keeps it ---- */

/* Monotonic; this program's start is known by the tick, 10 ms mostly. */
static gint64 started_us(void)
{
	g_autofree char *text = NULL;
	gint64 now = g_get_monotonic_time();
	struct timespec boot;

	if (!g_file_get_contents("/proc/self/stat", &text, NULL, NULL))
		return now;
	const char *field = strrchr(text, ')');
	for (int i = 0; field && i < 20; i++)
		field = strchr(field + 1, ' ');
	clock_gettime(CLOCK_BOOTTIME, &boot);
	gint64 ticks = field ? g_ascii_strtoll(field, NULL, 10) : 0;
	gint64 since = boot.tv_sec * G_USEC_PER_SEC + boot.tv_nsec / 1000 -
		       ticks * (G_USEC_PER_SEC / sysconf(_SC_CLK_TCK));
	return since > 0 && since < 60 * G_USEC_PER_SEC ? now - since : now;
}

static int keep(const struct options *options, const struct vm *vm, const struct plan *plan,
		const char *file)
{
	g_autofree char *view = path_of_program("oriel-view");
	gboolean open = vm->display.open && vm->display.kind != VM_DISPLAY_NONE &&
			!options->no_view;
	const struct keeper_params params = {
		.vm = vm,
		.plan = plan,
		.file = file,
		.view = !open  ? NULL
			: view ? view
			       : "oriel-view",
		.patience_s = (unsigned)options->wait,
		.began_us = started_us(),
		.times = options->times,
		.detached = options->detach,
		.report = options->keeper ? STDOUT_FILENO : -1,
	};

	int status = keeper_run(&params);
	if (options->keeper)
		dprintf(STDOUT_FILENO, "ended %d\n", status);
	return status;
}

static int plan_and_keep(const struct options *options, const struct vm *vm, const char *file)
{
	g_autoptr(GError) error = NULL;
	struct facts *facts = host_facts("", vm);

	uses_mark(facts, vm->name);
	if (options->emulate && !facts->kvm)
		facts->kvm = g_strdup("as asked by --emulate");
	struct plan *plan = plan_make(vm, facts, &error);
	int status = plan ? keep(options, vm, plan, file) : 1;
	if (!plan)
		fprintf(stderr, "oriel up: %s\n", error->message);
	plan_free(plan);
	host_facts_free(facts);
	return status;
}

/* ---- another one does ---- */

static int send_ahead(const struct options *options, const struct vm *vm, const char *file,
		      gboolean unit)
{
	g_autofree char *oriel = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *wait = g_strdup_printf("--wait=%d", options->wait);
	const struct {
		gboolean on;
		const char *word;
	} words[] = { { TRUE, oriel },
		      { TRUE, "up" },
		      { TRUE, "--keeper" },
		      { TRUE, wait },
		      { options->detach, "--detach" },
		      { options->emulate, "--emulate" },
		      { options->no_view, "--no-view" },
		      { options->times, "--time" },
		      { TRUE, file } };
	g_autoptr(GPtrArray) argv = g_ptr_array_new();

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (words[i].on)
			g_ptr_array_add(argv, (char *)words[i].word);
	g_ptr_array_add(argv, NULL);
	const struct front_params params = { vm, (char *const *)argv->pdata, oriel, options->detach,
					     unit };
	return front_run(&params);
}

static int run(const struct options *options, const struct vm *vm, const char *file)
{
	gboolean unit = !options->keeper && !options->no_unit && unit_possible();

	if (!options->keeper && (unit || options->detach))
		return send_ahead(options, vm, file, unit);
	return plan_and_keep(options, vm, file);
}

int cmd_up(int argc, char **argv)
{
	struct options options = { .wait = PATIENCE_S };
	g_autoptr(GError) error = NULL;

	if (!parse(&options, argc, argv, &error)) {
		fprintf(stderr, "oriel up: %s\n", error->message);
		return 2;
	}
	g_autofree char *file = register_find(options.word, &error);
	if (!file) {
		fprintf(stderr, "oriel up: %s\n", error->message);
		return 1;
	}
	struct vm *vm = config_load(file, &error);
	if (!vm)
		fprintf(stderr, "%s\n", error->message);
	int status = vm ? run(&options, vm, file) : 1;
	config_free(vm);
	return status;
}
