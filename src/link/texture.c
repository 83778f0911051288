#include "link/texture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TRIES     64        /* of what signals interrupt */
#define PITCH_MAX (1 << 20) /* more than any screen has */

static bool is_side(uint32_t pixels)
{
	return pixels > 0 && pixels <= LINK_SPICE_SCREEN_MAX;
}

static bool is_inside(const struct link_spice_rect *view, uint32_t width, uint32_t height)
{
	return view->width > 0 && view->height > 0 && (uint64_t)view->x + view->width <= width &&
	       (uint64_t)view->y + view->height <= height;
}

/* Nobody can make it smaller. */
static bool is_steady(int fd)
{
	struct statfs status;

	if (fstatfs(fd, &status) != 0)
		return false;
	int seals = fcntl(fd, F_GET_SEALS);
	return (unsigned long)status.f_type == DMA_BUF_MAGIC ||
	       (seals > 0 && seals & F_SEAL_SHRINK);
}

static uint64_t size_of(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);

	return end > 0 ? (uint64_t)end : 0;
}

int link_texture_check(const struct link_spice_texture *told, uint32_t pixel_bytes, int fd)
{
	if (pixel_bytes == 0 || !is_side(told->width) || !is_side(told->height) ||
	    told->pitch > PITCH_MAX || told->pitch % pixel_bytes ||
	    told->pitch < (uint64_t)told->width * pixel_bytes ||
	    !is_inside(&told->view, told->width, told->height))
		return -EINVAL;
	const uint64_t end = told->offset + (uint64_t)told->pitch * told->height; /* below 2^47 */
	return is_steady(fd) && end <= size_of(fd) ? 0 : -EPERM;
}

int link_texture_map(struct link_texture_map *out, int fd)
{
	const size_t size = size_of(fd);
	const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (own < 0)
		return -errno;
	void *base = mmap(NULL, size, PROT_READ, MAP_SHARED, own, 0);
	if (base == MAP_FAILED) {
		int result = -errno;
		close(own);
		return result;
	}
	*out = (struct link_texture_map){ base, size, own };
	return 0;
}

void link_texture_unmap(struct link_texture_map *self)
{
	if (!self->base)
		return;
	munmap((void *)self->base, self->size);
	close(self->fd);
	*self = (struct link_texture_map){ 0 };
}

/* Memfds know nothing of it, and need not. */
static void synchronize(const struct link_texture_map *self, uint64_t flags)
{
	const struct dma_buf_sync sync = { flags | DMA_BUF_SYNC_READ };

	for (int i = 0; i < TRIES; i++)
		if (ioctl(self->fd, DMA_BUF_IOCTL_SYNC, &sync) == 0 ||
		    (errno != EINTR && errno != EAGAIN))
			return;
}

void link_texture_begin(const struct link_texture_map *self)
{
	synchronize(self, DMA_BUF_SYNC_START);
}

void link_texture_end(const struct link_texture_map *self)
{
	synchronize(self, DMA_BUF_SYNC_END);
}

const uint8_t *link_texture_top(const struct link_texture_map *self,
				const struct link_spice_texture *told, uint32_t pixel_bytes,
				ptrdiff_t *stride)
{
	const uint32_t row = told->flipped ? told->height - 1 - told->view.y : told->view.y;

	*stride = told->flipped ? -(ptrdiff_t)told->pitch : (ptrdiff_t)told->pitch;
	return self->base + told->offset + (size_t)row * told->pitch +
	       (size_t)told->view.x * pixel_bytes;
}
