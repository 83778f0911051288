/* oriel down: asks a machine to shut down, or takes its power. */
#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "qemu/qmp.h"
#include "vm/cmd.h"
#include "vm/run/leftovers.h"
#include "vm/run/register.h"
#include "vm/run/teller.h"

#define PATIENCE_S     60
#define PATIENCE_MAX_S 3600
#define FORCE_S        10 /* for QEMU to quit and its keeper to clear up */

struct options {
	gboolean force, clean;
	int wait; /* -1: the default */
	char *word;
};

G_GNUC_PRINTF(2, 3)
static void say(const char *what, const char *format, ...)
{
	struct teller teller = { 0 };
	va_list args;

	va_start(args, format);
	g_autofree char *how = g_strdup_vprintf(format, args);
	va_end(args);
	teller_say(&teller, what, how);
}

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "force", 'f', 0, G_OPTION_ARG_NONE, &self->force,
		  "Take its power; with --wait only after that", NULL },
		{ "wait", 'w', 0, G_OPTION_ARG_INT, &self->wait, "For the guest to shut down (60)",
		  "SECONDS" },
		{ "clean", 0, 0, G_OPTION_ARG_NONE, &self->clean,
		  "Only clear up what a killed one left behind", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext)
		context = g_option_context_new("NAME|FILE.yaml - shut a machine down");

	g_option_context_add_main_entries(context, entries, NULL);
	g_set_prgname("oriel down");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc != 2 || self->wait == 0 || self->wait < -1 || self->wait > PATIENCE_MAX_S) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    argc != 2 ? "one machine is needed: oriel down win11"
				      : "--wait: there may be 1 to 3600 seconds");
		return FALSE;
	}
	self->word = argv[1];
	return TRUE;
}

/* ---- waiting for its keeper, which ends when all is cleared up ---- */

static gboolean await_end(int keeper, int seconds)
{
	struct pollfd end = { .fd = keeper, .events = POLLIN };

	return poll(&end, 1, seconds * 1000) == 1;
}

/* ---- asking ---- */

static gboolean ask(const struct record *record, const char *command, GError **error)
{
	g_autofree char *path = register_file(record->name, "qmp");
	struct qmp *qmp = qmp_connect(path, QMP_PATIENCE_MS, error);
	g_autoptr(JsonNode) status = qmp ? qmp_call(qmp, "query-status", NULL, NULL) : NULL;
	const char *state = qmp_text(qmp_as_object(status), "status");

	if (g_strcmp0(state, "paused") == 0) { /* it would hear nothing */
		g_autoptr(JsonNode) goes_on = qmp_call(qmp, "cont", NULL, NULL);
	}
	g_autoptr(JsonNode) value = qmp ? qmp_call(qmp, command, NULL, error) : NULL;
	qmp_destroy(qmp);
	return value != NULL;
}

static gboolean await_counting(const char *name, int keeper, int seconds)
{
	struct teller teller = { 0 };
	gboolean ended = FALSE;

	for (int left = seconds; left && !ended; left--) {
		g_autofree char *line = g_strdup_printf(
			"  %s: asked to shut down; %d s left; Ctrl-C leaves it alone", name, left);
		teller_count(&teller, line);
		ended = await_end(keeper, 1);
	}
	teller_wipe(&teller);
	return ended;
}

static gboolean ask_down(const struct record *record, int keeper, int seconds, GError **error)
{
	if (!ask(record, "system_powerdown", error))
		return FALSE;
	say(record->name, "was asked to shut down; it has %d s", seconds);
	if (await_counting(record->name, keeper, seconds))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
		    "%s still runs after %d s; oriel down --force %s takes its power", record->name,
		    seconds, record->name);
	return FALSE;
}

/* Whatever still stands in the way, nothing outlives the keeper. */
static gboolean cut(const struct record *record, int keeper, GError **error)
{
	if (ask(record, "quit", NULL) && await_end(keeper, FORCE_S))
		return TRUE;
	syscall(SYS_pidfd_send_signal, keeper, SIGKILL, NULL, 0);
	if (!await_end(keeper, FORCE_S)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
			    "%s (process %d) cannot be killed; the kernel holds it", record->name,
			    record->pid);
		return FALSE;
	}
	return leftovers_clear(record->name, error);
}

static gboolean end(const struct options *options, const struct record *record, int keeper,
		    GError **error)
{
	int seconds = options->wait > 0 ? options->wait : options->force ? 0 : PATIENCE_S;
	g_autoptr(GError) why = NULL;

	if (seconds && ask_down(record, keeper, seconds, &why))
		return TRUE;
	if (options->force)
		return cut(record, keeper, error);
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

/* ---- all of it ---- */

static gboolean clear_up(const struct options *options, const char *name, GError **error)
{
	if (!leftovers_found(name)) {
		g_autofree char *file = options->clean ? NULL : register_find(options->word, error);
		if (file)
			say(name, "does not run");
		return file || options->clean;
	}
	if (!leftovers_clear(name, error))
		return FALSE;
	say(name, "was killed; what it left behind is removed");
	return TRUE;
}

static gboolean down(const struct options *options, GError **error)
{
	g_autofree char *name = register_name(options->word, error);
	struct record *record = name ? record_read(name) : NULL;

	if (!record)
		return name && clear_up(options, name, error);
	if (options->clean && !register_is_ending(name)) { /* there is nothing to clear up */
		record_free(record);
		return TRUE;
	}
	int keeper = record_open(record);
	if (keeper < 0) { /* it has ended just now, or was killed */
		record_free(record);
		return clear_up(options, name, error);
	}
	gboolean done = end(options, record, keeper, error);
	close(keeper);
	if (done)
		say(record->name, "is down");
	record_free(record);
	return done;
}

int cmd_down(int argc, char **argv)
{
	struct options options = { .wait = -1 };
	g_autoptr(GError) error = NULL;

	if (!parse(&options, argc, argv, &error)) {
		fprintf(stderr, "oriel down: %s\n", error->message);
		return 2;
	}
	if (down(&options, &error))
		return 0;
	fprintf(stderr, "oriel down: %s\n", error->message);
	return 1;
}
