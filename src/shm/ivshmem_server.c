#include "shm/ivshmem_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "shm/ivshmem_outbox.h"
#include "shm/ivshmem_socket.h"

#define EVENTS_PER_DISPATCH 32
#define ACCEPTS_AT_ONCE     8

/* Messages that a peer may leave unread beyond what the kernel keeps for it (some 200) and beyond
 * its greeting: a machine that is stopped for a debugger is not dropped for it. */
#define QUEUE_SLACK 256

struct peer {
	struct peer *next;
	int socket;
	struct ivshmem_visitor who;
	struct ivshmem_set *bells;
	struct ivshmem_outbox outbox;
	const char *leaving; /* why; NULL: it stays */
	bool waiting;        /* for room in the socket */
};

struct ivshmem_server {
	struct ivshmem_socket listener;
	int epoll;
	int reserve; /* a descriptor to spend when there are no others */
	struct shm *memory;
	struct peer *peers; /* in no order */
	unsigned count, most, vectors, queue_length;
	unsigned next_id;
	uid_t *users;
	size_t user_count;
	const struct ivshmem_server_listener *tell;
	void *data;
};

/* ---- talking ---- */

static void mark(struct peer *peer, const char *why)
{
	if (!peer->leaving)
		peer->leaving = why;
}

static void say(struct peer *to, int64_t value, int fd, struct ivshmem_set *set)
{
	const struct ivshmem_message message = { value, fd, set };

	if (!to->leaving && ivshmem_outbox_put(&to->outbox, &message) < 0)
		mark(to, "it does not read what it is told");
}

static void say_bells(struct peer *to, const struct peer *of)
{
	for (unsigned i = 0; i < of->bells->count; i++)
		say(to, of->who.id, of->bells->fds[i], of->bells);
}

/* Asks to be told when there is room again, or no longer. */
static void watch_room(struct ivshmem_server *self, struct peer *peer, bool wanted)
{
	struct epoll_event event = { EPOLLIN | EPOLLRDHUP | (wanted ? EPOLLOUT : 0),
				     { .ptr = peer } };

	if (peer->waiting != wanted && epoll_ctl(self->epoll, EPOLL_CTL_MOD, peer->socket, &event))
		mark(peer, "it cannot be watched");
	peer->waiting = wanted;
}

static void flush(struct ivshmem_server *self, struct peer *peer)
{
	if (peer->leaving)
		return;
	int result = ivshmem_outbox_flush(&peer->outbox, peer->socket);
	if (result == -ETOOMANYREFS)
		mark(peer, "too many descriptors are on their way; raise the limit (ulimit -n)");
	else if (result < 0)
		mark(peer, "it hung up");
	else
		watch_room(self, peer, peer->outbox.used > 0);
}

/* ---- peers ---- */

static struct peer *find(const struct ivshmem_server *self, unsigned id)
{
	struct peer *peer = self->peers;

	while (peer && peer->who.id != (int)id)
		peer = peer->next;
	return peer;
}

/* A guest may still ring somebody who has left: their ids are used again as late as possible. */
static unsigned take_id(struct ivshmem_server *self)
{
	while (find(self, self->next_id))
		self->next_id = (self->next_id + 1) % (IVSHMEM_ID_MAX + 1);
	unsigned id = self->next_id;
	self->next_id = (id + 1) % (IVSHMEM_ID_MAX + 1);
	return id;
}

/* Closes no socket. */
static void peer_free(struct peer *peer)
{
	ivshmem_outbox_finish(&peer->outbox);
	ivshmem_set_unref(peer->bells);
	free(peer);
}

/* Takes over `socket` on success only. */
static struct peer *peer_create(struct ivshmem_server *self, int socket,
				const struct ivshmem_visitor *who)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	struct epoll_event event = { EPOLLIN | EPOLLRDHUP, { .ptr = peer } };

	if (!peer)
		return NULL;
	peer->socket = socket;
	peer->who = *who;
	peer->bells = ivshmem_set_create(self->vectors);
	if (!peer->bells || ivshmem_outbox_init(&peer->outbox, self->queue_length) < 0 ||
	    epoll_ctl(self->epoll, EPOLL_CTL_ADD, socket, &event) < 0) {
		peer_free(peer);
		return NULL;
	}
	peer->who.id = (int)take_id(self);
	return peer;
}

static void greet(struct ivshmem_server *self, struct peer *peer)
{
	say(peer, IVSHMEM_VERSION, -1, NULL);
	say(peer, peer->who.id, -1, NULL);
	say(peer, IVSHMEM_MEMORY, self->memory->fd, NULL);
	/* Those about to leave, too: the newcomer will hear of that like everybody. */
	for (struct peer *other = self->peers; other; other = other->next)
		say_bells(peer, other);
	say_bells(peer, peer);
	flush(self, peer);
}

static void introduce(struct ivshmem_server *self, const struct peer *peer)
{
	for (struct peer *other = self->peers; other; other = other->next) {
		if (other == peer)
			continue;
		say_bells(other, peer);
		flush(self, other);
	}
}

static void join(struct ivshmem_server *self, struct peer *peer)
{
	greet(self, peer);
	peer->next = self->peers;
	self->peers = peer;
	self->count++;
	introduce(self, peer);
	if (self->tell && self->tell->joined)
		self->tell->joined(self->data, &peer->who);
}

static void part(struct ivshmem_server *self, struct peer **at)
{
	struct peer *peer = *at;

	*at = peer->next;
	self->count--;
	for (struct peer *other = self->peers; other; other = other->next) {
		say(other, peer->who.id, -1, NULL);
		flush(self, other);
	}
	if (self->tell && self->tell->left)
		self->tell->left(self->data, &peer->who, peer->leaving);
	close(peer->socket);
	peer_free(peer);
}

/* Telling of one that leaves may show that another is dead, too: until all who remain are well. */
static void sweep(struct ivshmem_server *self)
{
	struct peer **at = &self->peers;

	while (*at) {
		if ((*at)->leaving) {
			part(self, at);
			at = &self->peers;
		} else {
			at = &(*at)->next;
		}
	}
}

/* ---- at the door ---- */

static bool is_welcome(const struct ivshmem_server *self, uid_t uid)
{
	if (!self->users || uid == 0 || uid == geteuid())
		return true;
	for (size_t i = 0; i < self->user_count; i++)
		if (self->users[i] == uid)
			return true;
	return false;
}

static struct ivshmem_visitor identify(int socket)
{
	struct ucred credentials = { .pid = 0, .uid = (uid_t)-1 };
	socklen_t length = sizeof(credentials);

	getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length);
	return (struct ivshmem_visitor){ credentials.pid, credentials.uid, -1 };
}

/* Takes `socket` over. */
static bool admit(struct ivshmem_server *self, int socket)
{
	struct ivshmem_visitor who = identify(socket);
	struct peer *peer = NULL;
	const char *why = NULL;

	if (!is_welcome(self, who.uid))
		why = "this user is not on the list";
	else if (self->count == self->most)
		why = "there are as many peers as may be";
	else if (!(peer = peer_create(self, socket, &who)))
		why = "no descriptors or memory are left; raise the limit (ulimit -n)";
	if (peer) {
		join(self, peer);
		return true;
	}
	if (self->tell && self->tell->refused)
		self->tell->refused(self->data, &who, why);
	close(socket);
	return false;
}

/* Without a free descriptor a visitor would stand at the door, and wake us, for ever. */
static bool turn_away(struct ivshmem_server *self)
{
	if (self->reserve < 0)
		return false;
	close(self->reserve);
	int socket = accept4(self->listener.fd, NULL, NULL, SOCK_CLOEXEC);
	if (socket >= 0) {
		struct ivshmem_visitor who = identify(socket);
		if (self->tell && self->tell->refused)
			self->tell->refused(self->data, &who,
					    "no descriptors are left; raise the limit (ulimit -n)");
		close(socket);
	}
	self->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return socket >= 0;
}

static int open_door(struct ivshmem_server *self)
{
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		int socket = accept4(self->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (socket >= 0)
			admit(self, socket);
		else if ((errno == EMFILE || errno == ENFILE) && turn_away(self))
			continue;
		else if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK)
			return -errno;
		else
			return 0;
	}
	return 0;
}

static int make_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int ivshmem_server_invite(struct ivshmem_server *self)
{
	int ends[2]; /* ours and theirs: what theirs may do is not our business */

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	int failed = make_nonblocking(ends[0]);
	if (failed)
		close(ends[0]);
	else if (!admit(self, ends[0]))
		failed = -EAGAIN;
	if (failed)
		close(ends[1]);
	sweep(self);
	return failed ? failed : ends[1];
}

static void serve(struct ivshmem_server *self, struct peer *peer, uint32_t events)
{
	/* Peers have nothing to say: bytes are as much of a goodbye as an end. */
	if (events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR))
		mark(peer, "it hung up");
	else if (events & EPOLLIN)
		mark(peer, "it spoke, which a peer never does");
	else if (events & EPOLLOUT)
		flush(self, peer);
}

int ivshmem_server_dispatch(struct ivshmem_server *self)
{
	struct epoll_event events[EVENTS_PER_DISPATCH];
	int count = epoll_wait(self->epoll, events, EVENTS_PER_DISPATCH, 0), result = 0;

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	/* Peers are freed by sweep() only, when no event speaks of them any more. */
	for (int i = 0; i < count; i++)
		if (events[i].data.ptr)
			serve(self, events[i].data.ptr, events[i].events);
	sweep(self);
	for (int i = 0; i < count; i++)
		if (!events[i].data.ptr)
			result = open_door(self);
	sweep(self);
	return result;
}

/* ---- life ---- */

static int check(const struct ivshmem_server_params *params, struct err *err)
{
	if (!is_power_of_two(params->size) || params->size < 1u << 20)
		return err_set(err, -EINVAL,
			       "a machine's shared memory has a power of two of bytes, 1 MiB or "
			       "more; %llu MiB would do instead of %llu bytes",
			       (unsigned long long)(next_power_of_two(
							    min_u64(max_u64(params->size, 1u << 20),
								    1ull << 62)) >>
						    20),
			       (unsigned long long)params->size);
	if (params->vectors > IVSHMEM_VECTORS_MAX)
		return err_set(err, -EINVAL, "%u vectors are too many; there may be 1 to %d",
			       params->vectors, IVSHMEM_VECTORS_MAX);
	if (params->peers > IVSHMEM_PEERS_MAX)
		return err_set(err, -EINVAL, "%u peers are too many; there may be 1 to %d",
			       params->peers, IVSHMEM_PEERS_MAX);
	return 0;
}

static int copy_users(struct ivshmem_server *self, const struct ivshmem_server_params *params)
{
	if (!params->users)
		return 0;
	self->users = calloc(params->user_count + 1, sizeof(*self->users));
	if (!self->users)
		return -ENOMEM;
	memcpy(self->users, params->users, params->user_count * sizeof(*self->users));
	self->user_count = params->user_count;
	return 0;
}

static int watch_door(struct ivshmem_server *self)
{
	struct epoll_event event = { EPOLLIN, { .ptr = NULL } };

	self->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	self->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (self->epoll < 0)
		return -errno;
	if (self->listener.fd >= 0 &&
	    epoll_ctl(self->epoll, EPOLL_CTL_ADD, self->listener.fd, &event) < 0)
		return -errno;
	return 0;
}

static int open_listener(struct ivshmem_server *self, const struct ivshmem_server_params *params,
			 struct err *err)
{
	if (params->no_socket)
		return 0;
	if (!params->path)
		return ivshmem_socket_inherit(&self->listener, params->socket, err);
	return ivshmem_socket_open(&self->listener, params->path,
				   params->mode ? params->mode : 0600, params->group, err);
}

int ivshmem_server_create(struct ivshmem_server **out, const struct ivshmem_server_params *params,
			  struct err *err)
{
	int result = check(params, err);
	if (result < 0)
		return result;
	struct ivshmem_server *self = calloc(1, sizeof(*self));
	if (!self)
		return err_set_errno(err, -ENOMEM, "an ivshmem server");

	self->epoll = self->reserve = self->listener.fd = -1;
	self->vectors = params->vectors ? params->vectors : 1;
	self->most = params->peers ? params->peers : IVSHMEM_PEERS_MAX;
	self->queue_length = 3 + self->most * self->vectors + QUEUE_SLACK;
	self->tell = params->listener;
	self->data = params->data;
	result = copy_users(self, params);
	if (result < 0)
		err_set_errno(err, result, "an ivshmem server");
	else
		result = shm_create_memfd(&self->memory, params->name ? params->name : "oriel",
					  params->size, err);
	if (result == 0)
		result = open_listener(self, params, err);
	if (result == 0 && (result = watch_door(self)) < 0) {
		err_set_errno(err, result, "watching the server's socket");
		if (!params->path)
			self->listener.fd = -1;
	}
	if (result == 0)
		*out = self;
	else
		ivshmem_server_destroy(self);
	return result;
}

void ivshmem_server_destroy(struct ivshmem_server *self)
{
	if (!self)
		return;
	ivshmem_socket_close(&self->listener);
	while (self->peers) {
		struct peer *peer = self->peers;
		self->peers = peer->next;
		close(peer->socket);
		peer_free(peer);
	}
	if (self->epoll >= 0)
		close(self->epoll);
	if (self->reserve >= 0)
		close(self->reserve);
	shm_close(self->memory);
	free(self->users);
	free(self);
}

int ivshmem_server_fd(const struct ivshmem_server *self)
{
	return self->epoll;
}

const struct shm *ivshmem_server_memory(const struct ivshmem_server *self)
{
	return self->memory;
}

unsigned ivshmem_server_peers(const struct ivshmem_server *self)
{
	return self->count;
}
