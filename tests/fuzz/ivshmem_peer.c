/* A hostile ivshmem server: bytes in any pieces, with any number of descriptors of two kinds.
 *
 * Each record is a byte (bits 0-2: bytes that follow, 0 means 8; bits 3-5: descriptors; bit 6:
 * they are memory, not bells; bit 7: let the peer read first) and then those bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "shm/ivshmem_peer.h"
#include "shm/wake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static int lowest_free_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static void say(int socket, uint8_t head, const uint8_t *bytes, size_t length)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(7 * sizeof(int))];
	} control = { 0 };
	struct iovec io = { (void *)bytes, length };
	struct msghdr header = { .msg_iov = &io, .msg_iovlen = 1 };
	size_t count = head >> 3 & 7;
	int fds[7];

	for (size_t i = 0; i < count; i++)
		fds[i] = head & 0x40 ? memfd_create("fuzz", 0) : wake_eventfd();
	if (count) {
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

static void read_all(struct ivshmem_peer *peer)
{
	struct err err = { 0 };
	int result = ivshmem_peer_dispatch(peer, &err);

	must(result == 0 || (result < 0 && err.code == result && err.text[0]));
	must(result == 0 || ivshmem_peer_state(peer) == IVSHMEM_GONE);
	must(ivshmem_peer_others(peer) < IVSHMEM_PEERS_MAX);
	must(ivshmem_peer_own(peer)->count <= IVSHMEM_VECTORS_MAX);
	if (ivshmem_peer_state(peer) == IVSHMEM_READY)
		must(ivshmem_peer_memory(peer) >= 0);
	for (unsigned id = 0; id < 300; id++) {
		const struct ivshmem_bells *bells = ivshmem_peer_find(peer, (uint16_t)id);
		must(!bells || (bells->id == id && bells->count >= 1));
		for (unsigned i = 0; bells && i < bells->count; i++)
			must(ivshmem_peer_ring(peer, (uint16_t)id, i) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int before = lowest_free_fd(), ends[2];
	struct ivshmem_peer *peer = NULL;

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	must(ivshmem_peer_create(&peer, ends[1], NULL) == 0);
	while (size > 1) {
		uint8_t head = *data++;
		size_t length = head & 7 ? head & 7 : 8;
		length = min_u64(length, --size);
		if (head & 0x80)
			read_all(peer);
		say(ends[0], head, data, length);
		data += length;
		size -= length;
	}
	read_all(peer);
	close(ends[0]);
	read_all(peer);
	ivshmem_peer_destroy(peer);
	must(lowest_free_fd() == before);
	return 0;
}
