#include "vm/helper/holders.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "vm/helper/deed.h"
#include "vm/helper/device.h"
#include "vm/helper/hooks.h"
#include "vm/helper/place.h"

struct holders {
	const char *const *nodes;
	pid_t first;
	char text[256]; /* "Xorg (812), plymouthd (300)" */
};

static bool is_node(const struct holders *self, const char *path)
{
	for (const char *const *node = self->nodes; *node; node++) {
		size_t length = strlen(*node);
		bool begins = length && (*node)[length - 1] == '*';
		if (begins ? strncmp(path, *node, length - 1) == 0 : strcmp(path, *node) == 0)
			return true;
	}
	return false;
}

static void add_holder(struct holders *self, pid_t pid)
{
	char name[64] = "", path[64];
	size_t length = strlen(self->text);

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, name, sizeof(name) - 1);
	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i < got; i++)
		if (iscntrl((unsigned char)name[i]))
			name[i] = i == got - 1 ? '\0' : '?';
	snprintf(self->text + length, sizeof(self->text) - length, "%s%s (%d)", length ? ", " : "",
		 name, (int)pid);
	self->first = self->first ? self->first : pid;
}

/* The link's text is compared, so that no file system has to answer. */
static void look_at(struct holders *self, pid_t pid)
{
	char path[64], target[PLACE_LENGTH];
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *folder = opendir(path);
	if (!folder)
		return;
	for (struct dirent *entry; !found && (entry = readdir(folder));) {
		ssize_t got = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
		target[got < 0 ? 0 : got] = '\0';
		found = got > 0 && is_node(self, target);
	}
	closedir(folder);
	if (found)
		add_holder(self, pid);
}

static void find(struct holders *self, const char *const *nodes)
{
	DIR *folder = opendir("/proc");

	*self = (struct holders){ .nodes = nodes };
	if (!folder)
		return;
	for (struct dirent *entry; (entry = readdir(folder));)
		if (isdigit((unsigned char)entry->d_name[0]))
			look_at(self, atoi(entry->d_name));
	closedir(folder);
}

/* Until it ends; it may also let go and live on, so not for long. */
static void wait_for(pid_t pid)
{
	struct pollfd ended = { (int)syscall(SYS_pidfd_open, pid, 0), POLLIN, 0 };

	poll(&ended, ended.fd >= 0, 100);
	if (ended.fd >= 0)
		close(ended.fd);
}

int holders_wait(const char *const *nodes, uint64_t until, struct err *err)
{
	struct holders holders;

	for (find(&holders, nodes); holders.first && clock_ns() < until; find(&holders, nodes))
		wait_for(holders.first);
	return holders.first ? err_set(err, -EBUSY, "%s is in use by %s", nodes[0], holders.text)
			     : 0;
}

/* ---- GPUs ---- */

enum { NODES = 8, PATIENCE_MS = 5000 };

static int wait_a_while(const char *const *nodes, struct err *err)
{
	return holders_wait(nodes, clock_ns() + (uint64_t)hook_patience(PATIENCE_MS) * NS_PER_MS,
			    err);
}

int holders_wait_nvidia(struct err *err)
{
	return wait_a_while((const char *const[]){ "/dev/nvidia*", NULL }, err);
}

int holders_wait_display(const char *address, struct err *err)
{
	char path[PLACE_LENGTH], driver[PLACE_TEXT], names[NODES][64];
	const char *nodes[NODES + 2] = { NULL };
	unsigned count = 0;

	place(path, DEVICE "/drm", address);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && count < NODES && (entry = readdir(folder));)
		if (entry->d_name[0] != '.') {
			snprintf(names[count], sizeof(names[count]), "/dev/dri/%.48s",
				 entry->d_name);
			nodes[count] = names[count];
			count++;
		}
	if (folder)
		closedir(folder);
	place_link(driver, DEVICE "/driver", address);
	if (strcmp(driver, "nvidia") == 0)
		nodes[count] = "/dev/nvidia*";
	return nodes[0] ? wait_a_while(nodes, err) : 0;
}

/* ---- disks ---- */

/* Where a disk has several ways to it, nvme0c1n1 is one, and nvme0n1 what is used. */
static void name_disk(const char *name, char out[64])
{
	unsigned subsystem, controller, space;

	if (sscanf(name, "nvme%uc%un%u", &subsystem, &controller, &space) == 3)
		snprintf(out, 64, "nvme%un%u", subsystem, space);
	else
		snprintf(out, 64, "%.63s", name);
}

/* Only one may have a disk exclusively, and whoever mounted a part of it has the whole. */
static int check_disk(const char *name, struct err *err)
{
	char disk[64], path[PLACE_LENGTH];

	name_disk(name, disk);
	place(path, "/dev/%s", disk);
	int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == EBUSY)
		return err_set(err, -EBUSY,
			       "%s is in use: mounted, swapped to, or part of something", path);
	if (fd >= 0)
		close(fd);
	return 0;
}

int holders_check_disks(const char *address, struct err *err)
{
	char path[PLACE_LENGTH], whole[PATH_MAX], inside[64];
	int result = 0;

	snprintf(inside, sizeof(inside), "/%.32s/", address);
	place(path, "/sys/block");
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && result == 0 && (entry = readdir(folder));) {
		place(path, "/sys/block/%.64s", entry->d_name);
		if (entry->d_name[0] != '.' && realpath(path, whole) && strstr(whole, inside))
			result = check_disk(entry->d_name, err);
	}
	if (folder)
		closedir(folder);
	return result;
}
