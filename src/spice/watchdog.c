#include "spice/watchdog.h"

#include <glib.h>
#include <unistd.h>

/* There is one alarm of a process, so there is one of these. */
static unsigned patience_s;

static gint rest(GPollFD *fds, guint count, gint timeout)
{
	alarm(0);
	gint result = g_poll(fds, count, timeout);
	alarm(patience_s);
	return result;
}

void watchdog_start(unsigned seconds)
{
	patience_s = seconds;
	g_main_context_set_poll_func(NULL, rest);
	alarm(seconds);
}
