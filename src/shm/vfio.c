#include "shm/vfio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "shm/pci.h"
#include "shm/sysfs.h"

/* The group and its container must stay open as long as the device is used. */
struct vfio {
	int container, group, device;
};

/* ---- binding ---- */

static const struct {
	const char *why, *otherwise;
} words[] = {
	[VFIO_WANTED] = { "cannot be opened through vfio-pci",
			  "name the device without vfio:, and viewers cannot wake this program" },
	[VFIO_LOCKED] = { "cannot be mapped: kernel lockdown (Secure Boot) forbids it through sysfs",
			  "switch Secure Boot off in this guest" },
};

static bool is_bound(const char *directory)
{
	char driver[64] = "";

	sysfs_link(directory, "driver", driver, sizeof(driver));
	return strcmp(driver, VFIO_DRIVER) == 0;
}

static int not_bound(const char *address, int result, enum vfio_reason reason, struct err *err)
{
	return err_set(err, -EPERM,
		       "PCI device %s %s; vfio-pci did not take it%s%s. Remedy: as root, modprobe "
		       "vfio-pci and try again (it is bound by writing vfio-pci to "
		       "/sys/bus/pci/devices/%s/driver_override, then %s to "
		       "/sys/bus/pci/drivers_probe); or %s",
		       address, words[reason].why, result < 0 ? ": " : "",
		       result < 0 ? strerror(-result) : "", address, address,
		       words[reason].otherwise);
}

/* The kernel accepts the texts even where the driver refuses the device: only the link tells. */
static int bind_device(const char *directory, const char *address, const struct shm_params *params,
		       enum vfio_reason reason, struct err *err)
{
	char bus[PATH_MAX];

	if (is_bound(directory))
		return 0;
	shm_path(bus, sizeof(bus), params, "/sys/bus/pci");
	int result = sysfs_write(directory, "driver_override", VFIO_DRIVER);
	if (result == 0)
		result = sysfs_write(bus, "drivers_probe", address);
	if (result == 0 && is_bound(directory))
		return 0;
	return not_bound(address, result, reason, err);
}

static int find_group(const char *directory, const char *address, enum vfio_reason reason,
		      char *out, size_t length, struct err *err)
{
	if (sysfs_link(directory, "iommu_group", out, length) == 0)
		return 0;
	return err_set(err, -EPERM,
		       "PCI device %s %s; vfio-pci needs an IOMMU. Remedy: -device intel-iommu for "
		       "QEMU and intel_iommu=on for this guest's kernel; or %s",
		       address, words[reason].why, words[reason].otherwise);
}

/* ---- opening ---- */

static int open_node(int *out, const struct shm_params *params, const char *name, struct err *err)
{
	char node[64], path[PATH_MAX];

	snprintf(node, sizeof(node), "/dev/vfio/%s", name);
	shm_path(path, sizeof(path), params, node);
	*out = shm_open_path(path, err);
	if (*out == -EBUSY)
		err_set(err, *out, "%s is in use: another program has this device open", path);
	return *out < 0 ? *out : 0;
}

/* One ioctl after the other, each needs the one before. */
static int join(struct vfio *self, const char *address, struct err *err)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(self->container, VFIO_GET_API_VERSION) != VFIO_API_VERSION)
		return err_set(err, -ENOTSUP, "/dev/vfio/vfio speaks an unknown version");
	if (ioctl(self->group, VFIO_GROUP_GET_STATUS, &status) < 0)
		return err_set_errno(err, -errno, "PCI device %s: state of its IOMMU group",
				     address);
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return err_set(err, -EBUSY,
			       "PCI device %s: another device of its IOMMU group is in use by a "
			       "driver; put the ivshmem device into a group of its own",
			       address);
	if (ioctl(self->group, VFIO_GROUP_SET_CONTAINER, &self->container) < 0 ||
	    ioctl(self->container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU) < 0)
		return err_set_errno(err, -errno,
				     "PCI device %s: joining its IOMMU group (as root, modprobe "
				     "vfio_iommu_type1)",
				     address);
	self->device = ioctl(self->group, VFIO_GROUP_GET_DEVICE_FD, address);
	return self->device < 0
		       ? err_set_errno(err, -errno, "PCI device %s: opening it through vfio-pci",
				       address)
		       : 0;
}

static int region_info(const struct vfio *self, unsigned index, struct vfio_region_info *out)
{
	*out = (struct vfio_region_info){ .argsz = sizeof(*out), .index = index };
	return ioctl(self->device, VFIO_DEVICE_GET_REGION_INFO, out) < 0 ? -errno : 0;
}

/* vfio-pci opens a device with memory decoding as it was, often off; and an MSI-X message is a
 * write to memory that the device has to be allowed. */
static int enable(const struct vfio *self, const char *address, struct err *err)
{
	struct vfio_region_info config;
	uint16_t command;
	int result = region_info(self, VFIO_PCI_CONFIG_REGION_INDEX, &config);
	off_t at = (off_t)config.offset + PCI_COMMAND;

	if (result == 0 && pread(self->device, &command, sizeof(command), at) != sizeof(command))
		result = -EIO;
	if (result == 0) {
		command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
		if (pwrite(self->device, &command, sizeof(command), at) != sizeof(command))
			result = -EIO;
	}
	return result < 0 ? err_set_errno(err, result, "PCI device %s: switching it on", address)
			  : 0;
}

int vfio_open(struct vfio **out, const char *directory, const char *address,
	      const struct shm_params *params, enum vfio_reason reason, struct err *err)
{
	char group[32];
	int result = find_group(directory, address, reason, group, sizeof(group), err);

	if (result == 0)
		result = bind_device(directory, address, params, reason, err);
	if (result < 0)
		return result;
	struct vfio *self = malloc(sizeof(*self));
	if (!self)
		return err_set_errno(err, -ENOMEM, "PCI device %s", address);
	*self = (struct vfio){ -1, -1, -1 };
	result = open_node(&self->container, params, "vfio", err);
	if (result == 0)
		result = open_node(&self->group, params, group, err);
	if (result == 0)
		result = join(self, address, err);
	if (result == 0)
		result = enable(self, address, err);
	if (result < 0)
		vfio_close(self);
	else
		*out = self;
	return result;
}

void vfio_close(struct vfio *self)
{
	if (!self)
		return;
	const int fds[] = { self->device, self->group, self->container };
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(self);
}

/* ---- using ---- */

int64_t vfio_bar_size(const struct vfio *self, unsigned bar)
{
	struct vfio_region_info info;
	int result = region_info(self, VFIO_PCI_BAR0_REGION_INDEX + bar, &info);

	return result < 0 ? result : (int64_t)min_u64(info.size, INT64_MAX);
}

int vfio_map(const struct vfio *self, unsigned bar, uint64_t size, void **out)
{
	struct vfio_region_info info;
	int result = region_info(self, VFIO_PCI_BAR0_REGION_INDEX + bar, &info);

	if (result < 0)
		return result;
	if (size > SIZE_MAX / 2)
		return -EFBIG;
	void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, self->device,
			  (off_t)info.offset);
	if (base == MAP_FAILED)
		return -errno;
	*out = base;
	return 0;
}

int vfio_listen(const struct vfio *self, int eventfd)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = VFIO_PCI_MSIX_IRQ_INDEX };
	/* The structure ends in the descriptors, one per vector; none of either switches all off.
	 */
	struct {
		struct vfio_irq_set set;
		int32_t fd;
	} irqs = { .fd = eventfd };

	if (ioctl(self->device, VFIO_DEVICE_GET_IRQ_INFO, &info) < 0)
		return -errno;
	if (info.count == 0)
		return -ENOTSUP;
	irqs.set = (struct vfio_irq_set){
		.argsz = sizeof(irqs.set) + (eventfd < 0 ? 0 : sizeof(irqs.fd)),
		.flags = VFIO_IRQ_SET_ACTION_TRIGGER |
			 (eventfd < 0 ? VFIO_IRQ_SET_DATA_NONE : VFIO_IRQ_SET_DATA_EVENTFD),
		.index = VFIO_PCI_MSIX_IRQ_INDEX,
		.count = eventfd < 0 ? 0 : 1,
	};
	return ioctl(self->device, VFIO_DEVICE_SET_IRQS, &irqs) < 0 ? -errno : 0;
}
