#include "vm/helper/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm/helper/deed.h"
#include "vm/helper/hooks.h"

#define PLACE(out, format)                                                                         \
	do {                                                                                       \
		va_list args;                                                                      \
		va_start(args, format);                                                            \
		make(out, format, args);                                                           \
		va_end(args);                                                                      \
	} while (0)

/* What would not fit is no path at all. */
static void make(char out[PLACE_LENGTH], const char *format, va_list args)
{
	int root = snprintf(out, PLACE_LENGTH, "%s", hook_root());
	size_t room = root < PLACE_LENGTH ? (size_t)(PLACE_LENGTH - root) : 0;

	if (!room || vsnprintf(out + root, room, format, args) >= (int)room)
		out[0] = '\0';
}

void place(char out[PLACE_LENGTH], const char *format, ...)
{
	PLACE(out, format);
}

bool place_is(const char *format, ...)
{
	char path[PLACE_LENGTH];

	PLACE(path, format);
	return access(path, F_OK) == 0;
}

static int read_text(const char *path, char out[PLACE_TEXT])
{
	out[0] = '\0';
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	ssize_t got = read(fd, out, PLACE_TEXT - 1);
	int result = got < 0 ? -errno : 0;
	close(fd);
	for (out[got < 0 ? 0 : got] = '\0'; got > 0 && out[got - 1] == '\n';)
		out[--got] = '\0';
	return result;
}

int place_read(char out[PLACE_TEXT], const char *format, ...)
{
	char path[PLACE_LENGTH];

	PLACE(path, format);
	return read_text(path, out);
}

long long place_number(long long otherwise, const char *format, ...)
{
	char path[PLACE_LENGTH], text[PLACE_TEXT], *end;

	PLACE(path, format);
	if (read_text(path, text) != 0)
		return otherwise;
	long long number = strtoll(text, &end, 0);
	return end == text || *end ? otherwise : number;
}

int place_link(char out[PLACE_TEXT], const char *format, ...)
{
	char path[PLACE_LENGTH], target[PLACE_TEXT];

	PLACE(path, format);
	out[0] = '\0';
	ssize_t got = readlink(path, target, sizeof(target) - 1);
	if (got < 0)
		return -errno;
	target[got] = '\0';
	const char *slash = strrchr(target, '/');
	strcpy(out, slash ? slash + 1 : target);
	return 0;
}

struct writing {
	const char *path, *text;
};

static int write_text(const void *data)
{
	const struct writing *writing = data;
	/* As a shell does it; sysfs does not care, the tests' files do. */
	int fd = open(writing->path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return write(fd, writing->text, strlen(writing->text)) < 0 ? errno : 0;
}

static int write_in_time(const char *path, const char *text)
{
	struct writing writing = { path, text };

	hook_step();
	int result = deed_do(write_text, &writing, DEED_KERNEL_MS);
	hook_step();
	return -result;
}

int place_write(const char *text, const char *format, ...)
{
	char path[PLACE_LENGTH];

	PLACE(path, format);
	return write_in_time(path, text);
}

int place_set(struct err *err, const char *text, const char *format, ...)
{
	char path[PLACE_LENGTH], line[PLACE_TEXT];

	PLACE(path, format);
	snprintf(line, sizeof(line), "%s\n", text);
	int result = write_in_time(path, line);
	if (result == -ETIMEDOUT)
		return err_set(err, result, "%s: the kernel has not taken \"%s\" in time", path,
			       text);
	return result ? err_set_errno(err, result, "%s: the kernel does not take \"%s\"", path,
				      text)
		      : 0;
}
