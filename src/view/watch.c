#include "view/watch.h"

unsigned watch_readable(int fd, GUnixFDSourceFunc func, gpointer data)
{
	GSource *source = g_unix_fd_source_new(fd, G_IO_IN);
	unsigned id;

	g_source_set_callback(source, G_SOURCE_FUNC(func), data, NULL);
	g_source_set_can_recurse(source, TRUE);
	id = g_source_attach(source, NULL);
	g_source_unref(source);
	return id;
}
