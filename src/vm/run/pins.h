/* vm/run/pins.h - which of this computer's CPUs a machine's threads stay on. Main thread. */
#ifndef VM_RUN_PINS_H
#define VM_RUN_PINS_H

#include "qemu/qmp.h"
#include "vm/config/vm.h"

/* Asks QEMU for its threads and puts them where the file says; does nothing where it says nothing.
 * `pid` is QEMU's. FALSE with `error`. */
gboolean pins_set(struct qmp *qmp, int pid, const struct vm_cpu *cpu, GError **error);

/* So many CPUs are named. */
unsigned pins_count(const struct vm_cpus *cpus);

#endif
