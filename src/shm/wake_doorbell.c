#include "shm/wake_doorbell.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/mem.h"
#include "shm/sysfs.h"
#include "shm/vfio.h"
#include "shm/wake.h"

/* 32-bit registers of BAR0, by index. */
enum { REGISTER_IV_POSITION = 2, REGISTER_DOORBELL = 3 };

/* ivshmem-plain has the same registers, but nobody behind them. Only ivshmem-doorbell has MSI-X,
 * and so a BAR1 that holds its table. */
static int has_peers(const char *directory, const char *address, struct err *err)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/resource1", directory);
	if (access(path, F_OK) == 0)
		return 0;
	return err_set(err, -ENODEV,
		       "PCI device %s has no doorbell: the machine was given ivshmem-plain, or no "
		       "such device; ivshmem-doorbell has one (oriel shmd --print-qemu)",
		       address);
}

static int map_by_sysfs(void **out, const char *directory, const char *address, struct err *err)
{
	char path[PATH_MAX + 16];

	int result = sysfs_write(directory, "enable", "1");
	if (result < 0)
		return err_set_errno(err, result, "%s/enable: switching its memory on", directory);
	snprintf(path, sizeof(path), "%s/resource0", directory);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_SYNC);
	if (fd < 0)
		return err_set_errno(err, -errno, "%s: opening the doorbell of %s", path, address);
	void *base = mmap(NULL, MEM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int failed = errno;
	close(fd);
	if (base == MAP_FAILED)
		return err_set_errno(err, -failed, "%s: mapping the doorbell of %s%s", path,
				     address,
				     failed == EPERM ? " (kernel lockdown forbids it)" : "");
	*out = base;
	return 0;
}

static int map_by_vfio(void **out, const struct vfio *vfio, const char *address, struct err *err)
{
	int result = vfio_map(vfio, 0, MEM_PAGE, out);

	return result < 0 ? err_set_errno(err, result,
					  "PCI device %s: mapping its doorbell through vfio-pci",
					  address)
			  : 0;
}

int wake_doorbell_open(struct wake_doorbell *out, const struct shm *memory, const char *sysroot,
		       struct err *err)
{
	char directory[PATH_MAX], name[PCI_ADDRESS_LENGTH];
	struct pci_address parsed;
	void *base;

	if (!pci_address_parse(memory->name, &parsed))
		return err_set(err, -EINVAL, "%s is no PCI address, such as 0000:00:04.0",
			       memory->name);
	pci_address_format(&parsed, name);
	snprintf(directory, sizeof(directory), "%s/sys/bus/pci/devices/%s", sysroot ? sysroot : "",
		 name);
	int result = has_peers(directory, name, err);
	if (result == 0)
		result = memory->vfio ? map_by_vfio(&base, memory->vfio, name, err)
				      : map_by_sysfs(&base, directory, name, err);
	if (result < 0)
		return result;
	*out = (struct wake_doorbell){ .registers = base };
	out->id = (uint16_t)out->registers[REGISTER_IV_POSITION];
	return 0;
}

int wake_doorbell_listen(struct wake_doorbell *self, const struct shm *memory, struct err *err)
{
	if (!memory->vfio)
		return err_set(err, -ENOTSUP,
			       "nobody outside of this machine can wake this program: that needs "
			       "vfio-pci, as --memory vfio:%s asks for",
			       memory->name);
	int fd = wake_eventfd();
	int result = fd < 0 ? fd : vfio_listen(memory->vfio, fd);
	if (result < 0) {
		if (fd >= 0)
			close(fd);
		return err_set_errno(err, result, "PCI device %s: taking its interrupts",
				     memory->name);
	}
	self->vfio = memory->vfio;
	self->knocks = fd;
	return 0;
}

static void listen_no_more(struct wake_doorbell *self)
{
	vfio_listen(self->vfio, -1);
	close(self->knocks);
	self->vfio = NULL;
}

void wake_doorbell_close(struct wake_doorbell *self)
{
	if (self->vfio)
		listen_no_more(self);
	if (self->registers)
		munmap((void *)self->registers, MEM_PAGE);
	self->registers = NULL;
}

void wake_doorbell_ring(const struct wake_doorbell *self, uint32_t doorbell)
{
	/* The memory's stores may sit in write-combining buffers, the register's may not. Partner:
	 * the fence in wake_eventfd_clear() on the other side of the machine. */
	fence_stores();
	self->registers[REGISTER_DOORBELL] = doorbell;
}
