/* vm/run/uses.h - disks and devices that only one running machine of this user may have. */
#ifndef VM_RUN_USES_H
#define VM_RUN_USES_H

#include "vm/config/vm.h"
#include "vm/plan/plan.h"

struct uses;

/* Takes all of them. NULL with `error`, which names the machine that has one. */
struct uses *uses_take(const struct vm *vm, const struct plan *plan, GError **error);

/* Notes in `facts` which VFs machines other than this one have, so that plans choose others. */
void uses_mark(struct facts *facts, const char *machine);

/* NULL is fine. */
void uses_release(struct uses *self);

/* Removes the files of those that were killed; they hold nothing any more. */
void uses_sweep(void);

#endif
