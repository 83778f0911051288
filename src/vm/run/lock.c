#include "vm/run/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX 256
#define TRIES    100 /* each means that somebody else just let go */

struct lock {
	int fd;
	char *path;
};

/* Of the open file, not of the process: looking at it takes nothing. */
static struct flock whole(short type)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET };
}

/* Its last holder may have removed the file between our opening and locking it. */
static bool is_current(int fd, const char *path)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino &&
	       ours.st_dev == named.st_dev;
}

static bool write_text(int fd, const char *text)
{
	size_t length = strlen(text);

	return ftruncate(fd, 0) == 0 && pwrite(fd, text, length, 0) == (ssize_t)length;
}

/* An open file with the lock on it, or -1 with errno. */
static int open_locked(const char *path)
{
	for (int i = 0; i < TRIES; i++) {
		struct flock lock = whole(F_WRLCK);
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return -1;
		if (fcntl(fd, F_OFD_SETLK, &lock) == 0 && is_current(fd, path))
			return fd;
		int why = errno;
		bool busy = why == EAGAIN || why == EACCES;
		busy = busy && is_current(fd, path);
		close(fd);
		errno = why;
		if (busy)
			return -1;
	}
	errno = EAGAIN;
	return -1;
}

struct lock *lock_take(const char *path, const char *text, GError **error)
{
	int fd = open_locked(path);

	if (fd >= 0 && write_text(fd, text)) {
		struct lock *self = g_new(struct lock, 1);
		*self = (struct lock){ fd, g_strdup(path) };
		return self;
	}
	bool busy = fd < 0 && (errno == EAGAIN || errno == EACCES);

	g_set_error(error, G_IO_ERROR, busy ? G_IO_ERROR_BUSY : (int)g_io_error_from_errno(errno),
		    "%s: %s", path, busy ? "somebody has it" : g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

void lock_release(struct lock *self)
{
	if (!self)
		return;
	g_unlink(self->path); /* while nobody else can have it */
	close(self->fd);
	g_free(self->path);
	g_free(self);
}

int lock_fd(const struct lock *self)
{
	return self->fd;
}

char *lock_holder(const char *path)
{
	struct flock lock = whole(F_WRLCK);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	char text[TEXT_MAX];
	char *holder = NULL;

	if (fd < 0)
		return NULL;
	if (fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
		ssize_t got = pread(fd, text, sizeof(text), 0);
		holder = g_strndup(text, got > 0 ? (size_t)got : 0);
	}
	close(fd);
	return holder;
}
