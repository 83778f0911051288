/* vm/host/allowed.h - what root has allowed guests to have: /etc/oriel/devices. Reads only; to show
 * it. The one who decides by it is oriel-helper, which trusts nobody's reading but its own.
 */
#ifndef VM_HOST_ALLOWED_H
#define VM_HOST_ALLOWED_H

#include <stdbool.h>

#include "shm/sysfs.h"

/* The file's text, below `sysroot`; "" where there is none. The caller frees. */
char *allowed_load(const char *sysroot);

/* Whether a line of it begins with that address. */
bool allowed_has(const char *text, const struct pci_address *address);

#endif
