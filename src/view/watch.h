/* view/watch.h - descriptors in the main loop. Main thread only. */
#ifndef VIEW_WATCH_H
#define VIEW_WATCH_H

#include <glib-unix.h>

/* As g_unix_fd_add(G_IO_IN), but without what GLib does around each call to keep it from running
 * inside itself: that costs a second turn of the loop and four system calls. So `func` must not run
 * the main loop. Remove it with g_source_remove(). */
unsigned watch_readable(int fd, GUnixFDSourceFunc func, gpointer data);

#endif
