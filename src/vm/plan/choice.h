/* vm/plan/choice.h - what of this computer a machine's GPUs are: between reading its file and
 * planning steps. For plan/ only; pure.
 */
#ifndef VM_PLAN_CHOICE_H
#define VM_PLAN_CHOICE_H

#include "vm/config/vm.h"
#include "vm/plan/plan.h"

struct choice {
	const struct vm_gpu *gpu;
	unsigned number;                   /* in the file's gpus */
	const struct facts_device *device; /* the GPU, or that it is a part of */
	GArray *functions; /* struct pci_address: that the guest gets; none of a mediated one */
	unsigned vfs;      /* that `device` is to have; 0: that does not matter. The helper is told
			    * even where there are enough: another machine may have made them, and
			    * ours keeps them from going with it */
	const struct facts_type *type; /* of a vGPU or mediated device */
	bool made;                     /* it is one already */
	char *uuid;                    /* of a mediated device */
};

/* One for each of the file's that is of this computer; struct choice. The caller unrefs. NULL with
 * `error`, which names gpus[N], what is wrong with it and what to do. */
GPtrArray *choices_make(const struct vm *vm, const struct facts *facts, GError **error);

/* It is bound to vfio-pci; NVIDIA's vGPUs and mediated devices stay with their drivers. */
bool choice_is_bound(const struct choice *self);

/* A whole device rather than a part of it. */
bool choice_is_whole(const struct choice *self);

/* The steps that need root, in the order in which they are to be done. */
void choices_steps(struct plan *plan, const struct facts *facts, const GPtrArray *choices);

/* QEMU's arguments. */
void choices_options(struct plan *plan, const struct vm *vm, const struct facts *facts,
		     const GPtrArray *choices);

/* What a person should know beforehand. */
void choices_notes(struct plan *plan, const struct vm *vm, const GPtrArray *choices);

#endif
