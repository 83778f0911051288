/* vm/plan/group.h - which functions go into a guest together. Pure. Arrays of const struct
 * facts_device, which own nothing; the caller frees the array.
 */
#ifndef VM_PLAN_GROUP_H
#define VM_PLAN_GROUP_H

#include "vm/plan/facts.h"

/* What a guest gets that gets this device: itself, and those of its slot that share its IOMMU group
 * or carry its monitors' sound. Of a VF: itself. The device is the first. */
GPtrArray *group_functions(const struct facts *facts, const struct facts_device *device);

/* What forbids that: devices that share a group with it, are used here, and are not `given` to the
 * same guest. Bridges are none of them. */
GPtrArray *group_strangers(const struct facts *facts, const struct facts_device *device,
			   const GPtrArray *given);

/* "0000:02:00.0 (nvme), 0000:03:00.0 (10de:2684, nvidia)": GPUs with their ids. The caller frees.
 */
char *group_names(const GPtrArray *devices);

#endif
