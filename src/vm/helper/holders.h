/* vm/helper/holders.h - who has a device open. */
#ifndef VM_HELPER_HOLDERS_H
#define VM_HELPER_HOLDERS_H

#include <stdint.h>

#include "base/err.h"

/* Waits for them to let go, until clock_ns() says so. 0, or -EBUSY and their names and numbers.
 * `nodes`: paths, the last NULL; one that ends in '*' stands for all that begin so. */
int holders_wait(const char *const *nodes, uint64_t until, struct err *err);

/* Programs that draw with that GPU are given a while to end. So are NVIDIA's others. */
int holders_wait_display(const char *address, struct err *err);
int holders_wait_nvidia(struct err *err);

/* Is any disk behind this function mounted, swapped to, or part of something? */
int holders_check_disks(const char *address, struct err *err);

#endif
