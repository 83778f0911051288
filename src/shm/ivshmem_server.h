/* shm/ivshmem_server.h - gives one virtual machine and its viewers their memory and bells.
 *
 * One server per machine. It owns the memory, a memfd that nobody can shrink or grow, so what is
 * in it outlives QEMU. Peers come and go as they like and may die at any instruction: a peer that
 * says anything, hangs up halfway or does not read what it is told is dropped, and nobody waits
 * for it.
 *
 * It runs in whatever main loop there is: when ivshmem_server_fd() is readable, dispatch. One
 * thread; nothing blocks, but for creating (a second at most, when several start at once).
 */
#ifndef SHM_IVSHMEM_SERVER_H
#define SHM_IVSHMEM_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "shm/ivshmem.h"
#include "shm/shm.h"

struct ivshmem_server;

/* Who stands at the other end of a connection. */
struct ivshmem_visitor {
	pid_t pid; /* as seen when it connected */
	uid_t uid;
	int id; /* as a peer; -1 where it did not become one */
};

/* Called from ivshmem_server_dispatch(), where the object must not be destroyed; NULLs are fine. */
struct ivshmem_server_listener {
	void (*joined)(void *data, const struct ivshmem_visitor *who);
	void (*left)(void *data, const struct ivshmem_visitor *who, const char *why);
	void (*refused)(void *data, const struct ivshmem_visitor *who, const char *why);
};

struct ivshmem_server_params {
	const char *path;   /* of the socket: one that nobody listens on any more is replaced */
	int socket;         /* with path NULL: a listening socket, taken over on success */
	bool no_socket;     /* neither: only who is invited comes */
	mode_t mode;        /* of the socket's file; 0: 0600 */
	gid_t group;        /* of the socket's file; 0: left as it is */
	uint64_t size;      /* of the memory: a power of two, 1 MiB or more */
	const char *name;   /* of the memory, as /proc shows it; NULL: "oriel" */
	unsigned vectors;   /* of each peer, 1 to IVSHMEM_VECTORS_MAX; 0: 1 */
	unsigned peers;     /* at one time, 1 to IVSHMEM_PEERS_MAX; 0: IVSHMEM_PEERS_MAX */
	const uid_t *users; /* who may connect besides root and us; copied. NULL: whoever the
			     * file's mode lets in */
	size_t user_count;
	const struct ivshmem_server_listener *listener; /* outlives the object; NULL for nobody */
	void *data;
};

/* 0, or a negative errno with words: -EADDRINUSE when another server listens there. */
int ivshmem_server_create(struct ivshmem_server **out, const struct ivshmem_server_params *params,
			  struct err *err);

/* Lets everybody go and removes the socket's file if it is still ours. The memory lives on in
 * those who have it. NULL is fine. */
void ivshmem_server_destroy(struct ivshmem_server *self);

/* Readable: dispatch. */
int ivshmem_server_fd(const struct ivshmem_server *self);

/* Does what there is to do, up to a limit that leaves other work its turn. 0 or a negative errno
 * of the kernel's, after which only destroy is left. */
int ivshmem_server_dispatch(struct ivshmem_server *self);

/* Brings in a new peer and returns the other end of its connection (close-on-exec), to be given to
 * a program. The greeting is on its way then. Not from within a callback. Else a negative errno:
 * -EMFILE, -EAGAIN (there are as many peers as may be), ... */
int ivshmem_server_invite(struct ivshmem_server *self);

/* The memory, borrowed. */
const struct shm *ivshmem_server_memory(const struct ivshmem_server *self);

/* Peers that are there now. */
unsigned ivshmem_server_peers(const struct ivshmem_server *self);

#endif
