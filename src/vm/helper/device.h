/* vm/helper/device.h - may this function be handed out? Asked of sysfs, anew for each request. */
#ifndef VM_HELPER_DEVICE_H
#define VM_HELPER_DEVICE_H

#include "base/err.h"
#include "vm/helper/allow.h"

#define DEVICE "/sys/bus/pci/devices/%s"

/* It is there, of a class that machines are given, allowed, and still the same as when it was. A
 * virtual function is, where its parent is. 0 or a negative errno. */
int device_check(const char *address, struct err *err);

/* As device_check(), but for whether it is allowed: what may be allowed, and as what. */
int device_look(const char *address, struct allowed *out, struct err *err);

/* Of its IOMMU; -ENODEV with `err` where it has none. */
int device_group(const char *address, struct err *err);

/* Every function of a group but bridges is allowed, and none is a driver's of the host: whoever has
 * the group has them all. */
int device_group_check(int group, struct err *err);

#endif
