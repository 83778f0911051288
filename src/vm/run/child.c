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

void child_give_fd(GSubprocessLauncher *launcher, int fd, int as)
{
	g_subprocess_launcher_take_fd(launcher, fcntl(fd, F_DUPFD_CLOEXEC, 3), as);
}
