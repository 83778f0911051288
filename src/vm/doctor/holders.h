/* vm/doctor/holders.h - which programs have a file open. */
#ifndef VM_DOCTOR_HOLDERS_H
#define VM_DOCTOR_HOLDERS_H

#include "vm/doctor/patient.h"

struct holders {
	unsigned count;
	bool hidden; /* there are programs of others, which do not show theirs */
	char *names; /* "Xorg (77), mutter (81)": the first of them; "" for none */
};

typedef bool (*holders_match)(const char *target, const void *data);

/* Of all whose open files `match` says yes to one of. */
void holders_find(struct holders *self, const struct patient *patient, holders_match match,
		  const void *data);
void holders_finish(struct holders *self);

#endif
