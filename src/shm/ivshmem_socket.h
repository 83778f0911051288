/* shm/ivshmem_socket.h - the listening socket of a server. Included by the server only. */
#ifndef SHM_IVSHMEM_SOCKET_H
#define SHM_IVSHMEM_SOCKET_H

#include <sys/types.h>

#include "base/err.h"

struct ivshmem_socket {
	int fd;
	char *path; /* NULL: inherited, not ours to remove */
	dev_t device;
	ino_t inode; /* of the file we made */
};

/* Binds and listens. The file never has more rights than asked for, and no connection is accepted
 * before it has them. -EADDRINUSE: somebody listens there. */
int ivshmem_socket_open(struct ivshmem_socket *out, const char *path, mode_t mode, gid_t group,
			struct err *err);

/* Takes over a socket that listens already, on success only. */
int ivshmem_socket_inherit(struct ivshmem_socket *out, int fd, struct err *err);

void ivshmem_socket_close(struct ivshmem_socket *self);

#endif
