#include "vm/helper/caller.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The user who started a process, whatever it has become since. */
static int real_uid(pid_t pid, uid_t *out)
{
	char path[64], line[256];
	unsigned uid = 0;
	int found = -ENOENT;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return -errno;
	while (found != 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "Uid: %u", &uid) == 1)
			found = 0;
	fclose(file);
	if (found == 0)
		*out = uid;
	return found;
}

/* -1: neither says. Only root can have set these and be root. */
static long long named_uid(void)
{
	const char *text = getenv("PKEXEC_UID") ? getenv("PKEXEC_UID") : getenv("SUDO_UID");
	char *end;

	if (!text)
		return -1;
	long long uid = strtoll(text, &end, 10);
	return *text && !*end && uid >= 0 && uid < 0xffffffff ? uid : -2;
}

int caller_check(const struct caller *self, struct err *err)
{
	uid_t uid;
	int result = real_uid(self->pid, &uid);

	if (result != 0)
		return err_set_errno(err, result, "process %d, which asks, has ended",
				     (int)self->pid);
	if (uid != self->uid && uid != 0)
		return err_set(err, -EPERM, "process %d belongs to user %u, not to %u",
			       (int)self->pid, uid, self->uid);
	return 0;
}

int caller_find(struct caller *out, struct err *err)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	long long named = named_uid();
	struct caller caller = { named >= 0 ? (uid_t)named : getuid(), getppid() };

	if (named < -1)
		return err_set(err, -EINVAL, "PKEXEC_UID or SUDO_UID: this is no user's number");
	if (getsockopt(0, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid > 0) {
		/* root at the other end asks for itself, whoever it was before. */
		caller.pid = peer.pid;
		caller.uid = peer.uid ? caller.uid : 0;
	}
	int result = caller_check(&caller, err);
	if (result == 0)
		*out = caller;
	return result;
}
