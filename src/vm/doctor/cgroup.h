/* vm/doctor/cgroup.h - what the control groups that this session is in allow (version 2's; version
 * 1 limits nobody that has not been told). A machine runs below the same user's slice. */
#ifndef VM_DOCTOR_CGROUP_H
#define VM_DOCTOR_CGROUP_H

#include "vm/doctor/patient.h"

/* The least number that files of this name hold, in our group and those around it; false: there is
 * none, or "max" in each. `*group` is whose it is ("/user.slice"), for the caller to free. */
bool cgroup_limit(const struct patient *patient, const char *file, uint64_t *out, char **group);

/* The first line of such a file, of the innermost group that has one; NULL: none. */
char *cgroup_line(const struct patient *patient, const char *file, char **group);

#endif
