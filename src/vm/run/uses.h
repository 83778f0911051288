/* vm/run/uses.h - disks and devices that only one running machine of this user may have. */
#ifndef VM_RUN_USES_H
#define VM_RUN_USES_H

#include "vm/config/vm.h"
#include "vm/plan/plan.h"

struct uses;

/* Takes all of them. NULL with `error`, which names the machine that has one. */
struct uses *uses_take(const struct vm *vm, const struct plan *plan, GError **error);

/* NULL is fine. */
void uses_release(struct uses *self);

#endif
