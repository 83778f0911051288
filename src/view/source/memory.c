#include "view/source/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

static int create(size_t size)
{
	int fd = memfd_create("oriel-view", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)size) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

gboolean memory_init(struct memory *self, unsigned slots, size_t slot_bytes, GError **error)
{
	struct memory made = { .fd = -1, .slots = slots };

	made.slot_size = align_up(slot_bytes, MEM_PAGE);
	made.size = made.slot_size * slots;
	made.fd = create(made.size);
	if (made.fd >= 0)
		made.base = mmap(NULL, made.size, PROT_READ | PROT_WRITE, MAP_SHARED, made.fd, 0);
	if (made.fd < 0 || made.base == MAP_FAILED) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
			    "cannot make %zu bytes of shared memory: %s", made.size,
			    g_strerror(errno));
		if (made.fd >= 0)
			close(made.fd);
		return FALSE;
	}
	*self = made;
	return TRUE;
}

void memory_finish(struct memory *self)
{
	if (!self->base)
		return;
	munmap(self->base, self->size);
	close(self->fd);
	self->base = NULL;
}

void memory_place_frame(const struct memory *self, unsigned index, struct frame *frame)
{
	frame->shm_fd = self->fd;
	frame->shm_offset = (off_t)(self->slot_size * index);
	frame->shm_size = self->size;
}
