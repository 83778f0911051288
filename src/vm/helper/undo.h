/* vm/helper/undo.h - gives back what a journal says. */
#ifndef VM_HELPER_UNDO_H
#define VM_HELPER_UNDO_H

#include "vm/helper/journal.h"

/* Newest first, down to the first `keep` lines. Goes on after a failure; then the journal keeps the
 * oldest line that failed and all that are older, for another time. 0, or the first failure. */
int undo_to(struct journal *self, unsigned keep, struct err *err);

#endif
