/* vm/helper/hooks.h - where the tests' build of oriel-helper differs from the one that is
 * installed: hooks_none.c has nothing that could be set from outside, hooks_test.c reads its
 * environment.
 */
#ifndef VM_HELPER_HOOKS_H
#define VM_HELPER_HOOKS_H

#include <sys/types.h>

/* First of all, while there is an environment. */
void hook_open(void);

/* What stands before each path: "". */
const char *hook_root(void);

/* Whose files are believed: 0. */
uid_t hook_owner(void);

/* That many ms of the `ms` that something may take. */
int hook_patience(int ms);

/* Between each two changes of anything; does nothing. */
void hook_step(void);

#endif
