/* shm/ivshmem.h - the protocol between an ivshmem server and its peers, QEMU being one of them.
 *
 * A stream socket. Every message is one signed 64-bit number, little endian, with at most one
 * descriptor. Only the server speaks, and first of all, in this order: the version (0); the peer's
 * own id; -1 with the memory; for each peer that is there already, its id with an eventfd, once
 * per vector; last the peer's own id with its own eventfds, once per vector. Later: a newcomer's
 * id with an eventfd, once per vector; the id of a peer that left, without a descriptor.
 *
 * The bells need no server once they are handed out, and outlive it. A vector's eventfd is rung by
 * whoever has it and heard by the peer that it belongs to.
 */
#ifndef SHM_IVSHMEM_H
#define SHM_IVSHMEM_H

#include <stdint.h>

#define IVSHMEM_VERSION     0
#define IVSHMEM_ID_MAX      65535
#define IVSHMEM_VECTORS_MAX 16 /* ours; MSI-X has more */
#define IVSHMEM_PEERS_MAX   64 /* at one time, QEMU included; ours */

/* Value of the message that carries the memory. */
#define IVSHMEM_MEMORY (-1)

#endif
