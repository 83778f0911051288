/* vm/run/hooks.h - a person's own commands around a machine's life: words, no shell, as the user.
 */
#ifndef VM_RUN_HOOKS_H
#define VM_RUN_HOOKS_H

#include "vm/run/journal.h"

struct hooks {
	struct journal *journal;
	const char *machine;
	GCancellable *cancel; /* ends the one that runs; NULL: nothing does */
};

/* Runs `commands` (char **), each to its end, a minute each at most, in the default main context.
 * FALSE with `error` at the first that fails. */
gboolean hooks_run(const struct hooks *self, const GPtrArray *commands, GError **error);

#endif
