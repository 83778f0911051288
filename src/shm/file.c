/* A regular file that the machine maps too, usually in /dev/shm. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "shm/impl.h"

/* ---- what a path is ---- */

static const struct {
	mode_t type;
	const char *words;
} kinds[] = {
	{ S_IFREG, "a regular file" }, { S_IFDIR, "a directory" }, { S_IFCHR, "a device" },
	{ S_IFBLK, "a block device" }, { S_IFIFO, "a FIFO" },      { S_IFSOCK, "a socket" },
};

static const char *kind_words(mode_t mode)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].type == (mode & S_IFMT))
			return kinds[i].words;
	return "something unknown";
}

static int absent(const char *path, int failed, struct err *err)
{
	char target[PATH_MAX] = "";

	if (failed == -ENOENT && readlink(path, target, sizeof(target) - 1) > 0)
		return err_set(err, failed, "%s is a link to %s, which does not exist", path,
			       target);
	if (failed == -ENOENT)
		return err_set(err, failed,
			       "%s does not exist; start the virtual machine that shares it, or "
			       "name the file of its ivshmem device",
			       path);
	return err_set_errno(err, failed, "%s", path);
}

int shm_check_kind(const char *path, mode_t kind, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return absent(path, -errno, err);
	if ((st.st_mode & S_IFMT) == kind)
		return 0;
	return err_set(err, -EINVAL,
		       "%s is %s, not %s; name the file of the ivshmem device, /dev/kvmfrN "
		       "or a PCI address",
		       path, kind_words(st.st_mode), kind_words(kind));
}

/* ---- opening ---- */

static int refused(const char *path, int failed, struct err *err)
{
	struct stat st;

	if ((failed != -EACCES && failed != -EPERM) || stat(path, &st) < 0)
		return err_set_errno(err, failed, "%s: opening for reading and writing", path);
	return err_set(
		err, failed,
		"%s may not be opened: it belongs to user %u, group %u with mode %04o, and you are "
		"user %u. Remedy: sudo setfacl -m u:%u:rw %s; to make it last, a tmpfiles.d line or (kvmfr) a udev rule",
		path, st.st_uid, st.st_gid, st.st_mode & 07777, geteuid(), geteuid(), path);
}

int shm_open_path(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd >= 0 ? fd : refused(path, -errno, err);
}

static int no_room(const char *path, int fd, uint64_t size, int failed, struct err *err)
{
	struct statvfs fs = { 0 };

	fstatvfs(fd, &fs);
	uint64_t available = (uint64_t)fs.f_bavail * fs.f_frsize >> 20 << 20;
	if (failed != ENOSPC)
		return err_set_errno(err, -failed, "%s: reserving %s", path,
				     shm_size_text(size).text);
	return err_set(
		err, -ENOSPC,
		"%s: no room for %s, only %llu MiB are free there. Remove what is not needed, or "
		"enlarge it: sudo mount -o remount,size=75%% /dev/shm",
		path, shm_size_text(size).text, (unsigned long long)(available >> 20));
}

/* A reserved file cannot run out of memory later, when a store into it would kill us. */
static int create_file(const char *path, uint64_t size, struct err *err)
{
	if (size < SHM_SIZE_MIN || size > INT64_MAX || !is_power_of_two(size))
		return err_set(err, -EINVAL, "%s: cannot create it with %s; %s would do", path,
			       shm_size_text(size).text,
			       shm_size_text(next_power_of_two(max_u64(SHM_SIZE_MIN,
								       min_u64(size, 1ull << 62))))
				       .text);
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? shm_open_path(path, err)
				       : err_set_errno(err, -errno, "%s: creating it", path);
	int failed = posix_fallocate(fd, 0, (off_t)size);
	if (failed == 0)
		return fd;
	no_room(path, fd, size, failed, err);
	unlink(path);
	close(fd);
	return -failed;
}

static void advise(const char *path, const struct stat *st)
{
	/* What has no name (a memfd, found below /proc) is reached only by who reaches its owner.
	 */
	if (st->st_nlink > 0 && st->st_mode & S_IWOTH)
		log_warn(
			"%s may be written by every user of this computer (mode %04o); chmod o= %s",
			path, st->st_mode & 07777, path);
	if (!is_power_of_two((uint64_t)st->st_size))
		log_warn("%s has %s; QEMU maps only powers of two: %s", path,
			 shm_size_text((uint64_t)st->st_size).text,
			 shm_size_text(next_power_of_two((uint64_t)st->st_size)).text);
}

static int map_file(struct shm **out, const char *path, int fd, uint64_t want, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set_errno(err, -errno, "%s", path);
	int result = shm_check_size(path, (uint64_t)st.st_size, want, err);
	if (result == 0)
		result = shm_wrap(out, &shm_file, path, fd, 0, (uint64_t)st.st_size, err);
	if (result < 0)
		return result;
	(*out)->peer_shrinkable = shm_may_shrink(fd);
	advise(path, &st);
	return 0;
}

static int file_open(struct shm **out, const char *path, const struct shm_params *params,
		     struct err *err)
{
	struct stat st;
	bool create = params->create && lstat(path, &st) < 0 && errno == ENOENT;

	int result = create ? 0 : shm_check_kind(path, S_IFREG, err);
	if (result < 0)
		return result;
	int fd = create ? create_file(path, params->create, err) : shm_open_path(path, err);
	if (fd < 0)
		return fd;
	result = map_file(out, path, fd, params->want, err);
	if (result < 0)
		close(fd);
	return result;
}

static bool any_path(const char *path)
{
	return path != NULL;
}

const struct shm_impl shm_file = {
	.name = "file",
	.claims = any_path,
	.open = file_open,
	.dmabuf = shm_udmabuf,
};
