/* vm/helper/holders.h - who has a device open. */
#ifndef VM_HELPER_HOLDERS_H
#define VM_HELPER_HOLDERS_H

#include "base/err.h"

/* 0, or -EBUSY and their names and numbers. */
int holders_check(const char *const *nodes, struct err *err);

/* As holders_check(), but waits up to `ms` for them to let go. `nodes`: paths, the last NULL; one
 * that ends in '*' stands for all that begin so. */
int holders_wait(const char *const *nodes, int ms, struct err *err);

/* Programs that draw with that GPU are given a while to end. */
int holders_wait_display(const char *address, struct err *err);

/* Is any disk behind this function mounted, swapped to, or part of something? */
int holders_check_disks(const char *address, struct err *err);

#endif
