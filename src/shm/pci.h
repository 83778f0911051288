/* shm/pci.h - ivshmem devices of this (virtual) machine. */
#ifndef SHM_PCI_H
#define SHM_PCI_H

#include <stdbool.h>
#include <stddef.h>

#include "shm/impl.h"

/* Address of the first ivshmem device (1af4:1110) in the order of their addresses. False: none. */
bool pci_find_ivshmem(const struct shm_params *params, char *out, size_t length);

/* BAR2 of the device through vfio-pci, which it is bound to first if no driver has it. `directory`
 * is the device's, in sysfs. */
int vfio_open_device(struct shm **out, const char *directory, const char *address,
		     const struct shm_params *params, struct err *err);

#endif
