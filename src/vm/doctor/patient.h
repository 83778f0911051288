/* vm/doctor/patient.h - what checks look at: this computer, and the machine that it is to run.
 *
 * Files are read below a sysroot; what cannot be read from files (does KVM run anything, what can
 * QEMU do) was asked before and is in `answers`, so that tests make both up. Reads only. Main
 * thread.
 */
#ifndef VM_DOCTOR_PATIENT_H
#define VM_DOCTOR_PATIENT_H

#include "vm/config/vm.h"
#include "vm/doctor/answers.h"
#include "vm/doctor/system.h"
#include "vm/plan/facts.h"

/* A GPU of this computer that is asked about. */
struct patient_gpu {
	const struct vm_gpu *asked;        /* in the machine's file; NULL: no machine was given */
	const struct facts_device *device; /* NULL: none that the file can mean, */
	char *missing;                     /* for this reason */
	unsigned number;                   /* in the machine's file */
	char name[PCI_ADDRESS_LENGTH];     /* "01:00.0" */
};

struct patient {
	char *sysroot;       /* "" for this computer */
	const struct vm *vm; /* NULL: the computer in general */
	struct answers answers;
	struct system system;
	struct facts facts;      /* only its devices */
	GPtrArray *gpus;         /* struct patient_gpu: those that guests get of this computer */
	char *cpuinfo, *cmdline; /* "" where they cannot be read */
	unsigned kernel;         /* 6 << 8 | 1; 0: it does not tell */
};

/* `vm` stays the caller's and must outlive it; takes the answers. */
void patient_init(struct patient *self, const char *sysroot, const struct vm *vm,
		  struct answers *answers);
void patient_finish(struct patient *self);

/* ---- files ----
 * Of a path that begins with "/", below the sysroot. Only regular files are read, at most 1 MiB of
 * them, never waiting; bytes 0 become blanks. */

/* NULL: `*error`, which may be NULL, is why: an errno. */
char *patient_read(const struct patient *self, int *error, const char *path);

/* Its first line, without blanks around. NULL: nobody knows. */
G_GNUC_PRINTF(2, 3)
char *patient_line(const struct patient *self, const char *format, ...);

G_GNUC_PRINTF(2, 3)
bool patient_has(const struct patient *self, const char *format, ...);

/* A list of CPUs that is a file. False: there is none, or it is no list. */
bool patient_cpus(const struct patient *self, struct vm_cpus *out, const char *path);

/* Of /proc/meminfo, in bytes. False: it does not tell. */
bool patient_meminfo(const struct patient *self, const char *name, uint64_t *out);

/* Names in a folder, sorted, at most 4096; empty where there are none. `error` as above. */
char **patient_list(const struct patient *self, int *error, const char *folder);

/* All files of a folder with this ending, one after the other. "" for none. */
char *patient_read_all(const struct patient *self, const char *folder, const char *ending);

/* The last part of what a link leads to. NULL: no link. */
char *patient_link(const struct patient *self, const char *path);

/* access(2) as we are: 0 or an errno. */
int patient_access(const struct patient *self, const char *path, int mode);

/* ---- questions that many checks have ---- */

/* In general, or of this machine: does it get something of a GPU of this computer? */
bool patient_shares(const struct patient *self);

/* And a whole one? */
bool patient_gives_gpu(const struct patient *self);

/* Does somebody do the root's steps at a start? */
bool patient_has_helper(const struct patient *self);

bool patient_has_mode(const struct patient *self, enum vm_gpu_mode mode);

/* Is a function of the GPU's slot, itself among them. */
bool same_slot(const struct facts_device *a, const struct facts_device *b);

/* "01:00.0": without the domain where that is 0. */
#define SHORT_ADDRESS PCI_ADDRESS_LENGTH
const char *short_address(const struct facts_device *device, char out[SHORT_ADDRESS]);

#endif
