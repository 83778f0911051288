/* oriel doctor: what keeps machines from running here, why, and what to do. */
#include <gio/gio.h>
#include <stdio.h>
#include <unistd.h>

#include "vm/cmd.h"
#include "vm/config/config.h"
#include "vm/doctor/mend.h"
#include "vm/doctor/report.h"

struct options {
	gboolean all, json, fix, yes, time;
	char *sysroot; /* NULL: this computer */
	char *file;    /* NULL: the computer in general */
};

/* NULL: there is none. */
static const char *find_contradiction(const struct options *self, int argc)
{
	if (argc > 2)
		return "one file at most: oriel doctor win11.yaml";
	if (self->yes && !self->fix)
		return "--yes goes with --fix";
	if (self->fix && self->json)
		return "--fix talks to a person, --json to a program: one of them";
	if (self->fix && self->sysroot)
		return "--fix is for this computer, --sysroot looks at another";
	return NULL;
}

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "all", 'a', 0, G_OPTION_ARG_NONE, &self->all,
		  "Show what was read of good ones too", NULL },
		{ "fix", 0, 0, G_OPTION_ARG_NONE, &self->fix,
		  "Show what this command can do about it, and ask", NULL },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &self->json, "For programs", NULL },
		{ "sysroot", 0, 0, G_OPTION_ARG_FILENAME, &self->sysroot,
		  "Another computer, of which files lie below DIR", "DIR" },
		{ "time", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &self->time,
		  "Show how long it took", NULL },
		{ "yes", 'y', 0, G_OPTION_ARG_NONE, &self->yes, "With --fix: ask nobody", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext)
		context = g_option_context_new("[FILE.yaml] - what keeps machines from running");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(
		context, "With a machine's file it looks at what that machine "
			 "needs, else at this computer\nin general. It reads, and "
			 "changes nothing without --fix. oriel-doctor(1) lists\nthe "
			 "checks.\n");
	g_set_prgname("oriel doctor");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	self->file = argv[1];
	const char *wrong = find_contradiction(self, argc);
	if (wrong)
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s", wrong);
	return !wrong;
}

static gboolean wants_colour(void)
{
	const char *no = g_getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no && *no);
}

static void print(const struct options *options, const struct report *report)
{
	g_autofree char *text = options->json ? report_json(report)
					      : report_text(report, options->all, wants_colour());

	printf(options->json ? "%s\n" : "%s", text);
	if (options->time)
		fprintf(stderr, "oriel doctor: %u ms: KVM %u, QEMU %u more\n", report->milliseconds,
			report->patient->answers.kvm_ms, report->patient->answers.qemu_ms);
}

static unsigned mend(const struct options *options, const struct report *report)
{
	g_autofree char *folder = g_build_filename(g_get_user_state_dir(), "oriel", "fixes", NULL);
	struct mend mend = { .in = stdin,
			     .out = stdout,
			     .yes = options->yes,
			     .folder = folder,
			     .pkexec = report->patient->answers.pkexec };

	return mend_all(&mend, report);
}

static int visit(const struct options *options, const struct vm *vm)
{
	struct answers answers;
	struct patient patient;
	struct report report;

	if (options->sysroot)
		answers_guess(&answers, options->sysroot);
	else
		answers_ask(&answers, vm ? vm->input.evdev : NULL);
	patient_init(&patient, options->sysroot ? options->sysroot : "", vm, &answers);
	report_init(&report, &patient);
	print(options, &report);
	unsigned failed = options->fix ? mend(options, &report) : 0;
	int status = report.counts[VERDICT_FAIL] || failed ? 1 : 0;
	report_finish(&report);
	patient_finish(&patient);
	return status;
}

int cmd_doctor(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GError) error = NULL;

	if (!parse(&options, argc, argv, &error)) {
		fprintf(stderr, "oriel doctor: %s\n", error->message);
		return 2;
	}
	struct vm *vm = options.file ? config_load(options.file, &error) : NULL;
	if (error) {
		fprintf(stderr, "%s\n", error->message);
		return 1;
	}
	int status = visit(&options, vm);
	config_free(vm);
	g_free(options.sysroot);
	return status;
}
