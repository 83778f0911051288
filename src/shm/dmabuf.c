/* The region's pages for a GPU or a display, where its kind can do that. */
#include <errno.h>

#include "base/mem.h"
#include "shm/impl.h"

int shm_dmabuf(const struct shm *self, uint64_t offset, uint64_t length, struct err *err)
{
	if (!length || (offset | length) % MEM_PAGE || !range_inside(offset, length, self->size))
		return err_set(err, -EINVAL, "%s: bytes %llu to %llu are no whole pages of it",
			       self->name, (unsigned long long)offset,
			       (unsigned long long)(offset + length));
	if (!self->impl->dmabuf)
		return err_set(err, -ENOTSUP,
			       "%s is memory of a device (%s), which cannot be a dma-buf: only a "
			       "sealed memfd and /dev/kvmfr0 can",
			       self->name, self->impl->name);
	return self->impl->dmabuf(self, (uint64_t)self->fd_offset + offset, length, err);
}
