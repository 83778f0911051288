/* vm/doctor/report.h - what was found, for a person or a program. */
#ifndef VM_DOCTOR_REPORT_H
#define VM_DOCTOR_REPORT_H

#include "vm/doctor/doctor.h"

/* All that a visit brought. */
struct report {
	const struct patient *patient;
	struct finding findings[DOCTOR_ROWS]; /* of doctor_rows, in their order */
	unsigned counts[VERDICTS];
	unsigned milliseconds;
};

/* Looks at everything. `patient` must outlive it. */
void report_init(struct report *self, const struct patient *patient);
void report_finish(struct report *self);

/* Lines of at most 80 columns where words allow it. `all`: what was read of good ones too, and
 * those that are not needed. The caller frees. */
char *report_text(const struct report *self, bool all, bool colour);

/* An object; oriel-doctor(1) says what it has. The caller frees. */
char *report_json(const struct report *self);

#endif
