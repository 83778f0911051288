/* lib/hub.h - the ivshmem server that our memory came from, and the bells that it handed out.
 *
 * Its death is a state: memory and bells work on without it. Once no guest is left in that memory,
 * the one who took the server's place is looked for. All zero: the memory came without a server.
 *
 * Opening is for the program's thread, the rest for the receiver's. Only opening waits.
 */
#ifndef LIB_HUB_H
#define LIB_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "shm/ivshmem_peer.h"
#include "shm/shm.h"

struct hub {
	char *path;                /* NULL: a connection that somebody else made */
	struct ivshmem_peer *peer; /* NULL: no server */
	struct ivshmem_peer *next; /* of the server that took its place; says its greeting */
	uint64_t next_ns;          /* when to look for that one, or to give it up */
};

/* Connects to the socket at `path`, or duplicates the connection `fd`; waits up to a second for
 * the server's greeting. 0 or a negative errno with words, which name the socket: -ENOENT and
 * -ECONNREFUSED where no server runs. */
int hub_open(struct hub *self, const char *path, int fd, struct err *err);
void hub_close(struct hub *self);

/* Descriptor of the memory, borrowed. */
int hub_memory(const struct hub *self);

/* Calls the memory by the server's name, for people. */
void hub_name(const struct hub *self, struct shm *memory);

/* The bell that others ring us by: the eventfd, borrowed, and our id; its vector is 0. -1: none. */
int hub_bell(const struct hub *self, uint16_t *id);

/* Rings somebody else's vector 0, if there is one of that id. */
void hub_ring(const struct hub *self, uint16_t id);

/* Hears who came and went. Call it every now and then. */
void hub_tend(struct hub *self);

/* Did the server leave? */
bool hub_is_alone(const struct hub *self);

/* For who is alone: the memory of the server that took its place, borrowed; -1: none (yet). Call
 * it every now and then; when that memory is good, hub_move(), else hub_refuse(). */
int hub_next_memory(struct hub *self, uint64_t now_ns);
void hub_move(struct hub *self);
void hub_refuse(struct hub *self, uint64_t now_ns);

#endif
