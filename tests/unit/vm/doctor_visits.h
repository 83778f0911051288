/* tests/unit/vm/doctor_visits.h - computers and machines, and what a doctor says of them. */
#ifndef TESTS_UNIT_VM_DOCTOR_VISITS_H
#define TESTS_UNIT_VM_DOCTOR_VISITS_H

#include <stddef.h>

struct visit {
	const char *name;
	/* Lines for sysroot_make(), behind those of a computer that is well. Where they begin with
	 * "bare\n", behind nothing. */
	const char *computer;
	const char *machine; /* YAML behind "name: win11"; NULL: none is given */
	/* Words: kvm=runs,missing,denied,fails,hangs,before qemu=7.2,none,late without=TYPE
	 * without=spice without=swtpm without=setup without=helper without=pkexec
	 * swtpm=late,old,1.2,0.7 grab=free,busy,no,denied lock=MIB root. NULL: all is
	 * well. */
	const char *answers;
	const char *verdicts; /* "iommu=fail vfio=ok": others are not looked at */
	const char *says;     /* the report, lines joined by blanks; NULL: anything */
};

extern const char *const well; /* the computer that is */
extern const struct visit visits[];
extern const size_t visit_count;

#endif
