/* vm/plan/fit.h - what a device is good for. Pure; plans refuse by it, `oriel gpu` shows it. */
#ifndef VM_PLAN_FIT_H
#define VM_PLAN_FIT_H

#include "vm/config/vm.h"
#include "vm/plan/facts.h"

/* Why a device cannot serve a mode below VM_GPU_VIRGL, for a person, with what to do; NULL: it can.
 * `given` is what the same guest gets besides, NULL for nothing. The caller frees. */
char *fit_why_not(const struct facts *facts, const struct facts_device *device,
		  enum vm_gpu_mode mode, const GPtrArray *given);

/* Its VFs that exist, by address; the caller frees the array. */
GPtrArray *fit_vfs(const struct facts *facts, const struct facts_device *device);

#endif
