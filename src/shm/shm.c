#include "shm/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "shm/impl.h"
#include "shm/pci.h"
#include "shm/vfio.h"

/* The first that claims a path opens it; a file may have any name. */
static const struct shm_impl *const impls[] = { &shm_pci, &shm_kvmfr, &shm_file };

/* Where to look when nobody says where. */
static const char *const places[][4] = {
	[SHM_CONSUMER] = { "/dev/kvmfr0", "/dev/shm/oriel", "/dev/shm/looking-glass" },
	[SHM_PRODUCER] = { "/dev/kvmfr0" },
};

static const char *const nowhere[] = {
	[SHM_CONSUMER] = "no shared memory: neither /dev/kvmfr0, /dev/shm/oriel nor "
			 "/dev/shm/looking-glass exists. Start the virtual machine, or name the "
			 "file of its ivshmem device",
	[SHM_PRODUCER] =
		"no shared memory: this machine has no ivshmem PCI device (1af4:1110) and "
		"no /dev/kvmfr0. Give the virtual machine an ivshmem-plain device, or name "
		"a file",
};

void shm_path(char *out, size_t length, const struct shm_params *params, const char *path)
{
	snprintf(out, length, "%s%s", params->sysroot ? params->sysroot : "", path);
}

/* ---- opening ---- */

static int open_path(struct shm **out, const char *path, const struct shm_params *params,
		     struct err *err)
{
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(impls) && !impls[i]->claims(path))
		i++;
	return impls[i]->open(out, path, params, err);
}

int shm_open_region(struct shm **out, const struct shm_params *params, struct err *err)
{
	char found[PATH_MAX];
	struct stat st;

	if (params->path)
		return open_path(out, params->path, params, err);
	if (params->role == SHM_PRODUCER && pci_find_ivshmem(params, found, sizeof(found)))
		return open_path(out, found, params, err);
	for (const char *const *place = places[params->role]; *place; place++) {
		shm_path(found, sizeof(found), params, *place);
		if (lstat(found, &st) == 0)
			return open_path(out, found, params, err);
	}
	return err_set(err, -ENOENT, "%s", nowhere[params->role]);
}

int shm_wrap(struct shm **out, const struct shm_impl *impl, const char *name, int fd, off_t offset,
	     uint64_t size, struct err *err)
{
	if (size > SIZE_MAX / 2)
		return err_set(err, -EFBIG, "%s: %s cannot be mapped", name,
			       shm_size_text(size).text);
	struct shm *self = calloc(1, sizeof(*self));
	if (!self)
		return err_set_errno(err, -ENOMEM, "%s", name);

	void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	if (base == MAP_FAILED) {
		int failed = -errno;
		free(self);
		return err_set_errno(err, failed, "%s: mapping its %s for reading and writing",
				     name, shm_size_text(size).text);
	}
	*self = (struct shm){
		.impl = impl, .base = base, .size = size, .fd = fd, .fd_offset = offset
	};
	snprintf(self->name, sizeof(self->name), "%s", name);
	*out = self;
	return 0;
}

void shm_free(struct shm *self)
{
	munmap(self->base, self->size);
	if (self->fd >= 0)
		close(self->fd);
	vfio_close(self->vfio);
	free(self);
}

void shm_close(struct shm *self)
{
	if (self)
		(self->impl->close ? self->impl->close : shm_free)(self);
}

/* ---- sizes ---- */

struct shm_text shm_size_text(uint64_t bytes)
{
	struct shm_text text;

	if (bytes && bytes % (1u << 20) == 0)
		snprintf(text.text, sizeof(text.text), "%llu MiB",
			 (unsigned long long)(bytes >> 20));
	else
		snprintf(text.text, sizeof(text.text), "%llu bytes", (unsigned long long)bytes);
	return text;
}

int shm_check_size(const char *name, uint64_t size, uint64_t want, struct err *err)
{
	uint64_t good = next_power_of_two(max_u64(want, SHM_SIZE_MIN));

	if (size >= SHM_SIZE_MIN)
		return 0;
	return err_set(err, -EINVAL,
		       "%s has %s, too few for any screen%s; give the machine's ivshmem device %s",
		       name, shm_size_text(size).text,
		       size ? "" : " (has the virtual machine been started?)",
		       want ? shm_size_text(good).text : "64 MiB (enough for 1920x1080)");
}

int64_t shm_current_size(const struct shm *self)
{
	struct stat st;

	if (!self->peer_shrinkable)
		return (int64_t)self->size;
	return fstat(self->fd, &st) < 0 ? -errno : st.st_size;
}

void shm_bury(struct shm *self)
{
	mmap(self->base, self->size, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

bool shm_small_notice(const struct shm *self, uint64_t want, char *out, size_t length)
{
	if (self->size >= want)
		return false;
	snprintf(out, length, "%s has %s; fewer frames fit than would be smooth. %s would do",
		 self->name, shm_size_text(self->size).text,
		 shm_size_text(next_power_of_two(want)).text);
	return true;
}
