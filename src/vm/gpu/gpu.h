/* vm/gpu/gpu.h - GPUs of this computer, for people and for programs; `oriel gpu` prints it. Pure.
 * The caller frees what is answered.
 */
#ifndef VM_GPU_GPU_H
#define VM_GPU_GPU_H

#include "vm/host/names.h"
#include "vm/plan/facts.h"

struct gpu_view {
	const struct facts *facts;
	const struct names *names;
	const char *allowed; /* text of /etc/oriel/devices */
};

/* Of VFs only their number is of interest as a rule: without them. The caller unrefs. */
GPtrArray *gpu_all(const struct facts *facts);

/* A table of 80 columns: a line each, and what it is good for. */
char *gpu_table(const struct gpu_view *self, const GPtrArray *devices);

/* All of one. */
char *gpu_details(const struct gpu_view *self, const struct facts_device *device);

/* An array of objects, as oriel-gpu(1) describes them. */
char *gpu_json(const struct gpu_view *self, const GPtrArray *devices);

/* Others of its IOMMU group; the caller unrefs. */
GPtrArray *gpu_mates(const struct facts *facts, const struct facts_device *device);

/* What a guest gets with it, and what else of its group nobody uses: whoever opens the group has
 * all of them. The caller unrefs. */
GPtrArray *gpu_whole(const struct facts *facts, const struct facts_device *device);

#endif
