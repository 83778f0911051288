/* vm/exchange/libvirt.h - a machine as libvirt's domain XML. Pure. */
#ifndef VM_EXCHANGE_LIBVIRT_H
#define VM_EXCHANGE_LIBVIRT_H

#include "vm/plan/plan.h"

/* Whose libvirt: of the computer (qemu:///system), whose QEMU runs as another user, or of the user
 * (qemu:///session). */
enum libvirt_whose { LIBVIRT_SYSTEM, LIBVIRT_SESSION };

/* The same devices as the plan's; the caller frees. What libvirt lacks goes through QEMU's command
 * line where it can; of that, and of what libvirt cannot be told at all, `notes` (char *) gets a
 * sentence each. */
char *libvirt_write(const struct vm *vm, const struct plan *plan, const struct facts *facts,
		    enum libvirt_whose whose, GPtrArray *notes);

#endif
