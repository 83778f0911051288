#include "link/link.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/* As it goes over the socket; the length is the packet's. */
struct packet {
	uint32_t type;
	uint32_t reserved; /* 0 */
	_Alignas(8) uint8_t body[LINK_BODY_MAX];
};

#define HEAD  offsetof(struct packet, body)
#define BATCH 64 /* messages of one turn */

union fd_space {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(LINK_FDS_MAX * sizeof(int))];
};

struct waiting {
	struct waiting *next;
	const struct link_kind *kind;
	size_t size; /* of the packet */
	int fds[LINK_FDS_MAX];
	struct packet packet;
};

struct link {
	int fd, watch; /* the second: an epoll of the first, for whoever waits */
	int broken;    /* negative errno, for good */
	const struct link_table *says, *hears;
	struct waiting *first, *last;
	unsigned waiting;
	struct packet in;
	struct link_message message; /* what was handed out last */
};

int link_pair(int ends[2])
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	memcpy(ends, pair, sizeof(pair));
	return 0;
}

static void close_all(int *fds, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

/* What is worth a turn: news, and while messages wait that there is room for them. */
static int watch(const struct link *self, int how)
{
	struct epoll_event event = { EPOLLIN | (self->first ? EPOLLOUT : 0), { .ptr = NULL } };

	return epoll_ctl(self->watch, how, self->fd, &event);
}

static int prepare(struct link *self)
{
	int flags = fcntl(self->fd, F_GETFL);

	self->watch = epoll_create1(EPOLL_CLOEXEC);
	if (self->watch < 0 || flags < 0 || fcntl(self->fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(self->fd, F_SETFD, FD_CLOEXEC) < 0 || watch(self, EPOLL_CTL_ADD) < 0)
		return -errno;
	return 0;
}

int link_create(struct link **out, int fd, const struct link_table *says,
		const struct link_table *hears)
{
	struct link *self = calloc(1, sizeof(*self));

	if (!self) {
		close(fd);
		return -ENOMEM;
	}
	*self = (struct link){ .fd = fd, .watch = -1, .says = says, .hears = hears };
	int result = prepare(self);
	if (result < 0)
		link_destroy(self);
	else
		*out = self;
	return result;
}

static void drop_first(struct link *self)
{
	struct waiting *first = self->first;

	self->first = first->next;
	if (!self->first)
		self->last = NULL;
	self->waiting--;
	close_all(first->fds, first->kind->fds);
	free(first);
}

/* What the caller left of the last message. */
static void forget_message(struct link *self)
{
	close_all(self->message.fds, self->message.fd_count);
	self->message.fd_count = 0;
}

void link_destroy(struct link *self)
{
	if (!self)
		return;
	forget_message(self);
	while (self->first)
		drop_first(self);
	if (self->watch >= 0)
		close(self->watch);
	if (self->fd >= 0)
		close(self->fd);
	free(self);
}

int link_fd(const struct link *self)
{
	return self->watch;
}

unsigned link_waiting(const struct link *self)
{
	return self->waiting;
}

/* Both ends notice it when they look for news. */
static int broken(struct link *self, int code)
{
	if (!self->broken)
		shutdown(self->fd, SHUT_RDWR);
	self->broken = code;
	return code;
}

static const struct link_kind *kind_of(const struct link_table *table, uint32_t type)
{
	return type < table->count && table->kinds[type].name ? &table->kinds[type] : NULL;
}

/* ---- out ---- */

/* 1: sent; 0: not now; negative errno. */
static int send_packet(struct link *self, const struct packet *packet, size_t size, const int *fds,
		       unsigned count)
{
	union fd_space space = { 0 };
	struct iovec io = { (void *)packet, size };
	struct msghdr header = { .msg_iov = &io, .msg_iovlen = 1 };

	if (count) {
		header.msg_control = &space;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		space.align.cmsg_len = CMSG_LEN(count * sizeof(int));
		space.align.cmsg_level = SOL_SOCKET;
		space.align.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&space.align), fds, count * sizeof(int));
	}
	if (sendmsg(self->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 1;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

static int queue(struct link *self, const struct link_kind *kind, const struct packet *packet,
		 size_t size, const int *fds)
{
	if (self->last && self->last->packet.type == packet->type && kind->merge &&
	    kind->merge(self->last->packet.body, packet->body))
		return 0;
	if (self->waiting == LINK_QUEUE_MAX)
		return -ENOBUFS;
	struct waiting *one = malloc(sizeof(*one));
	if (!one)
		return -ENOMEM;
	*one = (struct waiting){ .kind = kind, .size = size };
	memcpy(&one->packet, packet, size);
	memset(one->fds, -1, sizeof(one->fds));
	for (unsigned i = 0; i < kind->fds; i++)
		if ((one->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0)) < 0) {
			int result = -errno;
			close_all(one->fds, i);
			free(one);
			return result;
		}
	if (self->last)
		self->last->next = one;
	else
		self->first = one;
	self->last = one;
	if (self->waiting++ == 0)
		watch(self, EPOLL_CTL_MOD);
	return 0;
}

int link_flush(struct link *self)
{
	bool waited = self->first != NULL;

	while (!self->broken && self->first) {
		struct waiting *first = self->first;
		int sent = send_packet(self, &first->packet, first->size, first->fds,
				       first->kind->fds);
		if (sent < 0)
			broken(self, sent);
		if (sent <= 0)
			break;
		drop_first(self);
	}
	if (waited && !self->first)
		watch(self, EPOLL_CTL_MOD);
	return self->broken;
}

int link_send(struct link *self, uint32_t type, const void *body, const char *text, const int *fds)
{
	const struct link_kind *kind = kind_of(self->says, type);
	size_t length = text ? strlen(text) + 1 : 1;
	struct packet packet;

	if (!kind || (kind->text_max ? length > kind->text_max : text != NULL))
		return -EINVAL;
	assert(kind->size + kind->text_max <= LINK_BODY_MAX && kind->fds <= LINK_FDS_MAX);
	packet.type = type;
	packet.reserved = 0;
	if (kind->size)
		memcpy(packet.body, body, kind->size);
	if (kind->text_max)
		memcpy(packet.body + kind->size, text ? text : "", length);
	size_t size = HEAD + kind->size + (kind->text_max ? length : 0);
	int result = link_flush(self);
	if (result == 0 && !self->first)
		result = send_packet(self, &packet, size, fds, kind->fds);
	if (result == 0)
		result = queue(self, kind, &packet, size, fds);
	return result < 0 ? broken(self, result) : 0;
}

/* ---- in ---- */

/* Takes all descriptors that came, also those that nobody wants. */
static unsigned take_fds(struct msghdr *header, int fds[LINK_FDS_MAX])
{
	unsigned count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t came = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < came; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (count < LINK_FDS_MAX)
				fds[count++] = fd;
			else
				close(fd);
		}
	}
	return count;
}

/* What is wrong with it, or NULL. */
static const char *fault(const struct link *self, size_t size, unsigned fds, int flags)
{
	const struct link_kind *kind = kind_of(self->hears, self->in.type);
	size_t fields = kind ? HEAD + kind->size : 0;

	if (flags & (MSG_TRUNC | MSG_CTRUNC) || size < HEAD || self->in.reserved)
		return "is no message";
	if (!kind)
		return "has an unknown type";
	if (fds != kind->fds)
		return "has another number of descriptors";
	if (!kind->text_max)
		return size == fields ? NULL : "has another length";
	if (size <= fields || size > fields + kind->text_max)
		return "has another length";
	/* Nobody sees more of the text than everybody else does. */
	if (memchr(self->in.body + kind->size, 0, size - fields) !=
	    self->in.body + (size - HEAD) - 1)
		return "has a text without an end";
	return NULL;
}

/* Who was given up by us did not just end. */
static int tell_end(const struct link *self, struct err *err)
{
	if (self->broken && self->broken != -EPIPE && self->broken != -ECONNRESET)
		return err_set_errno(err, self->broken, "the other process takes no more");
	return err_set(err, -ECONNRESET, "the other process has ended");
}

int link_receive(struct link *self, struct link_message **out, struct err *err)
{
	union fd_space space;
	struct iovec io = { &self->in, sizeof(self->in) };
	struct msghdr header = { .msg_iov = &io,
				 .msg_iovlen = 1,
				 .msg_control = &space,
				 .msg_controllen = sizeof(space) };
	struct link_message *message = &self->message;

	forget_message(self);
	ssize_t size = recvmsg(self->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return LINK_E_EMPTY;
	if (size < 0)
		return err_set_errno(err, -errno, "cannot read from the other process");
	message->fd_count = take_fds(&header, message->fds);
	if (size == 0 && message->fd_count == 0)
		return tell_end(self, err);
	const char *wrong = fault(self, (size_t)size, message->fd_count, header.msg_flags);
	if (wrong)
		return err_set(err, -EPROTO,
			       "what the other process said (type %" PRIu32
			       ", %zd bytes) %s; it is given up",
			       size >= 4 ? self->in.type : 0, size, wrong);
	const struct link_kind *kind = kind_of(self->hears, self->in.type);
	message->type = self->in.type;
	message->body = self->in.body;
	message->text = kind->text_max ? (const char *)self->in.body + kind->size : "";
	*out = message;
	return 0;
}

int link_turn(struct link *self, link_hear_func hear, void *data, struct err *err)
{
	struct link_message *message;
	int result = 0;

	link_flush(self); /* what is wrong with it is told by what follows */
	for (unsigned i = 0; i < BATCH && result == 0; i++) {
		result = link_receive(self, &message, err);
		if (result == 0)
			hear(data, message);
	}
	return result < 0 ? result : 0;
}
