#include "vm/run/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Between fork and exec: only what is safe there. */
static void die_with_parent(gpointer signal)
{
	prctl(PR_SET_PDEATHSIG, GPOINTER_TO_INT(signal));
	if (getppid() == 1) /* it died before we asked */
		_exit(1);
}

GSubprocessLauncher *child_launcher(int signal)
{
	GSubprocessLauncher *launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
	g_subprocess_launcher_set_child_setup(launcher, die_with_parent, GINT_TO_POINTER(signal),
					      NULL);
	return launcher;
}

static void leave_terminal(gpointer signal)
{
	setsid();
	die_with_parent(signal);
}

GSubprocessLauncher *child_launcher_apart(int signal)
{
	GSubprocessLauncher *launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
	g_subprocess_launcher_set_child_setup(launcher, leave_terminal, GINT_TO_POINTER(signal),
					      NULL);
	return launcher;
}

void child_give_fd(GSubprocessLauncher *launcher, int fd, int as)
{
	g_subprocess_launcher_take_fd(launcher, fcntl(fd, F_DUPFD_CLOEXEC, 3), as);
}

#define PATIENCE_MS 3000

static void note_end(GObject *source, GAsyncResult *result, gpointer data)
{
	gboolean *ended = data;
	g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
	*ended = TRUE;
}

static gboolean note_timeout(gpointer data)
{
	gboolean *late = data;
	*late = TRUE;
	return G_SOURCE_CONTINUE;
}

/* Waits in a context of its own, so that nobody's callbacks run from in here. */
static gboolean wait_a_while(GSubprocess *child)
{
	g_autoptr(GMainContext) context = g_main_context_new();
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	g_autoptr(GSource) timeout = g_timeout_source_new(PATIENCE_MS);
	gboolean ended = FALSE, late = FALSE;
	g_main_context_push_thread_default(context);
	g_source_set_callback(timeout, note_timeout, &late, NULL);
	g_source_attach(timeout, context);
	g_subprocess_wait_async(child, cancel, note_end, &ended);
	while (!ended && !late)
		g_main_context_iteration(context, TRUE);
	gboolean in_time = ended;
	g_cancellable_cancel(cancel);
	while (!ended)
		g_main_context_iteration(context, TRUE);
	g_source_destroy(timeout);
	g_main_context_pop_thread_default(context);
	return in_time;
}

void child_end(GSubprocess *child, int signal)
{
	if (!child)
		return;
	g_subprocess_send_signal(child, signal);
	if (!wait_a_while(child) && signal != SIGKILL) {
		g_subprocess_send_signal(child, SIGKILL);
		wait_a_while(child);
	}
	g_object_unref(child);
}
