#include "spice/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "link/opener.h"

struct opener {
	struct link *link;
	bool hidden; /* those, too */
};

#define SELF_MAX 32

static void name_of(char out[SELF_MAX], int fd)
{
	snprintf(out, SELF_MAX, "/proc/self/fd/%d", fd);
}

/* Where it really lies, whatever links led there. */
static bool is_hidden(int fd)
{
	char name[SELF_MAX], path[PATH_MAX];

	name_of(name, fd);
	ssize_t length = readlink(name, path, sizeof(path) - 1);
	if (length <= 0)
		return true;
	path[length] = '\0';
	return strstr(path, "/.") != NULL;
}

/* NULL: nothing is. */
static const char *fault(int fd, bool hidden, struct stat *st)
{
	if (fstat(fd, st) < 0)
		return strerror(errno);
	if (S_ISDIR(st->st_mode))
		return "is a folder; only files can be sent";
	if (!S_ISREG(st->st_mode))
		return "is no file";
	if (!hidden && is_hidden(fd))
		return "is hidden, or lies in a hidden folder, which the sandbox keeps closed";
	return NULL;
}

/* What is no file must not notice that somebody looked at it. */
int opener_open(const char *path, bool hidden, uint64_t *size, const char **why)
{
	int place = *path == '/' ? open(path, O_PATH | O_CLOEXEC) : -1;
	char name[SELF_MAX];
	struct stat st;
	int fd = -1;

	if (place < 0) {
		*why = *path == '/' ? strerror(errno) : "is no path";
		return -1;
	}
	const char *wrong = fault(place, hidden, &st);
	name_of(name, place);
	if (!wrong && (fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) < 0)
		wrong = errno == EACCES ? "may not be read by you" : strerror(errno);
	close(place);
	if (wrong)
		*why = wrong;
	else
		*size = (uint64_t)st.st_size;
	return fd;
}

static int hear_open(struct opener *self, const struct link_message *message)
{
	const struct link_opener_id *body = message->body;
	struct link_opener_file file = { .id = body->id };
	const char *why = "";
	int fd = opener_open(message->text, self->hidden, &file.size, &why);

	if (fd < 0)
		return link_send(self->link, LINK_OPENER_REFUSED, body, why, NULL);
	int result = link_send(self->link, LINK_OPENER_OPENED, &file, NULL, &fd);
	close(fd);
	return result;
}

bool opener_serve(struct opener *self)
{
	struct link_message *message;
	struct err err = { 0 };
	int result = link_flush(self->link);

	while (result == 0) {
		result = link_receive(self->link, &message, &err);
		if (result == 0)
			result = hear_open(self, message);
	}
	if (result < 0 && result != -ECONNRESET)
		log_warn("the viewer's files: %s", err.text);
	return result == LINK_E_EMPTY;
}

int opener_fd(const struct opener *self)
{
	return link_fd(self->link);
}

int opener_create(struct opener **out, int fd, bool hidden)
{
	struct opener *self = calloc(1, sizeof(*self));
	int result;

	if (!self) {
		close(fd);
		return -ENOMEM;
	}
	self->hidden = hidden;
	result = link_create(&self->link, fd, &link_opener_tells, &link_opener_asks);
	if (result < 0)
		free(self);
	else
		*out = self;
	return result;
}

void opener_destroy(struct opener *self)
{
	if (!self)
		return;
	link_destroy(self->link);
	free(self);
}
