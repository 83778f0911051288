/* vm/run/sockets.h - when a program that was started listens. */
#ifndef VM_RUN_SOCKETS_H
#define VM_RUN_SOCKETS_H

#include <gio/gio.h>

/* Does anybody listen at that socket? Nobody notices that we looked. */
gboolean sockets_listened(const char *path);

/* Waits in the default main context until somebody listens there, or `ended` is TRUE, or for
 * `patience_ms`. FALSE: nobody does. */
gboolean sockets_await(const char *path, const gboolean *ended, unsigned patience_ms);

#endif
