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
#include "shm/shm.h"

/* What the doorbell register takes, and what a consumer writes down for its producer. */
static inline uint32_t wake_doorbell_of(uint16_t peer, uint16_t vector)
{
	return (uint32_t)peer << 16 | vector;
}

struct wake_doorbell {
	volatile uint32_t *registers; /* BAR0 */
	uint16_t id;                  /* our machine's own peer id */
	const struct vfio *vfio;      /* the memory's, while we listen; else NULL */
	int knocks; /* then an eventfd that rings when somebody rings our vector 0 */
};

/* Maps BAR0 of the device that the memory came from and switches it on: through vfio-pci where the
 * memory has that, else through sysfs. -EINVAL: memory of no PCI device; -ENODEV: an ivshmem-plain
 * device, which has no doorbell; -EPERM: kernel lockdown; others with words, too. `sysroot` NULL =
 * "": where /sys is (tests). Blocks on the kernel only. */
int wake_doorbell_open(struct wake_doorbell *out, const struct shm *memory, const char *sysroot,
		       struct err *err);

/* From now on `knocks` rings when somebody rings this machine's vector 0: non-blocking, to be slept
 * on and cleared by wake_eventfd_clear(). 0; or a negative errno with words, -ENOTSUP where the
 * memory is not through vfio-pci, the only way to hear an interrupt. Close it before the memory. */
int wake_doorbell_listen(struct wake_doorbell *self, const struct shm *memory, struct err *err);

/* Listens no more, unmaps. Fine when it was never opened and all zero. */
void wake_doorbell_close(struct wake_doorbell *self);

/* Rings `doorbell`, made by wake_doorbell_of(). What was stored into the shared memory before is
 * visible to the peer when it wakes. One store; a machine's exit costs the guest about a
 * microsecond. A peer that does not exist is not rung. */
void wake_doorbell_ring(const struct wake_doorbell *self, uint32_t doorbell);

#endif
