/* BAR2 of an ivshmem device in a Linux guest. Through sysfs there is no need of a driver, and
 * writes are combined. Through vfio-pci there are interrupts; its mapping of the memory is taken
 * only where kernel lockdown forbids that of sysfs. */
#include "shm/pci.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "shm/sysfs.h"
#include "shm/vfio.h"

#define DEVICES        "/sys/bus/pci/devices"
#define IVSHMEM_VENDOR 0x1af4
#define IVSHMEM_DEVICE 0x1110

/* Best first: streams through the write-combining buffers where the memory type counts. */
static const struct {
	const char *name;
	bool write_combined;
} resources[] = { { "resource2_wc", true }, { "resource2", false } };

/* In front of an address, or instead of one: bind the device to vfio-pci. */
#define BY_VFIO "vfio:"

static const char *after_vfio(const char *path)
{
	size_t length = strlen(BY_VFIO);

	return strncmp(path, BY_VFIO, length) == 0 ? path + length : NULL;
}

static bool claims(const char *path)
{
	struct pci_address address;

	return after_vfio(path) || pci_address_parse(path, &address);
}

static void device_directory(char *out, size_t length, const struct shm_params *params,
			     const char *address)
{
	char path[sizeof(DEVICES) + PCI_ADDRESS_LENGTH + 1];

	snprintf(path, sizeof(path), DEVICES "/%s", address);
	shm_path(out, length, params, path);
}

static uint32_t read_hex(const char *directory, const char *name)
{
	char text[32];
	uint32_t value = 0;

	if (sysfs_read(directory, name, text, sizeof(text)) > 0)
		sysfs_parse_hex(text, &value);
	return value;
}

static bool is_ivshmem(const char *directory)
{
	return read_hex(directory, "vendor") == IVSHMEM_VENDOR &&
	       read_hex(directory, "device") == IVSHMEM_DEVICE;
}

bool pci_find_ivshmem(const struct shm_params *params, char *out, size_t length)
{
	char path[PATH_MAX], found[PCI_ADDRESS_LENGTH] = "", name[PCI_ADDRESS_LENGTH];
	struct pci_address address;

	shm_path(path, sizeof(path), params, DEVICES);
	DIR *devices = opendir(path);
	if (!devices)
		return false;
	for (struct dirent *entry; (entry = readdir(devices));) {
		if (!pci_address_parse(entry->d_name, &address))
			continue;
		pci_address_format(&address, name);
		device_directory(path, sizeof(path), params, name);
		if (is_ivshmem(path) && (!found[0] || strcmp(name, found) < 0))
			memcpy(found, name, sizeof(found));
	}
	closedir(devices);
	if (found[0])
		snprintf(out, length, "%s", found);
	return found[0] != '\0';
}

static int not_ivshmem(const char *directory, const char *address, struct err *err)
{
	if (access(directory, F_OK) < 0)
		return err_set(err, -ENODEV,
			       "there is no PCI device %s here; lspci -d 1af4:1110 lists those "
			       "that will do",
			       address);
	return err_set(
		err, -EINVAL,
		"PCI device %s is %04x:%04x, not an ivshmem device (1af4:1110); lspci -d 1af4:1110 "
		"lists those that will do",
		address, read_hex(directory, "vendor"), read_hex(directory, "device"));
}

/* Without a driver the device does not answer at its addresses until somebody enables it; with
 * one (EBUSY) that has been done. */
static int enable(const char *directory, const char *address, struct err *err)
{
	int result = sysfs_write(directory, "enable", "1");

	if (result == 0 || result == -EBUSY)
		return 0;
	return err_set_errno(
		err, result,
		"PCI device %s cannot be enabled; run as root (writing 1 to %s/enable)", address,
		directory);
}

static int map_bar(struct shm **out, const char *address, int fd, uint64_t size, struct err *err)
{
	int result = shm_wrap(out, &shm_pci, address, fd, 0, size, err);

	return result == -EINVAL ? -EBUSY : result;
}

/* -EPERM is lockdown, -EBUSY (EINVAL in the kernel's words) another driver: the caller says so. */
static int map_resource(struct shm **out, const char *directory, const char *address, uint64_t want,
			struct err *err)
{
	char path[PATH_MAX + 16];
	struct stat st;
	int result = -ENOENT;

	for (size_t i = 0; i < ARRAY_LEN(resources) && result == -ENOENT; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, resources[i].name);
		int fd = shm_open_path(path, err);
		if (fd < 0) {
			result = fd;
			continue;
		}
		result = fstat(fd, &st) < 0 ? -errno
					    : shm_check_size(path, (uint64_t)st.st_size, want, err);
		if (result == 0)
			result = map_bar(out, address, fd, (uint64_t)st.st_size, err);
		if (result < 0)
			close(fd);
		else
			(*out)->write_combined = resources[i].write_combined;
	}
	return result;
}

/* The mapping of vfio-pci: of a memory type that no write combines. */
static int map_vfio(struct shm **out, const struct vfio *vfio, const char *address, uint64_t want,
		    struct err *err)
{
	int64_t size = vfio_bar_size(vfio, 2);
	int result = size < 0 ? (int)size : shm_check_size(address, (uint64_t)size, want, err);
	void *base;

	if (size >= 0 && result < 0)
		return result;
	struct shm *self = calloc(1, sizeof(*self));
	if (result == 0)
		result = self ? vfio_map(vfio, 2, (uint64_t)size, &base) : -ENOMEM;
	if (result < 0) {
		free(self);
		return err_set_errno(err, result,
				     "PCI device %s: mapping its memory through vfio-pci", address);
	}
	*self = (struct shm){ .impl = &shm_pci, .base = base, .size = (size_t)size, .fd = -1 };
	snprintf(self->name, sizeof(self->name), "%s", address);
	*out = self;
	return 0;
}

/* Through vfio-pci also where it belongs to a user who may not open what is root's in sysfs. */
static int map_either(struct shm **out, struct vfio **vfio, const char *directory,
		      const char *address, const struct shm_params *params, struct err *err)
{
	int result = *vfio ? 0 : enable(directory, address, err);

	if (result == 0)
		result = map_resource(out, directory, address, params->want, err);
	bool locked = result == -EPERM && !*vfio;
	if (locked)
		result = vfio_open(vfio, directory, address, params, VFIO_LOCKED, err);
	if (*vfio && (locked || result < 0))
		result = map_vfio(out, *vfio, address, params->want, err);
	return result;
}

static int open_device(struct shm **out, const char *directory, const char *address, bool by_vfio,
		       const struct shm_params *params, struct err *err)
{
	struct vfio *vfio = NULL;
	char driver[64] = "";
	int result = 0;

	sysfs_link(directory, "driver", driver, sizeof(driver));
	if (by_vfio || strcmp(driver, VFIO_DRIVER) == 0)
		result = vfio_open(&vfio, directory, address, params, VFIO_WANTED, err);
	if (result == 0)
		result = map_either(out, &vfio, directory, address, params, err);
	if (result == -EBUSY && !vfio && driver[0] && strcmp(driver, VFIO_DRIVER) != 0)
		err_set(err, result,
			"PCI device %s is in use by the driver %s; unbind it, or open /dev/kvmfrN "
			"where that is kvmfr",
			address, driver);
	if (result < 0)
		vfio_close(vfio);
	else
		(*out)->vfio = vfio;
	return result;
}

static int pci_open(struct shm **out, const char *path, const struct shm_params *params,
		    struct err *err)
{
	char directory[PATH_MAX], address[PCI_ADDRESS_LENGTH];
	const char *by_vfio = after_vfio(path), *name = by_vfio ? by_vfio : path;
	struct pci_address parsed;

	if (!*name && pci_find_ivshmem(params, address, sizeof(address)))
		name = address;
	if (!*name)
		return err_set(err, -ENODEV,
			       "%s: this machine has no ivshmem PCI device (1af4:1110)", path);
	if (!pci_address_parse(name, &parsed))
		return err_set(err, -EINVAL, "%s is no PCI address such as 0000:00:04.0", name);
	pci_address_format(&parsed, address);
	device_directory(directory, sizeof(directory), params, address);
	if (!is_ivshmem(directory))
		return not_ivshmem(directory, address, err);
	return open_device(out, directory, address, by_vfio, params, err);
}

const struct shm_impl shm_pci = {
	.name = "pci",
	.claims = claims,
	.open = pci_open,
};
