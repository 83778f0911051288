/* vm/plan/build.h - how a plan is put together; for plan/ only. */
#ifndef VM_PLAN_BUILD_H
#define VM_PLAN_BUILD_H

#include "vm/plan/plan.h"

/* `value` may be NULL. */
void plan_option(struct plan *self, const char *why, const char *name, const char *value);

G_GNUC_PRINTF(4, 5)
void plan_optionf(struct plan *self, const char *why, const char *name, const char *format, ...);

/* In front of all others: QEMU gives places away in order. */
void plan_option_first(struct plan *self, const char *why, const char *name, const char *value);

/* A PCI Express device, at a port of its own. `device` is as behind -device. */
G_GNUC_PRINTF(4, 5)
void plan_device(struct plan *self, const struct vm *vm, const char *why, const char *device, ...);

/* `words` is copied, NULL ends it; NULL: none. */
void plan_step(struct plan *self, enum step_kind kind, const char *path, const char *const *words,
	       const char *why);

#define PLAN_WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

G_GNUC_PRINTF(2, 3)
void plan_note(struct plan *self, const char *format, ...);

/* A file of this machine in the folder of its sockets. The caller frees. */
char *plan_file(const struct plan *self, const char *name);

/* Always the same for a text (RFC 4122, version 5): two machines differ. The caller frees. */
char *plan_uuid(const char *text);
char *plan_machine_uuid(const struct vm *vm);

/* The guest's firmware shows itself on a GPU of this computer. */
bool plan_has_primary(const struct vm *vm);

/* The guest gets a device of this computer. */
bool plan_has_device(const struct vm *vm);

/* Once all of self->devices are known. */
void plan_limits(struct plan *self, const struct vm *vm);

/* The parts, in this order. FALSE with `error` where it cannot be. */
typedef gboolean (*plan_part)(struct plan *self, const struct vm *vm, const struct facts *facts,
			      GError **error);

gboolean plan_machine(struct plan *self, const struct vm *vm, const struct facts *facts,
		      GError **error);
gboolean plan_cpu(struct plan *self, const struct vm *vm, const struct facts *facts,
		  GError **error);
gboolean plan_storage(struct plan *self, const struct vm *vm, const struct facts *facts,
		      GError **error);
gboolean plan_network(struct plan *self, const struct vm *vm, const struct facts *facts,
		      GError **error);
gboolean plan_gpu(struct plan *self, const struct vm *vm, const struct facts *facts,
		  GError **error);
gboolean plan_display(struct plan *self, const struct vm *vm, const struct facts *facts,
		      GError **error);
gboolean plan_hands(struct plan *self, const struct vm *vm, const struct facts *facts,
		    GError **error);

#endif
