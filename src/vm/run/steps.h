/* vm/run/steps.h - does what a plan names before QEMU starts, and undoes it, newest first.
 *
 * Disks stay, and what a machine keeps. Main thread; runs the default main context while it waits.
 */
#ifndef VM_RUN_STEPS_H
#define VM_RUN_STEPS_H

#include "vm/plan/plan.h"
#include "vm/run/journal.h"

struct steps;

struct steps_params {
	const char *machine;
	struct journal *journal;
	GCancellable *cancel; /* ends what takes long */
	int lock;             /* descriptor, which those have that run beside QEMU */
	/* What a person may want to know: "a new disk", "/vms/win11.qcow2". */
	void (*done)(void *data, const char *what, const char *how);
	/* One of the programs beside QEMU has ended, and nobody asked it to. */
	void (*lost)(void *data, const char *what, const char *words);
	/* Before somebody may have to authenticate. */
	void (*asking)(void *data);
	void *data;
};

struct steps *steps_create(const struct steps_params *params);

/* Not for STEP_QEMU. FALSE with `error` that names the step; what it did is undone by the end. */
gboolean steps_do(struct steps *self, const struct step *step, GError **error);

/* Descriptors for QEMU that steps opened: gives them to `launcher`. */
void steps_give(struct steps *self, GSubprocessLauncher *launcher);

/* `failed`: the machine never ran, so that what was made for it to keep goes, too. Says what could
 * not be undone as `done`. */
void steps_undo(struct steps *self, gboolean failed);

/* Undoes nothing. NULL is fine. */
void steps_free(struct steps *self);

#endif
