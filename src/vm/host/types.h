/* vm/host/types.h - kinds of vGPUs that a PCI function offers. Reads only. Arrays of struct
 * facts_type, never NULL; `device` is the function's folder in sysfs.
 */
#ifndef VM_HOST_TYPES_H
#define VM_HOST_TYPES_H

#include <glib.h>

/* Of mediated devices, by their ids. */
GPtrArray *types_mediated(const char *device);

/* Of NVIDIA's virtual functions, as the driver lists them. */
GPtrArray *types_vgpus(const char *device);

#endif
