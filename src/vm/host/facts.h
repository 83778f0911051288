/* vm/host/facts.h - finds out what a plan needs to know of this computer. Reads only. */
#ifndef VM_HOST_FACTS_H
#define VM_HOST_FACTS_H

#include "vm/config/vm.h"
#include "vm/plan/facts.h"

/* Files are looked for below `sysroot`, "" for this computer; programs in $PATH. Asks QEMU for its
 * version only where `vm` makes a difference of it, since that takes longer than all the rest. May
 * wait for two seconds where KVM hangs. Main thread. */
struct facts *host_facts(const char *sysroot, const struct vm *vm);

/* Firmwares that the descriptor files in a folder tell of, by their names' order; those that are
 * not for this kind of machine, or make no sense, are passed over. */
GPtrArray *host_firmwares(const char *sysroot, const char *folder);

void host_facts_free(struct facts *self); /* NULL is fine */

#endif
