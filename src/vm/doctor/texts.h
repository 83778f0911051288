/* vm/doctor/texts.h - what text files of /proc, /sys and /etc hold. Pure; any bytes will do, what
 * makes no sense is passed over. Texts that are answered are the caller's to free.
 */
#ifndef VM_DOCTOR_TEXTS_H
#define VM_DOCTOR_TEXTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "vm/config/vm.h"

/* os-release, /etc/default/...: KEY=value or KEY="value". NULL: no such line. */
char *texts_value(const char *text, const char *key);

/* cpuinfo, meminfo: "name : value", the first of that name. NULL: none. */
char *texts_field(const char *text, const char *name);

/* Is `word` one of those in a text? Blanks and commas stand between. */
bool texts_word(const char *text, const char *word);

/* The command line of a kernel: what the last NAME=value has; "" for NAME alone, NULL for none.
 * - and _ are one in names, as for the kernel. */
char *texts_parameter(const char *line, const char *name);

/* modprobe.d: the last value that "options MODULE NAME=value" gives. NULL: none. */
char *texts_option(const char *text, const char *module, const char *name);

/* modprobe.d: does "softdep MODULE pre: ..." name `first`? */
bool texts_softdep(const char *text, const char *module, const char *first);

/* iomem: the PCI function in whose window a line with one of these names (NULL ends) stands; NULL:
 * none. `name`, which may be NULL, gets the name found, one of `names`. */
char *texts_owner(const char *text, const char *const *names, const char **name);

/* security/limits.conf: bytes of memory that a user of these groups (NULL ends) may lock;
 * UINT64_MAX: any number. False: it does not say. */
bool texts_lock_limit(const char *text, const char *user, char *const *groups, uint64_t *bytes);

/* /proc/self/cgroup: our group of version 2, "" for the outermost; NULL: none. */
char *texts_cgroup(const char *text);

/* mdevctl's file of a mediated device: its type, and is it made when the computer starts? False: it
 * is none of its files. */
bool texts_mediated(const char *text, char **type, bool *starts);

/* "0-3,8": false where it is no such list, or names CPUs beyond VM_CPUS_MAX. */
bool texts_cpus(const char *text, struct vm_cpus *out);
unsigned cpus_count(const struct vm_cpus *self);
bool cpus_has(const struct vm_cpus *self, unsigned cpu);
bool cpus_contain(const struct vm_cpus *self, const struct vm_cpus *others);
char *cpus_name(const struct vm_cpus *self);

/* The number at the beginning, behind blanks. False: none, or too large. */
bool texts_number(const char *text, uint64_t *out);

/* "[1d6b:0002],10de:2684": is this one of the ids of vfio-pci's parameter? */
bool texts_has_id(const char *ids, uint16_t vendor, uint16_t product);

/* Bytes of somebody else, fit for a terminal: at most 160, of one line. */
char *texts_fit(const char *text);

#endif
