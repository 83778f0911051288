/* vm/run/helper.h - oriel-helper, as `oriel up` asks it. Main thread; does not run the main
 * context.
 *
 * It is started as root (by pkexec, which asks who one is; or directly, for root) and lives as long
 * as its machine: once we have ended, however, it gives everything back.
 */
#ifndef VM_RUN_HELPER_H
#define VM_RUN_HELPER_H

#include <gio/gio.h>

struct helper;

/* For the machine of that name. May wait for a person to authenticate. NULL with `error`. */
struct helper *helper_start(const char *machine, GError **error);

/* A request of vm/helper/verbs.h. Waits for the answer, up to the verb's deadline. `value` may be
 * NULL; else what it answered, "" mostly, for the caller to free. FALSE: `error` says why, and
 * nothing of this request has stayed. */
gboolean helper_ask(struct helper *self, char *const *words, char **value, GError **error);

/* Gives everything back, waits until that is done and says what could not be. NULL is fine. */
gboolean helper_end(struct helper *self, GError **error);

/* Gives back what a machine left behind that was killed together with its helper. TRUE where there
 * is nothing. */
gboolean helper_restore(const char *machine, GError **error);

/* Is there something for helper_restore(), or at work at it? */
gboolean helper_left(const char *machine);

#endif
