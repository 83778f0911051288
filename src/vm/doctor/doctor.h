/* vm/doctor/doctor.h - the checks: a row each, in the order in which a person should read them.
 *
 * To add one: a function in check_SUBJECT.c, its name in checks.h, a row in rows.c. Man page,
 * --help and JSON follow. Checks read through struct patient only, wait for nothing and change
 * nothing.
 */
#ifndef VM_DOCTOR_DOCTOR_H
#define VM_DOCTOR_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "vm/doctor/finding.h"
#include "vm/doctor/patient.h"

struct doctor_row {
	const char *id;    /* stable: "iommu" */
	const char *group; /* the heading that it stands below */
	const char *title;
	const char *what; /* is looked at, for the manual: a sentence without its end */
	const char *why;  /* it matters: the same */
	/* Does this machine need it, or anybody where there is no machine? NULL: everybody does. */
	bool (*needed)(const struct patient *patient);
	void (*check)(const struct patient *patient, struct finding *finding);
};

enum { DOCTOR_ROWS = 30 };

extern const struct doctor_row doctor_rows[DOCTOR_ROWS];

/* What one check finds; `finding` is initialised by it, for finding_finish(). What only some
 * machines need is a warning at worst where no machine was given. */
void doctor_look(const struct doctor_row *row, const struct patient *patient,
		 struct finding *finding);

#endif
