#include "lib/source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static int open_memory(struct shm **out, const char *path, int fd, struct err *err)
{
	struct shm_params params = { .role = SHM_CONSUMER, .path = path };
	if (fd >= 0)
		return shm_open_fd(out, fd, err);
	return shm_open_region(out, &params, err);
}

int source_open(struct source **out, const char *path, int fd, struct account *account,
		struct err *err)
{
	struct source *self = calloc(1, sizeof(*self));
	if (!self)
		return err_set_errno(err, -ENOMEM, "cannot keep track of the frames");
	int failed = open_memory(&self->shm, path, fd, err);
	if (failed)
		goto free_self;
	failed = wire_consumer_create(&self->consumer, self->shm->base, self->shm->size, err);
	if (failed)
		goto close_memory;
	atomic_init(&self->refs, 1);
	self->account = account_ref(account);
	*out = self;
	return 0;

close_memory:
	shm_close(self->shm);
free_self:
	free(self);
	return failed;
}

bool source_same(const struct source *a, const struct source *b)
{
	struct stat in_a, in_b;
	if (fstat(a->shm->fd, &in_a) || fstat(b->shm->fd, &in_b))
		return true; /* no way to tell: stay with what we have */
	return in_a.st_dev == in_b.st_dev && in_a.st_ino == in_b.st_ino &&
	       a->shm->size == b->shm->size;
}

void source_bury(struct source *self)
{
	shm_bury(self->shm);
	atomic_store_explicit(&self->gone, true, memory_order_release);
}

struct source *source_ref(struct source *self)
{
	atomic_fetch_add_explicit(&self->refs, 1, memory_order_relaxed);
	return self;
}

void source_unref(struct source *self)
{
	if (!self || atomic_fetch_sub_explicit(&self->refs, 1, memory_order_acq_rel) != 1)
		return;
	wire_consumer_destroy(self->consumer);
	shm_close(self->shm);
	account_unref(self->account);
	free(self);
}
