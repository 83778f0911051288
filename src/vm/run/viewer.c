#include "vm/run/viewer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vm/run/child.h"

static gboolean is_socket(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

char **viewer_words(const struct record *record, GError **error)
{
	GPtrArray *words = g_ptr_array_new();

	if (record->memory)
		g_ptr_array_add(words,
				g_strconcat(is_socket(record->memory) ? "--server=" : "--memory=",
					    record->memory, NULL));
	else if (record->spice)
		g_ptr_array_add(words, g_strdup("--source=spice"));
	if (record->spice)
		g_ptr_array_add(words, g_strconcat("--spice-address=", record->spice, NULL));
	if (!words->len) {
		g_ptr_array_unref(words);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "%s shows its screen to nobody (display: none)", record->name);
		return NULL;
	}
	g_ptr_array_add(words, g_strconcat("--vm=", record->name, NULL));
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

/* ---- running one ---- */

/* Which of the two ends first. */
static gboolean outlives(GSubprocess *viewer, int keeper)
{
	const char *pid = g_subprocess_get_identifier(viewer);
	struct pollfd ends[] = { { .fd = -1, .events = POLLIN },
				 { .fd = keeper, .events = POLLIN } };

	if (!pid)
		return FALSE;
	ends[0].fd = (int)syscall(SYS_pidfd_open, atoi(pid), 0);
	while (ends[0].fd >= 0 && poll(ends, 2, -1) < 0 && errno == EINTR)
		continue;
	if (ends[0].fd >= 0)
		close(ends[0].fd);
	return !ends[0].revents && ends[1].revents;
}

int viewer_run(char *const *words, const char *program, int keeper, GError **error)
{
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGTERM);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();

	g_ptr_array_add(argv, (char *)program);
	for (char *const *word = words + 1; *word; word++)
		g_ptr_array_add(argv, *word);
	g_ptr_array_add(argv, NULL);
	g_subprocess_launcher_set_flags(launcher, G_SUBPROCESS_FLAGS_STDIN_INHERIT);
	g_autoptr(GSubprocess) viewer = g_subprocess_launcher_spawnv(
		launcher, (const char *const *)argv->pdata, error);
	if (!viewer)
		return 127;
	signal(SIGINT, SIG_IGN);
	if (outlives(viewer, keeper))
		g_subprocess_send_signal(viewer, SIGTERM);
	g_subprocess_wait(viewer, NULL, NULL);
	return g_subprocess_get_if_exited(viewer) ? g_subprocess_get_exit_status(viewer)
						  : 128 + g_subprocess_get_term_sig(viewer);
}
