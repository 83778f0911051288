/* vm/demo_viewer.h - oriel-view as the demo's child: a window, or a picture and figures.
 * Main thread; its news come through the default main context. */
#ifndef VM_DEMO_VIEWER_H
#define VM_DEMO_VIEWER_H

#include <gio/gio.h>
#include <stdio.h>

struct demo_viewer;

struct demo_viewer_params {
	int server;       /* connection to the ivshmem server; duplicated */
	const char *shot; /* no window: measure, then write this picture. NULL: a window */
	double seconds;   /* to measure for */
};

struct demo_viewer *demo_viewer_start(const struct demo_viewer_params *params, GError **error);

/* Ends it. NULL is fine. */
void demo_viewer_destroy(struct demo_viewer *self);

gboolean demo_viewer_ended(const struct demo_viewer *self);

/* Once ended: as a viewer should? */
gboolean demo_viewer_succeeded(const struct demo_viewer *self, GError **error);

/* What it measured, as a table; nothing for one with a window. */
void demo_viewer_print_figures(const struct demo_viewer *self, FILE *to);

#endif
