/* vm/config/check.h - what no single row can say: which values do not go together. Pure. What this
 * computer has or lacks is the doctor's and the plan's. */
#ifndef VM_CONFIG_CHECK_H
#define VM_CONFIG_CHECK_H

#include "vm/config/mistakes.h"
#include "vm/config/vm.h"

void check_vm(const struct vm *vm, struct mistakes *mistakes);

#endif
