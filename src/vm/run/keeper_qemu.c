/* QEMU: its start, its monitor, its end. */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vm/run/child.h"
#include "vm/run/complaint.h"
#include "vm/run/keeper_impl.h"
#include "vm/run/program.h"

#define WHO        "QEMU"
#define MONITOR_FD 29   /* as QEMU sees it; steps have those from 30 on */
#define READY_S    300  /* huge pages of a large guest take a while */
#define LINGER_MS  5000 /* from hanging up to its end */

/* ---- what it says ---- */

static void on_shutdown(struct keeper *self, JsonObject *body)
{
	g_free(self->reason);
	self->reason = g_strdup(qmp_text(body, "reason"));
}

static void on_stop(struct keeper *self, JsonObject *body)
{
	(void)body;
	self->paused = true;
}

static void on_resume(struct keeper *self, JsonObject *body)
{
	(void)body;
	self->paused = false;
}

static void on_disk_error(struct keeper *self, JsonObject *body)
{
	const char *node = qmp_text(body, "node-name"), *why = qmp_text(body, "reason");

	if (g_strcmp0(qmp_text(body, "action"), "stop") == 0)
		keeper_say(self, "a disk",
			   "failed (%s: %s), so the guest stands still; mend it, then "
			   "oriel resume %s",
			   node ? node : "?", why ? why : "?", self->name);
}

static void on_panic(struct keeper *self, JsonObject *body)
{
	(void)body;
	keeper_say(self, "the guest", "says that it has crashed");
}

static const struct {
	const char *name;
	void (*take)(struct keeper *self, JsonObject *body);
} events[] = {
	{ "SHUTDOWN", on_shutdown },    { "STOP", on_stop },
	{ "RESUME", on_resume },        { "BLOCK_IO_ERROR", on_disk_error },
	{ "GUEST_PANICKED", on_panic },
};

/* A guest can make QEMU say some of them as often as it likes. */
static bool is_noise(const char *name)
{
	return strcmp(name, "RTC_CHANGE") == 0 || g_str_has_prefix(name, "SPICE_") ||
	       g_str_has_prefix(name, "VSERPORT_") || strcmp(name, "NIC_RX_FILTER_CHANGED") == 0;
}

static void on_event(void *data, const char *name, JsonObject *body)
{
	struct keeper *self = data;

	if (!is_noise(name))
		journal_write(self->journal, "event", name);
	for (size_t i = 0; i < G_N_ELEMENTS(events); i++)
		if (strcmp(events[i].name, name) == 0)
			events[i].take(self, body);
}

static gboolean on_linger(gpointer data)
{
	struct keeper *self = data;

	self->mercy = 0;
	if (!self->ended) {
		keeper_say(self, WHO, "does not talk to us any more, and is ended");
		keeper_cut(self);
	}
	return G_SOURCE_REMOVE;
}

static void on_lost(void *data, const char *why)
{
	struct keeper *self = data;

	journal_write(self->journal, "monitor", why);
	if (!self->mercy)
		self->mercy = g_timeout_add(LINGER_MS, on_linger, self);
}

static void on_ready(void *data)
{
	((struct keeper *)data)->ready_us = g_get_monotonic_time();
}

/* ---- its start ---- */

static void on_end(GObject *source, GAsyncResult *result, gpointer data)
{
	struct keeper *self = data;

	g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
	self->ended = true;
}

/* A monitor of our own, by descriptor: it greets at once, and nobody else can take it. */
static char **command_line(const struct step *step)
{
	GPtrArray *words = g_ptr_array_new();

	for (char **word = step->words; *word; word++)
		g_ptr_array_add(words, g_strdup(*word));
	g_ptr_array_add(words, g_strdup("-chardev"));
	g_ptr_array_add(words, g_strdup_printf("socket,id=oriel,fd=%d", MONITOR_FD));
	g_ptr_array_add(words, g_strdup("-mon"));
	g_ptr_array_add(words, g_strdup("chardev=oriel,mode=control"));
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

static void note_command(struct keeper *self, char **words)
{
	g_autofree char *text = g_strjoinv(" ", words);

	journal_write(self->journal, "command", text);
}

static gboolean spawn(struct keeper *self, const struct step *step, int monitor, GError **error)
{
	g_autoptr(GSubprocessLauncher)
		launcher = program_launcher(self->journal, WHO, SIGKILL, error);
	g_auto(GStrv) words = command_line(step);

	if (!launcher)
		return FALSE;
	child_give_fd(launcher, monitor, MONITOR_FD);
	child_give_fd(launcher, lock_fd(self->lock), CHILD_LOCK_FD);
	steps_give(self->steps, launcher);
	note_command(self, words);
	self->qemu = g_subprocess_launcher_spawnv(launcher, (const char *const *)words, error);
	self->exec_us = g_get_monotonic_time();
	if (self->qemu)
		g_subprocess_wait_async(self->qemu, NULL, on_end, self);
	return self->qemu != NULL;
}

/* Its words come with its end, or just before. */
void keeper_explain(struct keeper *self, GError **error)
{
	gboolean exited = g_subprocess_get_if_exited(self->qemu);

	journal_drain(self->journal);
	g_autofree char *words = journal_last(self->journal, WHO);
	const char *remedy = complaint_remedy(words);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "QEMU ended with %s %d%s%s%s%s",
		    exited ? "status" : "signal",
		    exited ? g_subprocess_get_exit_status(self->qemu)
			   : g_subprocess_get_term_sig(self->qemu),
		    *words ? "; its last words:" : " and said nothing", words,
		    remedy ? "\n  what helps: " : "", remedy ? remedy : "");
}

/* What cancels a start, cuts QEMU's power, too. */
static gboolean await_ready(struct keeper *self, GError **error)
{
	while (!self->ready_us && !self->ended)
		g_main_context_iteration(NULL, TRUE);
	if (!self->ended && self->ready_us)
		return !g_cancellable_set_error_if_cancelled(self->cancel, error);
	if (!g_cancellable_set_error_if_cancelled(self->cancel, error))
		keeper_explain(self, error);
	return FALSE;
}

gboolean keeper_start_qemu(struct keeper *self, GError **error)
{
	static const struct qmp_listener listener = { on_ready, on_event, on_lost };
	const GPtrArray *steps = self->params.plan->steps;
	const struct step *step = steps->pdata[steps->len - 1];
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "socketpair: %s",
			    g_strerror(errno));
		return FALSE;
	}
	gboolean spawned = spawn(self, step, ends[1], error);
	close(ends[1]);
	self->qmp = qmp_create(ends[0], READY_S * 1000, &listener, self);
	if (spawned && await_ready(self, error))
		return TRUE;
	g_prefix_error(error, "%s: ", step->why);
	return FALSE;
}
