/* vm/run/program.h - programs that `oriel up` runs: beside the machine, or to their end.
 *
 * Each has a session of its own, so that Ctrl-C on a terminal is for `oriel up` alone; each gets a
 * signal when `oriel up` dies, however. Main thread.
 */
#ifndef VM_RUN_PROGRAM_H
#define VM_RUN_PROGRAM_H

#include <gio/gio.h>

#include "vm/run/journal.h"

/* A launcher whose programs have no input and speak to the journal as `who`; NULL with `error`. */
GSubprocessLauncher *program_launcher(struct journal *journal, const char *who, int signal,
				      GError **error);

/* Runs it to its end, in the default main context. `cancel` ends it. FALSE with `error`, which has
 * its last words. `machine` is in its environment as ORIEL_MACHINE. */
gboolean program_run(struct journal *journal, const char *machine, char *const *words,
		     GCancellable *cancel, GError **error);

/* "qemu-img" of "/usr/bin/qemu-img"; the caller frees. */
char *program_name(const char *path);

#endif
