/* shm/vfio.h - a PCI device through vfio-pci: its memory and registers where kernel lockdown
 * forbids them in sysfs, and what nothing else gives a program: its interrupts.
 *
 * Needs an IOMMU in the guest, even though nobody here does DMA. Whoever has the device open is the
 * only one. Included by this room alone; others hold a pointer in their struct shm.
 */
#ifndef SHM_VFIO_H
#define SHM_VFIO_H

#include <stdint.h>

#include "shm/impl.h"

struct vfio;

/* Why not by sysfs: for the words of an error, and what else would help. */
enum vfio_reason {
	VFIO_WANTED, /* somebody asked for it, or the driver has the device already */
	VFIO_LOCKED, /* kernel lockdown */
};

/* Opens the device, bound to vfio-pci first if no driver has it (root), and switches its memory and
 * its interrupts on. `directory` is the device's, in sysfs. 0 with *out for vfio_close(); or a
 * negative errno with words: what is missing and the remedy. Blocks on the kernel only. */
int vfio_open(struct vfio **out, const char *directory, const char *address,
	      const struct shm_params *params, enum vfio_reason reason, struct err *err);

/* Whatever was mapped stays until it is unmapped, but a device that nobody has open may not answer.
 * NULL is fine. */
void vfio_close(struct vfio *self);

/* The size of a BAR (0: there is none), or a negative errno. */
int64_t vfio_bar_size(const struct vfio *self, unsigned bar);

/* Maps the first `size` bytes of a BAR for reading and writing. 0, or a negative errno. */
int vfio_map(const struct vfio *self, unsigned bar, uint64_t size, void **out);

/* From now on the device's first MSI-X vector rings `eventfd`; -1: nobody. 0, or a negative errno:
 * -ENOTSUP where the device has no such interrupts. */
int vfio_listen(const struct vfio *self, int eventfd);

#endif
