#include "vm/run/program.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "vm/run/child.h"

#define MERCY_S 5 /* from SIGTERM to SIGKILL */

char *program_name(const char *path)
{
	return g_path_get_basename(path);
}

GSubprocessLauncher *program_launcher(struct journal *journal, const char *who, int signal,
				      GError **error)
{
	int fd = journal_pipe(journal, who, error);

	if (fd < 0)
		return NULL;
	GSubprocessLauncher *launcher = child_launcher_apart(signal);
	child_give_fd(launcher, fd, STDERR_FILENO);
	g_subprocess_launcher_take_fd(launcher, fd, STDOUT_FILENO);
	return launcher;
}

static void on_end(GObject *source, GAsyncResult *result, gpointer data)
{
	g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
	*(gboolean *)data = TRUE;
}

/* What is cancelled is killed, whatever it does about it: then it ends, and that is awaited. */
struct killing {
	GSubprocess *program;
	guint timer;
};

/* With all that it started: they have a session of their own. */
static void send_all(GSubprocess *program, int signal)
{
	const char *pid = g_subprocess_get_identifier(program);

	if (pid)
		kill(-atoi(pid), signal);
}

static gboolean on_no_mercy(gpointer data)
{
	struct killing *self = data;

	send_all(self->program, SIGKILL);
	return G_SOURCE_CONTINUE;
}

static void on_cancel(GCancellable *cancel, gpointer data)
{
	struct killing *self = data;

	(void)cancel;
	send_all(self->program, SIGTERM);
	self->timer = g_timeout_add_seconds(MERCY_S, on_no_mercy, self);
}

static void await(GSubprocess *program, GCancellable *cancel)
{
	struct killing killing = { program, 0 };
	gboolean ended = FALSE;
	gulong link = cancel ? g_cancellable_connect(cancel, G_CALLBACK(on_cancel), &killing, NULL)
			     : 0;

	g_subprocess_wait_async(program, NULL, on_end, &ended);
	while (!ended)
		g_main_context_iteration(NULL, TRUE);
	if (link)
		g_cancellable_disconnect(cancel, link);
	g_clear_handle_id(&killing.timer, g_source_remove);
}

static gboolean judge(GSubprocess *program, struct journal *journal, const char *name,
		      GCancellable *cancel, GError **error)
{
	gboolean exited = g_subprocess_get_if_exited(program);
	int status = exited ? g_subprocess_get_exit_status(program)
			    : g_subprocess_get_term_sig(program);

	if (g_cancellable_set_error_if_cancelled(cancel, error))
		return FALSE;
	if (exited && status == 0)
		return TRUE;
	journal_drain(journal);
	g_autofree char *words = journal_last(journal, name);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s ended with %s %d%s%s", name,
		    exited ? "status" : "signal", status, *words ? ", saying" : "", words);
	return FALSE;
}

gboolean program_run(struct journal *journal, const char *machine, char *const *words,
		     GCancellable *cancel, GError **error)
{
	g_autofree char *name = program_name(words[0]);
	g_autoptr(GSubprocessLauncher) launcher = program_launcher(journal, name, SIGTERM, error);

	if (!launcher)
		return FALSE;
	g_subprocess_launcher_setenv(launcher, "ORIEL_MACHINE", machine, TRUE);
	g_autoptr(GSubprocess)
		program = g_subprocess_launcher_spawnv(launcher, (const char *const *)words, error);
	if (!program)
		return FALSE;
	await(program, cancel);
	return judge(program, journal, name, cancel, error);
}
