/* A server and peers in one test program, moved on by hand. */
#ifndef TESTS_IVSHMEM_H
#define TESTS_IVSHMEM_H

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "scratch.h"
#include "shm/ivshmem_peer.h"
#include "shm/ivshmem_server.h"
#include "shm/wake.h"

#define PATIENCE_NS (20 * NS_PER_S)

static struct err err;

/* What the listener heard. */
static struct {
	unsigned joined, left, refused;
	char why[128];
} heard;

static inline void hear_joined(void *data, const struct ivshmem_visitor *who)
{
	(void)data, (void)who;
	heard.joined++;
}

static inline void hear_left(void *data, const struct ivshmem_visitor *who, const char *why)
{
	(void)data, (void)who;
	heard.left++;
	snprintf(heard.why, sizeof(heard.why), "%s", why);
}

static inline void hear_refused(void *data, const struct ivshmem_visitor *who, const char *why)
{
	(void)data, (void)who;
	heard.refused++;
	snprintf(heard.why, sizeof(heard.why), "%s", why);
}

static const struct ivshmem_server_listener ears = { hear_joined, hear_left, hear_refused };

static inline struct ivshmem_server *start(const char *path, unsigned vectors)
{
	struct ivshmem_server_params params = {
		.path = path, .size = MIB, .vectors = vectors, .listener = &ears
	};
	struct ivshmem_server *server = NULL;

	memset(&heard, 0, sizeof(heard));
	int result = ivshmem_server_create(&server, &params, &err);
	if (result < 0)
		test_fail("no server: %s", err.text);
	return server;
}

static inline struct ivshmem_peer *visit(const char *path)
{
	struct ivshmem_peer *peer = NULL;

	if (ivshmem_peer_connect(&peer, path, &err) < 0)
		test_fail("no peer: %s", err.text);
	return peer;
}

/* Lets both sides run until nobody has anything to do. */
static inline void settle(struct ivshmem_server *server, struct ivshmem_peer *const *peers,
			  size_t count)
{
	struct pollfd fds[64];

	for (uint64_t deadline = clock_ns() + PATIENCE_NS; clock_ns() < deadline;) {
		fds[0] = (struct pollfd){ ivshmem_server_fd(server), POLLIN, 0 };
		for (size_t i = 0; i < count; i++)
			fds[i + 1] = (struct pollfd){ peers[i] ? ivshmem_peer_fd(peers[i]) : -1,
						      POLLIN, 0 };
		if (poll(fds, count + 1, 0) == 0)
			return;
		CHECK_EQ(ivshmem_server_dispatch(server), 0);
		for (size_t i = 0; i < count; i++)
			if (peers[i])
				ivshmem_peer_dispatch(peers[i], &err);
	}
	test_fail("they never come to rest");
}

static inline void settle_one(struct ivshmem_server *server, struct ivshmem_peer *peer)
{
	settle(server, &peer, 1);
}

/* Open descriptors of this process. */
static inline unsigned open_fds(void)
{
	unsigned count = 0;
	DIR *directory = opendir("/proc/self/fd");

	if (!directory)
		test_skip("no /proc/self/fd");
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* A connection without any manners of its own. */
static inline int connect_raw(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	CHECK_EQ(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* One message as it stands on the socket: its value, and a descriptor or -1. */
static inline int64_t read_raw(int socket, int *fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	uint8_t bytes[8] = { 0 };
	struct iovec io = { bytes, sizeof(bytes) };
	struct msghdr header = { .msg_iov = &io,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control) };
	int64_t value = 0;

	CHECK_EQ(recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC), 8);
	struct cmsghdr *c = CMSG_FIRSTHDR(&header);
	*fd = -1;
	if (c)
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	for (int i = 7; i >= 0; i--)
		value = (int64_t)((uint64_t)value << 8 | bytes[i]);
	return value;
}

/* Sends bytes with descriptors, as a server would or would not. */
static inline void write_raw(int socket, const void *bytes, size_t length, const int *fds,
			     size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} control = { 0 };
	struct iovec io = { (void *)bytes, length };
	struct msghdr header = { .msg_iov = &io, .msg_iovlen = 1 };

	if (count) {
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	CHECK_EQ(sendmsg(socket, &header, MSG_NOSIGNAL), length);
}

#endif
