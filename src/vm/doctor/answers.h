/* vm/doctor/answers.h - what has to be asked rather than read, each with a deadline. */
#ifndef VM_DOCTOR_ANSWERS_H
#define VM_DOCTOR_ANSWERS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "vm/run/kvm_probe.h"

/* KVM is asked while QEMU thinks, so a doctor takes the longer of the two at most, and what it
 * takes to read some hundred files. */
enum {
	ANSWERS_QEMU_MS = 1500,
	ANSWERS_SUM_MS = KVM_PROBE_MS + ANSWERS_QEMU_MS, /* in the worst order */
};

struct answers_qemu {
	char *path; /* NULL: not installed */
	int error;  /* 0: it answered */
	unsigned major, minor;
	char **types; /* names of devices that it has */
	bool spice;
};

struct answers_swtpm {
	char *path;    /* NULL: not installed */
	int error;     /* 0: it answered */
	char *version; /* NULL: before 0.7 it does not tell, */
	bool tpm2;     /* nor, before 0.6, this */
};

struct answers {
	bool unasked; /* the computer is not this one: nothing runs, nobody answers */
	enum kvm_answer kvm;
	struct answers_qemu qemu;
	struct answers_swtpm swtpm;
	char *setup;           /* swtpm_setup; NULL: not installed */
	char *helper, *pkexec; /* oriel-helper, and what starts it; NULL: not installed */
	uint64_t lock_limit; /* bytes that we may lock, at the hard limit; UINT64_MAX: any number */
	bool root;           /* this is root */
	char *user;
	char **groups; /* that this session is in */
	int *grabs;    /* of the machine's input.evdev, in their order: 0: free; EBUSY: somebody has
			* it to himself; ENOTTY: it is no such device; else why it cannot be tried.
			* NULL: unasked */
	unsigned kvm_ms, qemu_ms; /* how long they took */
};

/* Asks. `evdev` (NULL ends) are taken and given back at once: nothing that is typed gets lost in
 * less than a millisecond. */
void answers_ask(struct answers *self, char *const *evdev);

/* What the files of another computer tell, below `sysroot`. */
void answers_guess(struct answers *self, const char *sysroot);

void answers_finish(struct answers *self);

#endif
