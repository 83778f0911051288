/* vm/doctor/mend.h - does what findings offer: each thing is shown first, and asked for. */
#ifndef VM_DOCTOR_MEND_H
#define VM_DOCTOR_MEND_H

#include <stdio.h>

#include "vm/doctor/report.h"

struct mend {
	FILE *in, *out;
	bool yes;           /* ask nobody */
	const char *folder; /* for files that a person is to put in their place */
	const char *pkexec; /* NULL: what needs root is shown only */
};

/* How many things it did not manage to do; those that nobody wanted are none. */
unsigned mend_all(const struct mend *self, const struct report *report);

#endif
