/* vm/run/viewer.h - how oriel-view is told which machine to show. */
#ifndef VM_RUN_VIEWER_H
#define VM_RUN_VIEWER_H

#include "vm/run/register.h"

/* Its options for a machine that runs, to be freed; NULL with `error`: there is nothing to see. */
char **viewer_words(const struct record *record, GError **error);

/* Runs it until it ends, or until the machine does, whose pidfd `keeper` is: an exit status.
 * Blocks; of interrupts only the viewer hears. */
int viewer_run(char *const *words, const char *program, int keeper, GError **error);

#endif
