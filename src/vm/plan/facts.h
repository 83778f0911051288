/* vm/plan/facts.h - what a plan needs to know of this computer. host/ finds it out; tests make it
 * up. Plain data.
 */
#ifndef VM_PLAN_FACTS_H
#define VM_PLAN_FACTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "shm/sysfs.h"

enum facts_cpu { FACTS_CPU_OTHER, FACTS_CPU_INTEL, FACTS_CPU_AMD };

/* A UEFI firmware, as QEMU's descriptor files (interop/firmware.json) tell of it. */
struct facts_firmware {
	char *code, *vars, *vars_format; /* the variables are a template: each machine has a copy */
	bool secure, enrolled;           /* Secure Boot; with the usual keys in it */
	bool smm;
};

/* A kind of mediated device or vGPU that a device offers. */
struct facts_type {
	char *id;          /* what its folder is called, or its number */
	char *name;        /* for a person; NULL: it has none */
	char *description; /* NULL: it has none */
	unsigned free;     /* so many more can be made */
	char **made;       /* UUIDs of those that there are; NULL: nobody knows */
};

/* A PCI function of this computer. */
struct facts_device {
	struct pci_address address;
	uint32_t class_code; /* 0x030000: VGA */
	uint16_t vendor, product, subvendor, subproduct;
	char *driver;      /* that has it; NULL: none */
	char *override;    /* the only driver that may; NULL: any */
	char *reset;       /* methods, best first, with spaces; "": none; NULL: nobody knows */
	int group;         /* of its IOMMU; -1: none */
	int node;          /* of memory; -1: none */
	uint64_t memory;   /* bytes of the largest window (BAR) */
	unsigned outputs;  /* for monitors */
	unsigned monitors; /* that are connected */
	bool boot_vga;     /* the firmware showed itself there */
	bool desktop;      /* this computer shows something there: best not taken from it */
	bool taken;        /* another machine of this user has it; only told of VFs */
	bool is_vf;
	struct pci_address parent;     /* of a VF */
	unsigned vfs, vfs_most;        /* there are, there may be */
	unsigned vf_offset, vf_stride; /* the first VF's number less ours, and from each to the
					  next; numbers as of pci_number() */
	GPtrArray *types;              /* struct facts_type: mediated devices */
	GPtrArray *vgpus;              /* struct facts_type: NVIDIA's, of a VF */
	unsigned vgpu;                 /* that is set; 0: none */
};

struct facts {
	char *kvm; /* why there is no KVM, for a person; NULL: there is */
	enum facts_cpu cpu;
	char *qemu, *qemu_img, *swtpm, *oriel; /* programs; NULL: not installed */
	unsigned qemu_major;                   /* 0: it did not say */
	GPtrArray *firmwares;                  /* struct facts_firmware, best first */
	GPtrArray *devices;                    /* struct facts_device, by address */
	char *run;       /* of all machines' sockets: $XDG_RUNTIME_DIR/oriel */
	char *state;     /* of what machines keep: $XDG_STATE_HOME/oriel */
	uint64_t memory; /* bytes of this computer; 0: nobody knows */
	char *home;      /* whose machines these are, of all computers' users; NULL: nobody knows */
};

#endif
