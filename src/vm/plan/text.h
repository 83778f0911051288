/* vm/plan/text.h - a plan for people to read. Pure; the caller frees. */
#ifndef VM_PLAN_TEXT_H
#define VM_PLAN_TEXT_H

#include "vm/plan/plan.h"

/* What is done before, what of that root does, and QEMU's arguments: a line each, with why. At a
 * terminal of `width` columns the reasons stand below each other; 0: there is none. */
char *plan_text(const struct plan *self, const struct vm *vm, unsigned width);

/* As a shell takes it. */
char *plan_command(char *const *words);

#endif
