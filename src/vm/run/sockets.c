#include "vm/run/sockets.h"

#include <glib-unix.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* How often to look when a socket is there and nobody listens yet, which are microseconds. */
#define LOOK_MS 2

#define LISTENING 0x10000 /* __SO_ACCEPTCON, as /proc/net/unix has it */

/* "0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/..." */
static gboolean is_listener(const char *line, const char *path)
{
	const char *name = strchr(line, '/');
	unsigned long flags = 0;
	g_auto(GStrv) fields = g_strsplit(line, " ", 5);

	if (!name || strcmp(name, path) != 0 || g_strv_length(fields) < 5)
		return FALSE;
	flags = strtoul(fields[3], NULL, 16);
	return (flags & LISTENING) != 0;
}

gboolean sockets_listened(const char *path)
{
	g_autofree char *text = NULL;

	if (!g_file_test(path, G_FILE_TEST_EXISTS) ||
	    !g_file_get_contents("/proc/net/unix", &text, NULL, NULL))
		return FALSE;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		if (is_listener(*line, path))
			return TRUE;
	return FALSE;
}

static gboolean on_news(gint fd, GIOCondition condition, gpointer data)
{
	char events[4096];

	(void)condition, (void)data;
	return read(fd, events, sizeof(events)) > 0;
}

static gboolean on_late(gpointer data)
{
	*(gboolean *)data = TRUE;
	return G_SOURCE_CONTINUE;
}

static gboolean on_look(gpointer data)
{
	(void)data;
	return G_SOURCE_CONTINUE;
}

static void await_listener(const char *path, const gboolean *ended, const gboolean *late)
{
	guint look = 0;

	while (!sockets_listened(path) && !*ended && !*late) {
		if (!look && g_file_test(path, G_FILE_TEST_EXISTS))
			look = g_timeout_add(LOOK_MS, on_look, NULL);
		g_main_context_iteration(NULL, TRUE);
	}
	if (look)
		g_source_remove(look);
}

gboolean sockets_await(const char *path, const gboolean *ended, unsigned patience_ms)
{
	g_autofree char *folder = g_path_get_dirname(path);
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	gboolean late = FALSE;

	inotify_add_watch(fd, folder, IN_CREATE | IN_MOVED_TO | IN_ATTRIB);
	guint source = g_unix_fd_add(fd, G_IO_IN, on_news, NULL);
	guint timer = g_timeout_add(patience_ms, on_late, &late);
	await_listener(path, ended, &late);
	g_source_remove(timer);
	g_source_remove(source);
	close(fd);
	return sockets_listened(path);
}
