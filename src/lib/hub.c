#include "lib/hub.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define GREETING_NS NS_PER_S
#define RETRY_NS    NS_PER_S

/* ---- opening ---- */

static const char *name_of(const char *path)
{
	return path ? path : "the ivshmem server";
}

static int silence(const char *path, struct err *err)
{
	return err_set(err, -ETIMEDOUT,
		       "%s: whoever listens there says nothing; an ivshmem server (oriel shmd) "
		       "greets at once",
		       name_of(path));
}

static int nonsense(const char *path, int failed, const struct err *why, struct err *err)
{
	char text[sizeof(why->text)];

	memcpy(text, why->text, sizeof(text));
	return err_set(err, failed, "%s: %s", name_of(path), text);
}

static int wait_for_greeting(struct ivshmem_peer *peer, const char *path, struct err *err)
{
	uint64_t now = clock_ns(), until = now + GREETING_NS;
	struct err why;

	for (; ivshmem_peer_state(peer) == IVSHMEM_GREETING; now = clock_ns()) {
		struct pollfd news = { .fd = ivshmem_peer_fd(peer), .events = POLLIN };
		if (now >= until)
			return silence(path, err);
		poll(&news, 1, (int)((until - now) / NS_PER_MS) + 1);
		int failed = ivshmem_peer_dispatch(peer, &why);
		if (failed)
			return nonsense(path, failed, &why, err);
	}
	return 0;
}

static int join(struct ivshmem_peer **out, const char *path, int fd, struct err *err)
{
	if (path)
		return ivshmem_peer_connect(out, path, err);
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (own < 0)
		return err_set_errno(err, -errno, "cannot duplicate the server's connection");
	return ivshmem_peer_create(out, own, err);
}

int hub_open(struct hub *self, const char *path, int fd, struct err *err)
{
	struct hub hub = { 0 };
	int failed = join(&hub.peer, path, fd, err);

	if (failed)
		return failed;
	failed = wait_for_greeting(hub.peer, path, err);
	if (!failed && path && !(hub.path = strdup(path)))
		failed = err_set_errno(err, -ENOMEM, "cannot keep the name %s", path);
	if (failed)
		hub_close(&hub);
	else
		*self = hub;
	return failed;
}

void hub_close(struct hub *self)
{
	ivshmem_peer_destroy(self->peer);
	ivshmem_peer_destroy(self->next);
	free(self->path);
	*self = (struct hub){ 0 };
}

/* ---- what we have of it ---- */

int hub_memory(const struct hub *self)
{
	return ivshmem_peer_memory(self->peer);
}

void hub_name(const struct hub *self, struct shm *memory)
{
	snprintf(memory->name, sizeof(memory->name), "%s", name_of(self->path));
}

int hub_bell(const struct hub *self, uint16_t *id)
{
	const struct ivshmem_bells *own = self->peer ? ivshmem_peer_own(self->peer) : NULL;

	if (!own || !own->count)
		return -1;
	*id = own->id;
	return own->fds[0];
}

/* Whoever is not there (any more) finds what we want by himself. */
void hub_ring(const struct hub *self, uint16_t id)
{
	if (self->peer)
		ivshmem_peer_ring(self->peer, id, 0);
}

void hub_tend(struct hub *self)
{
	struct err why;

	if (self->peer)
		ivshmem_peer_dispatch(self->peer, &why);
}

bool hub_is_alone(const struct hub *self)
{
	return self->peer && ivshmem_peer_state(self->peer) == IVSHMEM_GONE;
}

/* ---- its successor ---- */

static void drop_next(struct hub *self)
{
	ivshmem_peer_destroy(self->next);
	self->next = NULL;
}

static void find_next(struct hub *self, uint64_t now)
{
	struct err why;

	drop_next(self);
	self->next_ns = now + RETRY_NS;
	ivshmem_peer_connect(&self->next, self->path, &why);
}

int hub_next_memory(struct hub *self, uint64_t now)
{
	struct err why;

	if (!hub_is_alone(self) || !self->path)
		return -1;
	if (now >= self->next_ns)
		find_next(self, now);
	if (!self->next || ivshmem_peer_dispatch(self->next, &why) ||
	    ivshmem_peer_state(self->next) != IVSHMEM_READY)
		return -1;
	return ivshmem_peer_memory(self->next);
}

void hub_move(struct hub *self)
{
	ivshmem_peer_destroy(self->peer);
	self->peer = self->next;
	self->next = NULL;
}

void hub_refuse(struct hub *self, uint64_t now)
{
	drop_next(self);
	self->next_ns = now + RETRY_NS;
}
