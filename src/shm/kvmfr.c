/* The character device of the kvmfr module. Source: spec section 9.2. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shm/impl.h"

#define KVMFR_GETSIZE _IO('u', 0x44)
#define KVMFR_CREATE  _IOW('u', 0x42, struct kvmfr_create)

struct kvmfr_create {
	uint8_t flags; /* 1: close on exec */
	uint8_t unused[7];
	uint64_t offset, size; /* whole pages inside the device */
};

static_assert(sizeof(struct kvmfr_create) == 24, "the module's own, and part of the number");

static bool claims(const char *path)
{
	const char *at = strstr(path, "/dev/kvmfr");

	return at && !strchr(at + strlen("/dev/kvmfr"), '/');
}

/* QEMU makes a file of that name when it starts before the module is loaded. Both ends of the
 * screen would then look at different memory. */
static int trapped(const char *path, struct err *err)
{
	return err_set(
		err, -EINVAL,
		"%s is a regular file, not the kvmfr device: QEMU created it because the module was "
		"not loaded. Stop the virtual machine, then: sudo rm %s; sudo modprobe kvmfr; and "
		"start it again",
		path, path);
}

static int map_device(struct shm **out, const char *path, int fd, uint64_t want, struct err *err)
{
	int size = ioctl(fd, KVMFR_GETSIZE, 0);

	if (size < 0)
		return err_set_errno(err, -errno, "%s is no kvmfr device (asking for its size)",
				     path);
	int result = shm_check_size(path, (uint64_t)size, want, err);
	return result < 0 ? result : shm_wrap(out, &shm_kvmfr, path, fd, 0, (uint64_t)size, err);
}

static int kvmfr_open(struct shm **out, const char *path, const struct shm_params *params,
		      struct err *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		return trapped(path, err);
	if (lstat(path, &st) < 0 && errno == ENOENT)
		return err_set(err, -ENOENT,
			       "%s does not exist; sudo modprobe kvmfr static_size_mb=64", path);
	int result = shm_check_kind(path, S_IFCHR, err);
	if (result < 0)
		return result;
	int fd = shm_open_path(path, err);
	if (fd < 0)
		return fd;
	result = map_device(out, path, fd, params->want, err);
	if (result < 0)
		close(fd);
	return result;
}

static int kvmfr_dmabuf(const struct shm *self, uint64_t offset, uint64_t length, struct err *err)
{
	const struct kvmfr_create wanted = { .flags = 1, .offset = offset, .size = length };
	int fd = ioctl(self->fd, KVMFR_CREATE, &wanted);

	return fd >= 0 ? fd
		       : err_set_errno(err, -errno, "%s: making a dma-buf of %llu bytes of it",
				       self->name, (unsigned long long)length);
}

const struct shm_impl shm_kvmfr = {
	.name = "kvmfr",
	.claims = claims,
	.open = kvmfr_open,
	.dmabuf = kvmfr_dmabuf,
};
