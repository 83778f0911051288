/* vm/plan/facts.h - what a plan needs to know of this computer. host/ finds it out; tests make it
 * up. Plain data.
 */
#ifndef VM_PLAN_FACTS_H
#define VM_PLAN_FACTS_H

#include <glib.h>
#include <stdbool.h>

enum facts_cpu { FACTS_CPU_OTHER, FACTS_CPU_INTEL, FACTS_CPU_AMD };

/* A UEFI firmware, as QEMU's descriptor files (interop/firmware.json) tell of it. */
struct facts_firmware {
	char *code, *vars, *vars_format; /* the variables are a template: each machine has a copy */
	bool secure, enrolled;           /* Secure Boot; with the usual keys in it */
	bool smm;
};

struct facts {
	char *kvm; /* why there is no KVM, for a person; NULL: there is */
	enum facts_cpu cpu;
	char *qemu, *qemu_img, *swtpm, *oriel; /* programs; NULL: not installed */
	unsigned qemu_major;                   /* 0: it did not say */
	GPtrArray *firmwares;                  /* struct facts_firmware, best first */
	char *run;   /* of all machines' sockets: $XDG_RUNTIME_DIR/oriel */
	char *state; /* of what machines keep: $XDG_STATE_HOME/oriel */
};

#endif
