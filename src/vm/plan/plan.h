/* vm/plan/plan.h - what is to be done for a machine, in order, each with its reason. Pure: it looks
 * at nothing and touches nothing.
 *
 * `oriel plan` prints it; whatever runs or exports a machine reads the same plan.
 */
#ifndef VM_PLAN_PLAN_H
#define VM_PLAN_PLAN_H

#include "vm/config/vm.h"
#include "vm/plan/facts.h"

enum step_kind {
	STEP_FOLDER, /* path: make it, for this user alone */
	STEP_DISK,   /* words: make it, unless `path` exists */
	STEP_COPY,   /* words[0] to path, unless that exists */
	STEP_ROOT,   /* words: a verb of oriel-helper (vm/helper/verbs.h), which notes how it is
		      * undone   and does so when the machine has ended */
	STEP_SERVE,  /* words: run beside QEMU; it is ready once the socket `path` is there */
	STEP_QEMU,   /* words: the machine itself */
};

struct step {
	enum step_kind kind;
	char *path;   /* or NULL; STEP_ROOT: "30": what the helper answers is opened as QEMU's
			 descriptor */
	char **words; /* of a program, its name first; never NULL */
	char *why;
};

/* One of QEMU's arguments: "-device" "edu" and why; `value` may be NULL. */
struct plan_option {
	char *name, *value, *why;
};

struct plan {
	GPtrArray *steps;   /* struct step; STEP_QEMU is the last */
	GPtrArray *options; /* struct plan_option: what STEP_QEMU's words are made of */
	GPtrArray *notes;   /* char *: what a person should know */
	GPtrArray *devices; /* char *: of this computer that the guest gets; addresses as in sysfs,
			     * UUIDs of mediated ones */
	char *folder;       /* of the machine's sockets */
	char *memory;       /* of ivshmem: the server's socket, or the file; NULL: none */
	char *spice;        /* socket; NULL: none */
	char *monitor;      /* QMP's socket */
	unsigned ports;     /* of PCI Express, so far */
	unsigned sata;      /* places, so far */
};

/* NULL: `error` says what this computer lacks for it, or what this version cannot do. */
struct plan *plan_make(const struct vm *vm, const struct facts *facts, GError **error);

void plan_free(struct plan *self); /* NULL is fine */

/* "uefi-secure" where the file says auto and the guest is Windows 11. */
enum vm_firmware plan_firmware(const struct vm *vm);
bool plan_has_tpm(const struct vm *vm);
bool plan_is_windows(const struct vm *vm);

/* Of the mediated device that the machine's GPU of this number gets of `device`; `first`: no GPU of
 * this computer goes to it before. The caller frees. */
char *plan_mediated_uuid(const struct vm *vm, const struct facts_device *device, unsigned number,
			 bool first);

/* Bytes of shared memory for a screen: whatever the file says, else enough for its resolution. */
uint64_t plan_memory_size(const struct vm_display *display);

#endif
