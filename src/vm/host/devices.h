/* vm/host/devices.h - what sysfs tells of this computer's PCI functions. Reads only. */
#ifndef VM_HOST_DEVICES_H
#define VM_HOST_DEVICES_H

#include <glib.h>

#include "vm/plan/facts.h"

/* All of them, by address; empty where there is no PCI. Files are looked for below `sysroot`. What
 * makes no sense in sysfs is passed over. Formats: the kernel's Documentation/ABI, sysfs-bus-pci,
 * sysfs-bus-vfio-mdev. */
GPtrArray *host_devices(const char *sysroot);

#endif
