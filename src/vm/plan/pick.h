/* vm/plan/pick.h - which device, function and type a GPU of a file means. Pure.
 *
 * None of them guesses: what is ambiguous is an error that lists what there is. `number` is the
 * place in the file's gpus; errors name it.
 */
#ifndef VM_PLAN_PICK_H
#define VM_PLAN_PICK_H

#include "vm/config/vm.h"
#include "vm/plan/facts.h"

/* The whole GPU, or the parent of what is shared. */
const struct facts_device *pick_device(const struct facts *facts, const struct vm_gpu *gpu,
				       unsigned number, GError **error);

/* By id, name or number: "i915-GVTg_V5_4", "NVIDIA RTXA5000-2B", "558". `types` are struct
 * facts_type. NULL with the nearest and the list. */
const struct facts_type *pick_type(const GPtrArray *types, const struct vm_gpu *gpu,
				   unsigned number, GError **error);

/* "nvidia-558 (NVIDIA RTXA5000-2B), ...": those that there is room for. The caller frees. */
char *pick_list(const GPtrArray *types);

#endif
