/* shm/ivshmem_outbox.h - what a server still has to say to one peer. Included by the server only.
 *
 * Messages go out in order, as fast as the peer reads and never by waiting for it.
 */
#ifndef SHM_IVSHMEM_OUTBOX_H
#define SHM_IVSHMEM_OUTBOX_H

#include <stdint.h>

/* The eventfds of one peer, reference counted. Unsent messages keep them, so that nobody is handed
 * a number that has become another descriptor. */
struct ivshmem_set {
	unsigned users;
	unsigned count;
	int fds[];
};

/* With one reference, the caller's. NULL: no descriptors or no memory are left. */
struct ivshmem_set *ivshmem_set_create(unsigned count);

/* The last one closes them. NULL is fine. */
void ivshmem_set_unref(struct ivshmem_set *self);

struct ivshmem_message {
	int64_t value;
	int fd;                  /* -1: none */
	struct ivshmem_set *set; /* that `fd` is of; NULL: it lives as long as the server */
};

struct ivshmem_outbox {
	unsigned length, head, used;
	struct ivshmem_message *messages;
};

/* Room for `length` messages. 0 or -ENOMEM. */
int ivshmem_outbox_init(struct ivshmem_outbox *self, unsigned length);
void ivshmem_outbox_finish(struct ivshmem_outbox *self);

/* Puts a message at the end and keeps a reference to its set. -ENOBUFS: full. */
int ivshmem_outbox_put(struct ivshmem_outbox *self, const struct ivshmem_message *message);

/* Sends what the socket takes now; `used` is what is left. 0, or a negative errno of the socket's:
 * -EPIPE when nobody reads any more, -ETOOMANYREFS when this user has more descriptors on their way
 * than may be open. */
int ivshmem_outbox_flush(struct ivshmem_outbox *self, int socket);

#endif
