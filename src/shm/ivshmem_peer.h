/* shm/ivshmem_peer.h - one peer of an ivshmem server: a viewer that asks for memory and bells.
 *
 * The server is another program: what it says is checked, and one that says nonsense is left at
 * once. That and its death are a state, not the end: memory and bells that were handed out keep
 * working, since they need no server.
 *
 * How to use it: connect, wait until ivshmem_peer_fd() is readable, dispatch, and look at the
 * state. One thread; nothing blocks. A descriptor from here may be used by any thread until its
 * peer leaves.
 */
#ifndef SHM_IVSHMEM_PEER_H
#define SHM_IVSHMEM_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "shm/ivshmem.h"

struct ivshmem_peer;

enum ivshmem_state {
	IVSHMEM_GREETING, /* the server has not said everything yet */
	IVSHMEM_READY,    /* memory and at least one bell of our own are there */
	IVSHMEM_GONE,     /* the server left, or we left a server that spoke nonsense */
};

/* Somebody's eventfds, one per vector. Owned by the ivshmem_peer. */
struct ivshmem_bells {
	uint16_t id;
	unsigned count;
	int fds[IVSHMEM_VECTORS_MAX];
};

/* What happened to others. Called from ivshmem_peer_dispatch(), where the object must not be
 * destroyed; either may be NULL. */
struct ivshmem_peer_listener {
	/* A new bell of another peer; the first of a new id says that the peer is there. */
	void (*bell)(void *data, const struct ivshmem_bells *of);
	/* It left. Its bells are closed on return. */
	void (*left)(void *data, uint16_t id);
};

/* Connects to the server's socket; everything else comes by dispatch. 0, or a negative errno with
 * words (nobody listens there, not allowed, no socket). */
int ivshmem_peer_connect(struct ivshmem_peer **out, const char *path, struct err *err);

/* Takes over a connected stream socket, also on failure. */
int ivshmem_peer_create(struct ivshmem_peer **out, int fd, struct err *err);

/* Leaves and closes everything that was handed out. NULL is fine. */
void ivshmem_peer_destroy(struct ivshmem_peer *self);

/* `listener` must outlive the object; NULL for nobody. Tell before the first dispatch. */
void ivshmem_peer_listen(struct ivshmem_peer *self, const struct ivshmem_peer_listener *listener,
			 void *data);

/* Readable: dispatch. -1 once the state is IVSHMEM_GONE. */
int ivshmem_peer_fd(const struct ivshmem_peer *self);

/* Reads what is there, up to a limit that leaves other work its turn. 0, or what ended the
 * connection, at that time only: -ECONNRESET (the server left), -EPROTO (it spoke nonsense; words
 * say what), other negative errno. */
int ivshmem_peer_dispatch(struct ivshmem_peer *self, struct err *err);

enum ivshmem_state ivshmem_peer_state(const struct ivshmem_peer *self);

/* Our own id; meaningful from IVSHMEM_READY on. */
uint16_t ivshmem_peer_id(const struct ivshmem_peer *self);

/* Descriptor of the memory, borrowed; -1 while it has not come. Any kind of descriptor: whoever
 * maps it checks (shm_open_fd() does). */
int ivshmem_peer_memory(const struct ivshmem_peer *self);

/* Our own bells, which others ring. The count may still grow after IVSHMEM_READY. */
const struct ivshmem_bells *ivshmem_peer_own(const struct ivshmem_peer *self);

/* Those of another peer, or NULL where there is none of that id. */
const struct ivshmem_bells *ivshmem_peer_find(const struct ivshmem_peer *self, uint16_t id);

/* Other peers that are there now. */
unsigned ivshmem_peer_others(const struct ivshmem_peer *self);

/* Rings another peer. -ENOENT: no such peer or vector. */
int ivshmem_peer_ring(const struct ivshmem_peer *self, uint16_t id, unsigned vector);

#endif
