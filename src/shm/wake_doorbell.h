/* shm/wake_doorbell.h - the doorbell of an ivshmem device, seen from inside the guest.
 *
 * The device's BAR0 is a page of registers. One 32-bit store makes QEMU ring another peer's
 * eventfd; that needs neither a driver nor an interrupt in the guest. Being rung there does (MSI-X
 * through vfio-pci).
 */
#ifndef SHM_WAKE_DOORBELL_H
#define SHM_WAKE_DOORBELL_H

#include <stdint.h>

#include "base/err.h"

/* What the doorbell register takes, and what a consumer writes down for its producer. */
static inline uint32_t wake_doorbell_of(uint16_t peer, uint16_t vector)
{
	return (uint32_t)peer << 16 | vector;
}

struct wake_doorbell {
	volatile uint32_t *registers; /* BAR0 */
	uint16_t id;                  /* our machine's own peer id */
};

/* Maps BAR0 of the device at a PCI address ("0000:00:04.0", a region's name) and switches its
 * memory on. -ENODEV: an ivshmem-plain device, which has no doorbell; -EPERM: kernel lockdown;
 * others with words, too. `sysroot` NULL = "": where /sys is (tests). Blocks on the kernel only. */
int wake_doorbell_open(struct wake_doorbell *out, const char *address, const char *sysroot,
		       struct err *err);

/* Unmaps. Fine when it was never opened and all zero. */
void wake_doorbell_close(struct wake_doorbell *self);

/* Rings `doorbell`, made by wake_doorbell_of(). What was stored into the shared memory before is
 * visible to the peer when it wakes. One store; a machine's exit costs the guest about a
 * microsecond. A peer that does not exist is not rung. */
void wake_doorbell_ring(const struct wake_doorbell *self, uint32_t doorbell);

#endif
