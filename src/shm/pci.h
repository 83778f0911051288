/* shm/pci.h - ivshmem devices of this (virtual) machine. */
#ifndef SHM_PCI_H
#define SHM_PCI_H

#include <stdbool.h>
#include <stddef.h>

#include "shm/impl.h"

#define VFIO_DRIVER "vfio-pci"

/* Address of the first ivshmem device (1af4:1110) in the order of their addresses. False: none. */
bool pci_find_ivshmem(const struct shm_params *params, char *out, size_t length);

#endif
