/* vm/run/leftovers.h - what a machine left behind whose `oriel up` was killed. */
#ifndef VM_RUN_LEFTOVERS_H
#define VM_RUN_LEFTOVERS_H

#include <gio/gio.h>

/* Is there anything of a machine that does not run? */
gboolean leftovers_found(const char *machine);

/* Names of those whose `oriel up` was killed, and that somebody has to clear up after; to be
 * unref'ed. */
GPtrArray *leftovers_all(void);

/* Removes its sockets, and has what root did undone, for who has its lock. FALSE with `error` where
 * something stays. */
gboolean leftovers_clean(const char *machine, GError **error);

/* The same for who has not, and the folder as well. FALSE with `error` where it runs, too. */
gboolean leftovers_clear(const char *machine, GError **error);

#endif
