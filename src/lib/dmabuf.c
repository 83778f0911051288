#include "lib/dmabuf.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "shm/shm.h"

/* Constant once it is in the list. */
struct dmabuf {
	struct dmabuf *next;
	unsigned number; /* of the list from here on */
	uint64_t begin, end;
	int fd;
};

struct dmabufs {
	atomic_uint refs;
	_Atomic(struct dmabuf *) list;
};

struct dmabufs *dmabufs_create(void)
{
	struct dmabufs *self = calloc(1, sizeof(*self));
	if (self)
		atomic_init(&self->refs, 1);
	return self;
}

struct dmabufs *dmabufs_ref(struct dmabufs *self)
{
	if (self)
		atomic_fetch_add_explicit(&self->refs, 1, memory_order_relaxed);
	return self;
}

static void destroy(struct dmabuf *one)
{
	close(one->fd);
	free(one);
}

void dmabufs_unref(struct dmabufs *self)
{
	if (!self || atomic_fetch_sub_explicit(&self->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (struct dmabuf *one = self->list, *next; one; one = next) {
		next = one->next;
		destroy(one);
	}
	free(self);
}

static const struct dmabuf *find(const struct dmabuf *list, uint64_t begin, uint64_t end)
{
	while (list && (list->begin != begin || list->end < end))
		list = list->next;
	return list;
}

/* Larger than needed, in steps: pictures grow while a window is dragged. */
static uint64_t roomy_end(const struct shm *shm, uint64_t begin, uint64_t end)
{
	uint64_t step = max_u64(next_power_of_two(end - begin) / 4, MEM_PAGE);
	return min_u64(begin + align_up(end - begin, step), align_down(shm->size, MEM_PAGE));
}

static int export(const struct shm *shm, uint64_t begin, uint64_t least, uint64_t *end,
		  struct err *err)
{
	uint64_t roomy = max_u64(roomy_end(shm, begin, least), least);
	int fd = shm_dmabuf(shm, begin, roomy - begin, err);
	bool tight = fd == -EFBIG && roomy > least;
	if (tight)
		fd = shm_dmabuf(shm, begin, least - begin, err);
	*end = tight ? least : roomy;
	return fd;
}

static int make(struct dmabuf **out, const struct shm *shm, uint64_t begin, uint64_t end,
		struct err *err)
{
	struct dmabuf *one = calloc(1, sizeof(*one));
	if (!one)
		return err_set_errno(err, -ENOMEM, "cannot keep a dma-buf");
	one->begin = begin;
	one->fd = export(shm, begin, end, &one->end, err);
	if (one->fd < 0) {
		int failed = one->fd;
		free(one);
		return failed;
	}
	*out = one;
	return 0;
}

/* Whoever comes second takes what the first made. */
static const struct dmabuf *insert(struct dmabufs *self, struct dmabuf *one, struct dmabuf *head)
{
	do {
		const struct dmabuf *other = find(head, one->begin, one->end);
		if (other) {
			destroy(one);
			return other;
		}
		one->next = head;
		one->number = head ? head->number + 1 : 1;
		/* Partner: the acquire in dmabufs_get(). */
	} while (!atomic_compare_exchange_weak_explicit(
		&self->list, &head, one, memory_order_acq_rel, memory_order_acquire));
	return one;
}

int dmabufs_get(struct dmabufs *self, const struct shm *shm, uint64_t at, uint64_t size,
		struct err *err)
{
	uint64_t begin = align_down(at, MEM_PAGE), end = align_up(at + size, MEM_PAGE);
	struct dmabuf *head = atomic_load_explicit(&self->list, memory_order_acquire);
	struct dmabuf *one = NULL;
	const struct dmabuf *known = find(head, begin, end);
	if (known)
		return known->fd;
	if (head && head->number >= DMABUFS_MAX)
		return err_set(err, -ENOSPC,
			       "the guest has shown more buffers than a screen needs; no dma-buf "
			       "of another one");
	int failed = make(&one, shm, begin, end, err);
	return failed ? failed : insert(self, one, head)->fd;
}
