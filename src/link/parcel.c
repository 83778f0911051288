#include "link/parcel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int parcel_create(void)
{
	int fd = memfd_create("oriel-parcel", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd < 0 ? -errno : fd;
}

int parcel_append(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (size > PARCEL_MAX || (uint64_t)st.st_size > PARCEL_MAX - size)
		return -EFBIG;
	while (size > 0) {
		ssize_t wrote = write(fd, at, size);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -errno;
		at += wrote;
		size -= (size_t)wrote;
	}
	return 0;
}

int parcel_seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_SEAL) < 0 ? -errno : 0;
}

int parcel_of(const void *bytes, size_t size)
{
	int fd = parcel_create();
	int result = fd < 0 ? fd : parcel_append(fd, bytes, size);

	if (result == 0)
		result = parcel_seal(fd);
	if (result == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return result;
}

int parcel_check(int fd, size_t *size)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	/* Who is no memfd has no seals to tell of. */
	if (seals < 0 && errno != EINVAL)
		return -errno;
	if (seals < 0 || (seals & SEALS) != SEALS)
		return -EPERM;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < 0 || (uint64_t)st.st_size > PARCEL_MAX)
		return -EFBIG;
	*size = (size_t)st.st_size;
	return 0;
}

int parcel_map(int fd, struct parcel_view *out)
{
	size_t size;
	int result = parcel_check(fd, &size);

	if (result < 0)
		return result;
	const void *bytes = "";
	if (size > 0)
		bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	*out = (struct parcel_view){ bytes, size };
	return 0;
}

void parcel_unmap(struct parcel_view *self)
{
	if (self->size > 0)
		munmap((void *)self->bytes, self->size);
	*self = (struct parcel_view){ "", 0 };
}
