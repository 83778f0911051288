#include "shm/ivshmem_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

#define BACKLOG 16

/* ---- two servers that start at once ---- */

/* Whoever holds the lock on the directory may look whether a socket is stale, and replace it. */
#define LOCK_TRIES  100
#define LOCK_NAP_NS (10 * NS_PER_MS)

static int lock_directory(const char *path, struct err *err)
{
	char *copy = strdup(path);
	const char *directory = copy ? dirname(copy) : path;
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd;

	if (fd < 0)
		result = err_set_errno(err, -errno, "%s: the directory of the socket", directory);
	for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK || i == LOCK_TRIES) {
			result = err_set_errno(err, -errno, "%s: locking it", directory);
			close(fd);
			break;
		}
		clock_sleep(LOCK_NAP_NS);
	}
	free(copy);
	return result;
}

/* ---- what is there already ---- */

static int make_socket(struct err *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 ? fd : err_set_errno(err, -errno, "a socket");
}

static int probe(const struct sockaddr_un *address, struct err *err)
{
	int fd = make_socket(err);

	if (fd < 0)
		return fd;
	int result = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno
											 : 0;
	close(fd);
	return result;
}

/* 0: nothing in the way any more. */
static int clear_way(const struct sockaddr_un *address, struct err *err)
{
	const char *path = address->sun_path;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_set_errno(err, -errno, "%s", path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, -EEXIST,
			       "%s exists and is no socket; name another path, or remove it", path);
	int result = probe(address, err);
	if (result != -ECONNREFUSED)
		return err_set(err, -EADDRINUSE,
			       "%s is in use: another server listens there. Stop it, or give this "
			       "one a path of its own",
			       path);
	return unlink(path) < 0 ? err_set_errno(err, -errno, "%s: removing the old socket", path)
				: 0;
}

/* ---- ours ---- */

static int widen(const char *path, mode_t mode, gid_t group, struct err *err)
{
	if (group && lchown(path, (uid_t)-1, group) < 0)
		return err_set_errno(err, -errno, "%s: giving it to group %u", path, group);
	if (chmod(path, mode) < 0)
		return err_set_errno(err, -errno, "%s: mode %04o", path, mode);
	return 0;
}

/* From here until it listens, connecting fails; so the file has its final rights in time. */
static int bind_and_listen(struct ivshmem_socket *self, const struct sockaddr_un *address,
			   mode_t mode, gid_t group, struct err *err)
{
	struct stat st = { 0 };

	/* The file takes the mode of the socket, so it begins narrow whatever the umask is. */
	fchmod(self->fd, 0600);
	if (bind(self->fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return err_set_errno(err, -errno, "%s: creating the socket", self->path);
	int result = widen(self->path, mode, group, err);
	if (result == 0 && lstat(self->path, &st) < 0)
		result = err_set_errno(err, -errno, "%s", self->path);
	if (result == 0 && listen(self->fd, BACKLOG) < 0)
		result = err_set_errno(err, -errno, "%s: listening", self->path);
	self->device = st.st_dev;
	self->inode = st.st_ino;
	if (result < 0)
		unlink(self->path);
	return result;
}

int ivshmem_socket_open(struct ivshmem_socket *out, const char *path, mode_t mode, gid_t group,
			struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ivshmem_socket self = { .fd = -1 };

	if (strlen(path) >= sizeof(address.sun_path) || !*path)
		return err_set(err, -ENAMETOOLONG, "%s: a socket's path has 1 to %zu bytes", path,
			       sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	int lock = lock_directory(path, err);
	if (lock < 0)
		return lock;
	int result = clear_way(&address, err);
	if (result == 0)
		result = self.fd = make_socket(err);
	if (result >= 0)
		self.path = strdup(path);
	if (result >= 0)
		result = self.path ? bind_and_listen(&self, &address, mode, group, err)
				   : err_set_errno(err, -ENOMEM, "%s", path);
	close(lock);
	if (result == 0) {
		*out = self;
		return 0;
	}
	if (self.fd >= 0)
		close(self.fd);
	free(self.path);
	return result;
}

static int option(int fd, int name)
{
	int value = -1;
	socklen_t length = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &length) < 0 ? -1 : value;
}

int ivshmem_socket_inherit(struct ivshmem_socket *out, int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (option(fd, SO_DOMAIN) != AF_UNIX || option(fd, SO_TYPE) != SOCK_STREAM ||
	    option(fd, SO_ACCEPTCONN) != 1)
		return err_set(err, -EINVAL,
			       "descriptor %d is no listening Unix stream socket "
			       "(ListenStream= in a .socket unit makes one)",
			       fd);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_set_errno(err, -errno, "descriptor %d", fd);
	*out = (struct ivshmem_socket){ .fd = fd };
	return 0;
}

void ivshmem_socket_close(struct ivshmem_socket *self)
{
	struct stat st;

	if (self->path && lstat(self->path, &st) == 0 && st.st_dev == self->device &&
	    st.st_ino == self->inode)
		unlink(self->path);
	if (self->fd >= 0)
		close(self->fd);
	free(self->path);
	*self = (struct ivshmem_socket){ .fd = -1 };
}
