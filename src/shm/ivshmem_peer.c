#include "shm/ivshmem_peer.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "shm/wake.h"

/* More are left for the next dispatch. */
#define MESSAGES_PER_DISPATCH 256

/* The kernel drops what does not fit; we want to see that there was too much. */
#define FDS_PER_READ 4

/* What the server has to say next. */
enum step { STEP_VERSION, STEP_ID, STEP_MEMORY, STEP_BELLS };

struct ivshmem_peer {
	int socket;
	enum step step;
	int memory;
	struct ivshmem_bells own;
	struct ivshmem_bells *others[IVSHMEM_PEERS_MAX]; /* in no order, without gaps */
	unsigned count;
	int last; /* id of the last bell, or -1: a peer's bells come in one run */

	/* The message that is still incomplete. */
	uint8_t bytes[sizeof(int64_t)];
	size_t have;
	int fd; /* that came with it, or -1 */

	const struct ivshmem_peer_listener *listener;
	void *data;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

/* ---- bells ---- */

static void bells_finish(struct ivshmem_bells *self)
{
	while (self->count)
		close(self->fds[--self->count]);
}

static unsigned index_of(const struct ivshmem_peer *self, int64_t id)
{
	unsigned i = 0;

	while (i < self->count && self->others[i]->id != id)
		i++;
	return i;
}

/* NULL: there are too many, or no memory for one more. */
static struct ivshmem_bells *add_peer(struct ivshmem_peer *self, uint16_t id)
{
	/* We are one of the peers. */
	if (self->count + 1 >= IVSHMEM_PEERS_MAX)
		return NULL;
	struct ivshmem_bells *bells = calloc(1, sizeof(*bells));
	if (!bells)
		return NULL;
	bells->id = id;
	self->others[self->count++] = bells;
	return bells;
}

static void remove_peer(struct ivshmem_peer *self, unsigned at)
{
	struct ivshmem_bells *bells = self->others[at];

	self->others[at] = self->others[--self->count];
	if (self->listener && self->listener->left)
		self->listener->left(self->data, bells->id);
	bells_finish(bells);
	free(bells);
}

/* Ringing writes 8 bytes, which would do harm to a file and could hang on a pipe. */
static bool is_eventfd(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == 0;
}

static int make_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0))
		return -errno;
	return 0;
}

/* ---- what the server says ---- */

static int nonsense(struct err *err, const char *what, int64_t value)
{
	return err_set(err, -EPROTO, "the ivshmem server %s (%" PRId64 "); is it one at all?", what,
		       value);
}

static int take_version(struct ivshmem_peer *self, int64_t value, struct err *err)
{
	if (self->fd >= 0)
		return nonsense(err, "sent a descriptor with its version", value);
	if (value != IVSHMEM_VERSION)
		return nonsense(err, "speaks a version of the protocol that is not 0", value);
	self->step = STEP_ID;
	return 0;
}

static int take_id(struct ivshmem_peer *self, int64_t value, struct err *err)
{
	if (self->fd >= 0)
		return nonsense(err, "sent a descriptor with our id", value);
	if (value < 0 || value > IVSHMEM_ID_MAX)
		return nonsense(err, "gave us an id that is out of range", value);
	self->own.id = (uint16_t)value;
	self->step = STEP_MEMORY;
	return 0;
}

static int take_memory(struct ivshmem_peer *self, int64_t value, struct err *err)
{
	if (value != IVSHMEM_MEMORY || self->fd < 0)
		return nonsense(err, "did not send the memory where it belongs", value);
	self->memory = steal_fd(&self->fd);
	self->step = STEP_BELLS;
	return 0;
}

static int take_leaver(struct ivshmem_peer *self, int64_t id, struct err *err)
{
	unsigned at = index_of(self, id);

	if (at == self->count)
		return nonsense(err, "said that a peer left which was not there", id);
	self->last = -1;
	remove_peer(self, at);
	return 0;
}

static int check_bell(const struct ivshmem_peer *self, int64_t id, struct err *err)
{
	if (!is_eventfd(self->fd))
		return nonsense(err, "sent something else than an eventfd for peer", id);
	int result = make_nonblocking(self->fd);
	return result < 0 ? err_set_errno(err, result, "an eventfd of the ivshmem server") : 0;
}

static int add_bell(struct ivshmem_peer *self, struct ivshmem_bells *bells, struct err *err)
{
	if (bells->count == IVSHMEM_VECTORS_MAX)
		return nonsense(err, "gave more vectors than we understand to peer", bells->id);
	bells->fds[bells->count++] = steal_fd(&self->fd);
	self->last = bells->id;
	if (bells != &self->own && self->listener && self->listener->bell)
		self->listener->bell(self->data, bells);
	return 0;
}

static int take_bell(struct ivshmem_peer *self, int64_t id, struct err *err)
{
	unsigned at = index_of(self, id);
	bool own = id == self->own.id;
	bool known = own ? self->own.count > 0 : at < self->count;

	if (known && id != self->last)
		return nonsense(err, "announced a peer twice", id);
	int result = check_bell(self, id, err);
	if (result < 0)
		return result;
	struct ivshmem_bells *bells = own     ? &self->own
				      : known ? self->others[at]
					      : add_peer(self, (uint16_t)id);
	if (!bells)
		return nonsense(err, "announced more peers than we understand", id);
	return add_bell(self, bells, err);
}

static int take_change(struct ivshmem_peer *self, int64_t value, struct err *err)
{
	if (value < 0 || value > IVSHMEM_ID_MAX)
		return nonsense(err, "named a peer whose id is out of range", value);
	return self->fd >= 0 ? take_bell(self, value, err) : take_leaver(self, value, err);
}

static int take_message(struct ivshmem_peer *self, struct err *err)
{
	static int (*const takers[])(struct ivshmem_peer *, int64_t, struct err *) = {
		[STEP_VERSION] = take_version,
		[STEP_ID] = take_id,
		[STEP_MEMORY] = take_memory,
		[STEP_BELLS] = take_change,
	};
	uint64_t wire;

	memcpy(&wire, self->bytes, sizeof(wire));
	self->have = 0;
	int result = takers[self->step](self, (int64_t)le64toh(wire), err);
	close_fd(&self->fd);
	return result;
}

/* ---- reading ---- */

/* Keeps the one descriptor that may come with a message, closes all others. */
static int keep_fds(struct ivshmem_peer *self, struct msghdr *header)
{
	int result = header->msg_flags & MSG_CTRUNC ? -EPROTO : 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (self->fd >= 0) {
				close(fd);
				result = -EPROTO;
			} else {
				self->fd = fd;
			}
		}
	}
	return result;
}

/* 1: some bytes came; 0: none for now; else a negative errno. */
static int read_some(struct ivshmem_peer *self, struct err *err)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_PER_READ * sizeof(int))];
	} control;
	struct iovec io = { self->bytes + self->have, sizeof(self->bytes) - self->have };
	struct msghdr header = { .msg_iov = &io,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control) };
	ssize_t got = recvmsg(self->socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got < 0)
		return err_set_errno(err, -errno, "reading from the ivshmem server");
	if (keep_fds(self, &header) < 0)
		return nonsense(
			err, "sent several descriptors at once, or more than we may open, in step",
			self->step);
	if (got == 0)
		return err_set(err, -ECONNRESET, "the ivshmem server left");
	self->have += (size_t)got;
	return 1;
}

static void leave(struct ivshmem_peer *self)
{
	close_fd(&self->fd);
	close_fd(&self->socket);
}

int ivshmem_peer_dispatch(struct ivshmem_peer *self, struct err *err)
{
	int result = self->socket < 0 ? 0 : 1;

	for (unsigned i = 0; result > 0 && i < MESSAGES_PER_DISPATCH; i++) {
		result = read_some(self, err);
		if (result > 0 && self->have == sizeof(self->bytes)) {
			int refused = take_message(self, err);
			result = refused < 0 ? refused : result;
		}
	}
	if (result < 0)
		leave(self);
	return result < 0 ? result : 0;
}

/* ---- life ---- */

int ivshmem_peer_create(struct ivshmem_peer **out, int fd, struct err *err)
{
	struct ivshmem_peer *self = calloc(1, sizeof(*self));

	if (!self) {
		close(fd);
		return err_set_errno(err, -ENOMEM, "an ivshmem peer");
	}
	self->socket = fd;
	self->memory = self->fd = self->last = -1;
	*out = self;
	return 0;
}

static int connect_words(const char *path, int failed, struct err *err)
{
	static const struct {
		int failed;
		const char *words;
	} reasons[] = {
		{ -ENOENT, "does not exist; start the server first (oriel shmd)" },
		{ -ECONNREFUSED, "has no server behind it any more; start it (oriel shmd)" },
		{ -EACCES, "may not be used by you; its server's --user or --group lets you in" },
		{ -EAGAIN, "has a server that accepts nobody at the moment" },
		{ -EPROTOTYPE, "is a socket of another kind" },
	};

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].failed == failed)
			return err_set(err, failed, "%s %s", path, reasons[i].words);
	return err_set_errno(err, failed, "%s: connecting", path);
}

/* The kernel refuses a connection to anything. */
static bool is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

int ivshmem_peer_connect(struct ivshmem_peer **out, const char *path, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, -ENAMETOOLONG, "%s: a socket's path has at most %zu bytes",
			       path, sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set_errno(err, -errno, "a socket");
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		int failed = -errno;
		close(fd);
		if (failed == -ECONNREFUSED && !is_socket(path))
			return err_set(err, -ENOTSOCK,
				       "%s is no socket; an ivshmem server (oriel shmd) has one",
				       path);
		return connect_words(path, failed, err);
	}
	return ivshmem_peer_create(out, fd, err);
}

void ivshmem_peer_destroy(struct ivshmem_peer *self)
{
	if (!self)
		return;
	leave(self);
	self->listener = NULL;
	while (self->count)
		remove_peer(self, self->count - 1);
	bells_finish(&self->own);
	close_fd(&self->memory);
	free(self);
}

void ivshmem_peer_listen(struct ivshmem_peer *self, const struct ivshmem_peer_listener *listener,
			 void *data)
{
	self->listener = listener;
	self->data = data;
}

/* ---- questions ---- */

int ivshmem_peer_fd(const struct ivshmem_peer *self)
{
	return self->socket;
}

enum ivshmem_state ivshmem_peer_state(const struct ivshmem_peer *self)
{
	if (self->socket < 0)
		return IVSHMEM_GONE;
	return self->own.count ? IVSHMEM_READY : IVSHMEM_GREETING;
}

uint16_t ivshmem_peer_id(const struct ivshmem_peer *self)
{
	return self->own.id;
}

int ivshmem_peer_memory(const struct ivshmem_peer *self)
{
	return self->memory;
}

const struct ivshmem_bells *ivshmem_peer_own(const struct ivshmem_peer *self)
{
	return &self->own;
}

const struct ivshmem_bells *ivshmem_peer_find(const struct ivshmem_peer *self, uint16_t id)
{
	unsigned at = index_of(self, id);

	return at < self->count ? self->others[at] : NULL;
}

unsigned ivshmem_peer_others(const struct ivshmem_peer *self)
{
	return self->count;
}

int ivshmem_peer_ring(const struct ivshmem_peer *self, uint16_t id, unsigned vector)
{
	const struct ivshmem_bells *bells = ivshmem_peer_find(self, id);

	if (!bells || vector >= bells->count)
		return -ENOENT;
	return wake_eventfd_ring(bells->fds[vector]);
}
