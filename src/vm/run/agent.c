#include "vm/run/agent.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "vm/run/child.h"

#define NOTIFY_FD   3
#define PATIENCE_MS 5000

struct agent {
	GSubprocess *process;
	int terminal;
	struct termios modes;
};

/* It closes the other end once it is known. */
static void await_known(int notify)
{
	struct pollfd closed = { notify, POLLIN, 0 };

	poll(&closed, 1, PATIENCE_MS);
}

static GSubprocess *spawn(int pid, int notify)
{
	g_autofree char *number = g_strdup_printf("%d", pid);
	g_autofree char *fd = g_strdup_printf("%d", NOTIFY_FD);
	const char *const words[] = { "pkttyagent", "--process",  number, "--notify-fd",
				      fd,           "--fallback", NULL };
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGTERM);

	child_give_fd(launcher, notify, NOTIFY_FD);
	return g_subprocess_launcher_spawnv(launcher, words, NULL);
}

struct agent *agent_start(int pid)
{
	struct agent self = { .terminal = -1 };
	int ends[2];

	if (geteuid() != 0)
		self.terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (self.terminal < 0)
		return NULL;
	if (g_unix_open_pipe(ends, FD_CLOEXEC, NULL)) {
		tcgetattr(self.terminal, &self.modes);
		self.process = spawn(pid, ends[1]);
		close(ends[1]);
		await_known(ends[0]);
		close(ends[0]);
	}
	if (self.process)
		return g_memdup2(&self, sizeof(self));
	close(self.terminal);
	return NULL;
}

void agent_end(struct agent *self)
{
	if (!self)
		return;
	child_end(self->process, SIGTERM);
	tcsetattr(self->terminal, TCSADRAIN, &self->modes); /* it may have been hiding a password */
	close(self->terminal);
	g_free(self);
}
