#include "shm/udmabuf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shm/impl.h"
#include "shm/sysfs.h"

/* The device pins pages, so it wants to be sure that they stay, and that they may be written. */
static int check_seals(const char *name, int memfd, struct err *err)
{
	int seals = fcntl(memfd, F_GET_SEALS);

	if (seals < 0 || !(seals & F_SEAL_SHRINK))
		return err_set(
			err, -ENOTSUP,
			"%s is no sealed memfd, and only such memory can be a dma-buf: share "
			"what `oriel shmd` makes, QEMU's memory-backend-memfd, or /dev/kvmfr0",
			name);
	if (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return err_set(err, -ENOTSUP,
			       "%s is sealed against writing, so it cannot be a dma-buf", name);
	return 0;
}

static int open_device(const char *sysroot, struct err *err)
{
	const struct shm_params below = { .sysroot = sysroot };
	char path[256];

	shm_path(path, sizeof(path), &below, "/dev/udmabuf");
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return err_set(err, -ENOTSUP,
			       "%s does not exist, so memory cannot be handed to the GPU: sudo "
			       "modprobe udmabuf, or take a kernel with CONFIG_UDMABUF",
			       path);
	return shm_open_path(path, err);
}

/* The most that one dma-buf may have, by the device's parameter; 0 where it does not say. */
static uint64_t size_limit(const char *sysroot, char *path, size_t room)
{
	const struct shm_params below = { .sysroot = sysroot };
	char text[32];

	shm_path(path, room, &below, "/sys/module/udmabuf/parameters");
	if (sysfs_read(path, "size_limit_mb", text, sizeof(text)) <= 0)
		return 0;
	return strtoull(text, NULL, 10) << 20;
}

/* The kernel says EINVAL to anything that it does not like. */
static int refused(const char *sysroot, const char *name, uint64_t length, int failed,
		   struct err *err)
{
	char path[256];
	uint64_t limit = size_limit(sysroot, path, sizeof(path));
	uint64_t mib = (length + (1u << 20) - 1) >> 20;

	if (failed != -EINVAL || !limit || length <= limit)
		return err_set_errno(err, failed, "%s: making a dma-buf of %llu bytes of it", name,
				     (unsigned long long)length);
	return err_set(err, -EFBIG,
		       "%s: a picture needs a dma-buf of %llu MiB, and the kernel allows %llu: "
		       "echo %llu | sudo tee %s/size_limit_mb",
		       name, (unsigned long long)mib, (unsigned long long)(limit >> 20),
		       (unsigned long long)mib, path);
}

int udmabuf_create(const char *sysroot, const char *name, int memfd, uint64_t offset,
		   uint64_t length, struct err *err)
{
	const struct udmabuf_create wanted = { .memfd = (uint32_t)memfd,
					       .flags = UDMABUF_FLAGS_CLOEXEC,
					       .offset = offset,
					       .size = length };
	int result = check_seals(name, memfd, err);

	if (result < 0)
		return result;
	int device = open_device(sysroot, err);
	if (device < 0)
		return device;
	result = ioctl(device, UDMABUF_CREATE, &wanted);
	if (result < 0)
		result = refused(sysroot, name, length, -errno, err);
	close(device);
	return result;
}

int shm_udmabuf(const struct shm *self, uint64_t offset, uint64_t length, struct err *err)
{
	return udmabuf_create(NULL, self->name, self->fd, offset, length, err);
}
