/* The same BAR through vfio-pci: kernel lockdown (Secure Boot) forbids mapping it through sysfs,
 * but not this. Needs an IOMMU in the guest, even though nobody here does DMA. */
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

#define DRIVER "vfio-pci"

/* The group and its container must stay open as long as the device is mapped. */
struct vfio {
	int container, group, device;
};

struct vfio_shm {
	struct shm shm;
	struct vfio vfio;
};

static void vfio_finish(struct vfio *self)
{
	const int fds[] = { self->device, self->group, self->container };

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* ---- binding ---- */

static bool is_bound(const char *directory)
{
	char driver[64] = "";

	sysfs_link(directory, "driver", driver, sizeof(driver));
	return strcmp(driver, DRIVER) == 0;
}

/* The kernel accepts the texts even where the driver refuses the device: only the link tells. */
static int bind_device(const char *directory, const char *address, const struct shm_params *params,
		       struct err *err)
{
	char bus[PATH_MAX];

	if (is_bound(directory))
		return 0;
	shm_path(bus, sizeof(bus), params, "/sys/bus/pci");
	int result = sysfs_write(directory, "driver_override", DRIVER);
	if (result == 0)
		result = sysfs_write(bus, "drivers_probe", address);
	if (result == 0 && is_bound(directory))
		return 0;
	return err_set(
		err, -EPERM,
		"PCI device %s cannot be mapped: kernel lockdown (Secure Boot) forbids it through "
		"sysfs, and vfio-pci did not take it%s%s. Remedy: as root, modprobe vfio-pci; or "
		"switch Secure Boot off in this guest",
		address, result < 0 ? ": " : "", result < 0 ? strerror(-result) : "");
}

static int find_group(const char *directory, const char *address, char *out, size_t length,
		      struct err *err)
{
	if (sysfs_link(directory, "iommu_group", out, length) == 0)
		return 0;
	return err_set(
		err, -EPERM,
		"PCI device %s cannot be mapped: kernel lockdown (Secure Boot) forbids it through "
		"sysfs, and vfio-pci needs an IOMMU. Remedy: -device intel-iommu for QEMU and "
		"intel_iommu=on for this guest's kernel; or switch Secure Boot off in this guest",
		address);
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
		return err_set_errno(err, -errno, "PCI device %s: joining its IOMMU group",
				     address);
	self->device = ioctl(self->group, VFIO_GROUP_GET_DEVICE_FD, address);
	return self->device < 0
		       ? err_set_errno(err, -errno, "PCI device %s: opening it through vfio-pci",
				       address)
		       : 0;
}

static int region_info(const struct vfio *self, uint32_t index, struct vfio_region_info *out)
{
	*out = (struct vfio_region_info){ .argsz = sizeof(*out), .index = index };
	return ioctl(self->device, VFIO_DEVICE_GET_REGION_INFO, out) < 0 ? -errno : 0;
}

/* vfio-pci opens a device with memory decoding as it was, often off. */
static int enable_memory(const struct vfio *self)
{
	struct vfio_region_info config;
	uint16_t command;
	int result = region_info(self, VFIO_PCI_CONFIG_REGION_INDEX, &config);
	off_t at = (off_t)config.offset + PCI_COMMAND;

	if (result < 0)
		return result;
	if (pread(self->device, &command, sizeof(command), at) != sizeof(command))
		return -EIO;
	command |= PCI_COMMAND_MEMORY;
	return pwrite(self->device, &command, sizeof(command), at) == sizeof(command) ? 0 : -EIO;
}

static int map_bar(struct shm **out, const struct vfio *vfio, const char *address, uint64_t want,
		   struct err *err)
{
	struct vfio_region_info bar;
	int result = enable_memory(vfio);

	if (result == 0)
		result = region_info(vfio, VFIO_PCI_BAR2_REGION_INDEX, &bar);
	if (result < 0)
		return err_set_errno(err, result, "PCI device %s: looking for its memory", address);
	result = shm_check_size(address, bar.size, want, err);
	if (result < 0)
		return result;
	struct vfio_shm *self = calloc(1, sizeof(*self));
	void *base = self ? mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, vfio->device,
				 (off_t)bar.offset)
			  : MAP_FAILED;
	if (base == MAP_FAILED) {
		result = self ? -errno : -ENOMEM;
		free(self);
		return err_set_errno(err, result,
				     "PCI device %s: mapping its memory through vfio-pci", address);
	}
	self->shm = (struct shm){ .impl = &shm_vfio, .base = base, .size = bar.size, .fd = -1 };
	self->vfio = *vfio;
	snprintf(self->shm.name, sizeof(self->shm.name), "%s", address);
	*out = &self->shm;
	return 0;
}

int vfio_open_device(struct shm **out, const char *directory, const char *address,
		     const struct shm_params *params, struct err *err)
{
	struct vfio vfio = { -1, -1, -1 };
	char group[32];

	int result = find_group(directory, address, group, sizeof(group), err);
	if (result == 0)
		result = bind_device(directory, address, params, err);
	if (result == 0)
		result = open_node(&vfio.container, params, "vfio", err);
	if (result == 0)
		result = open_node(&vfio.group, params, group, err);
	if (result == 0)
		result = join(&vfio, address, err);
	if (result == 0)
		result = map_bar(out, &vfio, address, params->want, err);
	if (result < 0)
		vfio_finish(&vfio);
	return result;
}

static void vfio_close(struct shm *self)
{
	struct vfio_shm *own = container_of(self, struct vfio_shm, shm);

	munmap(self->base, self->size);
	vfio_finish(&own->vfio);
	free(own);
}

const struct shm_impl shm_vfio = {
	.name = "vfio",
	.close = vfio_close,
};
