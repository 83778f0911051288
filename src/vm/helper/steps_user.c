/* What the user's QEMU needs: a group's node, locked memory, huge pages. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm/helper/device.h"
#include "vm/helper/hooks.h"
#include "vm/helper/place.h"
#include "vm/helper/steps.h"

/* ---- a group ---- */

static int open_node(int group, struct stat *status)
{
	char path[PLACE_LENGTH];

	place(path, "/dev/vfio/%d", group);
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, status) == 0 && S_ISCHR(status->st_mode))
		return fd;
	close(fd);
	return -ENOTTY;
}

static int give_node(int fd, uid_t uid, gid_t gid)
{
	hook_step();
	int result = fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == 0 ? 0 : -errno;
	hook_step();
	return result;
}

static int note_node(struct helper *self, int group, const struct stat *status, struct err *err)
{
	char number[16], uid[16], gid[16];

	snprintf(number, sizeof(number), "%d", group);
	snprintf(uid, sizeof(uid), "%u", status->st_uid);
	snprintf(gid, sizeof(gid), "%u", status->st_gid);
	return journal_note(&self->journal, UNDO_NODE,
			    (const char *[VERB_WORDS]){ number, uid, gid }, err);
}

int step_give_group(struct helper *self, int group, struct err *err)
{
	struct stat status;
	int fd = open_node(group, &status);

	if (fd < 0)
		return err_set_errno(err, fd, "/dev/vfio/%d, which vfio-pci should have made",
				     group);
	int result = note_node(self, group, &status, err);
	if (result == 0 && (result = give_node(fd, self->caller.uid, status.st_gid)) != 0)
		err_set_errno(err, result, "/dev/vfio/%d cannot be given to user %u", group,
			      self->caller.uid);
	close(fd);
	return result;
}

STEP(step_group)
{
	int result = device_check(words[0], err);
	int group = result == 0 ? device_group(words[0], err) : result;

	(void)value;
	if (group < 0)
		return group;
	result = device_group_check(group, err);
	return result ? result : step_give_group(self, group, err);
}

UNDO(undo_node)
{
	struct stat status;
	uid_t uid = (uid_t)atoll(self->words[1]);
	gid_t gid = (gid_t)atoll(self->words[2]);
	int fd = open_node(atoi(self->words[0]), &status), result = 0;

	if (fd < 0)
		return 0;
	if (status.st_uid != uid || status.st_gid != gid)
		result = give_node(fd, uid, gid);
	close(fd);
	return result ? err_set_errno(err, result, "/dev/vfio/%s", self->words[0]) : 0;
}

/* ---- locked memory ---- */

static long long memory_bytes(void)
{
	long long pages = sysconf(_SC_PHYS_PAGES);

	return pages * sysconf(_SC_PAGESIZE);
}

/* Nothing to undo: the limit ends with the process. */
STEP(step_lock)
{
	rlim_t bytes = strtoull(words[0], NULL, 10);
	struct rlimit limit;
	int result = caller_check(&self->caller, err);

	(void)value;
	if (result != 0)
		return result;
	if (bytes > (rlim_t)memory_bytes())
		return err_set(err, -ENOMEM, "%s bytes are more memory than this computer has",
			       words[0]);
	if (prlimit(self->caller.pid, RLIMIT_MEMLOCK, NULL, &limit) != 0)
		return err_set_errno(err, -errno, "process %d", (int)self->caller.pid);
	limit.rlim_cur = limit.rlim_cur > bytes ? limit.rlim_cur : bytes;
	limit.rlim_max = limit.rlim_max > bytes ? limit.rlim_max : bytes;
	if (prlimit(self->caller.pid, RLIMIT_MEMLOCK, &limit, NULL) != 0)
		return err_set_errno(err, -errno, "process %d may not lock %s bytes",
				     (int)self->caller.pid, words[0]);
	return 0;
}

/* ---- huge pages ---- */

#define PAGES "/sys/kernel/mm/hugepages/hugepages-%skB"

static long long count_pages(const char *size, const char *what)
{
	return place_number(-1, PAGES "/%s", size, what);
}

/* Free, and nobody's already. */
static long long free_pages(const char *size)
{
	return count_pages(size, "free_hugepages") - count_pages(size, "resv_hugepages");
}

static int ask_for_more(const char *size, long long wanted, struct err *err)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld",
		 count_pages(size, "nr_hugepages") + wanted - free_pages(size));
	return place_set(err, text, PAGES "/nr_hugepages", size);
}

/* The kernel takes any number, and gives what it has in one piece. */
static int make_pages(const char *size, long long wanted, struct err *err)
{
	int result = 0;

	for (int try = 0; result == 0 && try < 3 && free_pages(size) < wanted; try++) {
		if (try == 1)
			place_write("3\n", "/proc/sys/vm/drop_caches");
		if (try > 0)
			place_write("1\n", "/proc/sys/vm/compact_memory");
		result = ask_for_more(size, wanted, err);
	}
	/* It may look for them for long; what it has found until now counts. */
	if (result == -ETIMEDOUT)
		result = 0;
	if (result == 0 && free_pages(size) < wanted)
		result = err_set(
			err, -ENOMEM,
			"of %lld pages of %s KiB there are %lld: no more memory is left in "
			"pieces so large; soon after a boot there is more",
			wanted, size, free_pages(size));
	return result;
}

STEP(step_pages)
{
	char first[PLACE_TEXT];
	int result = place_read(first, PAGES "/nr_hugepages", words[0]);

	(void)value;
	if (result != 0)
		return err_set(err, result, "this computer has no pages of %s KiB", words[0]);
	result = journal_note(&self->journal, UNDO_PAGES,
			      (const char *[VERB_WORDS]){ words[0], first }, err);
	return result ? result : make_pages(words[0], atoll(words[1]), err);
}

/* What is still in use goes once it is not; fewer than before is somebody else's wish. */
UNDO(undo_pages)
{
	if (count_pages(self->words[0], "nr_hugepages") <= atoll(self->words[1]))
		return 0;
	return place_set(err, self->words[1], PAGES "/nr_hugepages", self->words[0]);
}
