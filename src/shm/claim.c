/* One producer per memory: two would take each other's session for damage, and mend it for ever. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "shm/shm.h"

/* An opening of its own. The region's descriptor is lent to display servers, and a lock lives as
 * long as anybody has or maps that opening. */
static int open_again(const struct shm *self)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	return self->fd < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
}

/* Who has locked it; 0 where the kernel does not say (another container's process). */
static int holder(int fd)
{
	char line[256];
	unsigned long inode;
	unsigned major, minor;
	struct stat st;
	int pid, found = 0;
	FILE *locks = fopen("/proc/locks", "re");

	if (!locks)
		return 0;
	if (fstat(fd, &st) == 0)
		while (!found && fgets(line, sizeof(line), locks))
			if (sscanf(line, "%*u: FLOCK ADVISORY WRITE %d %x:%x:%lu", &pid, &major,
				   &minor, &inode) == 4 &&
			    inode == st.st_ino && makedev(major, minor) == st.st_dev)
				found = pid;
	fclose(locks);
	return found > 0 ? found : 0;
}

static int taken(const struct shm *self, int fd, struct err *err)
{
	char who[32] = "another program";
	int pid = holder(fd);

	if (pid)
		snprintf(who, sizeof(who), "process %d", pid);
	return err_set(err, -EBUSY,
		       "%s: %s already captures into this memory; end that one, or name another "
		       "memory",
		       self->name, who);
}

int shm_claim(int *out, const struct shm *self, struct err *err)
{
	int fd = open_again(self), result = 0;

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			result = taken(self, fd, err);
		close(fd);
		fd = -1;
	}
	if (result == 0)
		*out = fd;
	return result;
}
