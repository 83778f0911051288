#include "shm/ivshmem_outbox.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shm/wake.h"

struct ivshmem_set *ivshmem_set_create(unsigned count)
{
	struct ivshmem_set *self = calloc(1, sizeof(*self) + count * sizeof(self->fds[0]));

	if (!self)
		return NULL;
	for (self->users = 1; self->count < count; self->count++) {
		int fd = wake_eventfd();
		if (fd < 0) {
			ivshmem_set_unref(self);
			return NULL;
		}
		self->fds[self->count] = fd;
	}
	return self;
}

void ivshmem_set_unref(struct ivshmem_set *self)
{
	if (!self || --self->users)
		return;
	while (self->count)
		close(self->fds[--self->count]);
	free(self);
}

int ivshmem_outbox_init(struct ivshmem_outbox *self, unsigned length)
{
	*self = (struct ivshmem_outbox){ .length = length };
	self->messages = calloc(length, sizeof(*self->messages));
	return self->messages ? 0 : -ENOMEM;
}

static void drop_first(struct ivshmem_outbox *self)
{
	ivshmem_set_unref(self->messages[self->head].set);
	self->head = (self->head + 1) % self->length;
	self->used--;
}

void ivshmem_outbox_finish(struct ivshmem_outbox *self)
{
	while (self->used)
		drop_first(self);
	free(self->messages);
	self->messages = NULL;
}

int ivshmem_outbox_put(struct ivshmem_outbox *self, const struct ivshmem_message *message)
{
	if (self->used == self->length)
		return -ENOBUFS;
	self->messages[(self->head + self->used++) % self->length] = *message;
	if (message->set)
		message->set->users++;
	return 0;
}

static int send_message(int socket, const struct ivshmem_message *message)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	uint64_t wire = htole64((uint64_t)message->value);
	struct iovec io = { &wire, sizeof(wire) };
	struct msghdr header = { .msg_iov = &io, .msg_iovlen = 1 };

	if (message->fd >= 0) {
		control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
						   .cmsg_level = SOL_SOCKET,
						   .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.header), &message->fd, sizeof(int));
		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
	}
	/* So small a message goes whole or not at all. */
	ssize_t sent = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
	return sent < 0 ? -errno : sent == sizeof(wire) ? 0 : -EPIPE;
}

int ivshmem_outbox_flush(struct ivshmem_outbox *self, int socket)
{
	while (self->used) {
		int result = send_message(socket, &self->messages[self->head]);
		if (result < 0)
			return result == -EAGAIN ? 0 : result;
		drop_first(self);
	}
	return 0;
}
