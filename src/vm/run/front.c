#include "vm/run/front.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vm/config/config.h"
#include "vm/run/agent.h"
#include "vm/run/unit.h"

struct front {
	struct front_params params;
	GIOChannel *report;
	int fd;              /* the report's */
	struct agent *agent; /* while polkit may have questions */
	int pid;             /* the keeper's */
	gboolean running, over;
	int status;
};

/* ---- the report ---- */

/* In a service, or detached, it has no terminal to answer polkit at. */
static void answer(struct front *self)
{
	if (!self->agent)
		self->agent = agent_start(self->pid);
	send(self->fd, "\n", 1, MSG_NOSIGNAL);
}

static void take_line(struct front *self, const char *line)
{
	if (sscanf(line, "pid %d", &self->pid) == 1)
		return;
	if (strcmp(line, "asks") == 0)
		answer(self);
	self->running |= strcmp(line, "running") == 0;
	if (self->running)
		agent_end(g_steal_pointer(&self->agent));
	sscanf(line, "ended %d", &self->status);
}

static gboolean on_report(GIOChannel *channel, GIOCondition condition, gpointer data)
{
	struct front *self = data;
	g_autofree char *line = NULL;

	(void)condition;
	if (g_io_channel_read_line(channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
		self->over = TRUE;
		return G_SOURCE_REMOVE;
	}
	take_line(self, g_strchomp(line));
	return G_SOURCE_CONTINUE;
}

/* ---- signals, which the keeper knows what to do with ---- */

static gboolean hand_on(struct front *self, int signal)
{
	if (self->pid > 0)
		kill(self->pid, signal);
	return G_SOURCE_CONTINUE;
}

static gboolean on_interrupt(gpointer data)
{
	return hand_on(data, SIGINT);
}

static gboolean on_terminate(gpointer data)
{
	return hand_on(data, SIGTERM);
}

/* With a desktop that the machine took, terminals go: it runs on without us. */
static gboolean on_hangup(gpointer data)
{
	struct front *self = data;

	if (!config_takes_desktop(self->params.vm))
		return on_terminate(self);
	self->status = 0;
	self->over = TRUE;
	return G_SOURCE_CONTINUE;
}

/* ---- the keeper ---- */

/* As a child it outlives us: it ends when the report has no reader. */
static void leave_session(gpointer data)
{
	(void)data;
	setsid();
}

static gboolean spawn(const struct front *self, int output, GError **error)
{
	g_autoptr(GSubprocessLauncher)
		launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);

	g_subprocess_launcher_set_child_setup(launcher, leave_session, NULL, NULL);
	g_subprocess_launcher_take_fd(launcher, fcntl(output, F_DUPFD_CLOEXEC, 3), STDOUT_FILENO);
	g_autoptr(GSubprocess) keeper = g_subprocess_launcher_spawnv(
		launcher, (const char *const *)self->params.words, error);
	return keeper != NULL;
}

static gboolean start(const struct front *self, int output, GError **error)
{
	const struct unit_params unit = { self->params.vm, self->params.words, self->params.oriel,
					  output, STDERR_FILENO };

	return self->params.unit ? unit_start(&unit, error) : spawn(self, output, error);
}

static void watch(struct front *self, int fd)
{
	self->fd = fd;
	self->report = g_io_channel_unix_new(fd);
	g_io_channel_set_close_on_unref(self->report, TRUE);
	g_io_channel_set_encoding(self->report, NULL, NULL);
	g_io_add_watch(self->report, G_IO_IN | G_IO_HUP, on_report, self);
	g_unix_signal_add(SIGINT, on_interrupt, self);
	g_unix_signal_add(SIGTERM, on_terminate, self);
	g_unix_signal_add(SIGHUP, on_hangup, self);
}

int front_run(const struct front_params *params)
{
	struct front self = { .params = *params, .status = 1 };
	g_autoptr(GError) error = NULL;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		fprintf(stderr, "oriel up: socketpair: %s\n", g_strerror(errno));
		return 1;
	}
	watch(&self, ends[0]);
	gboolean started = start(&self, ends[1], &error);
	close(ends[1]);
	if (!started)
		fprintf(stderr, "oriel up: %s: %s\n", params->vm->name, error->message);
	while (started && !self.over && !(self.running && params->detach))
		g_main_context_iteration(NULL, TRUE);
	agent_end(self.agent);
	g_io_channel_unref(self.report);
	return self.running && params->detach ? 0 : self.status;
}
