/* Memory without a name: a descriptor that somebody handed us, or a fresh one that cannot shrink.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm/impl.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

const struct shm_impl shm_memfd = { .name = "memfd", .dmabuf = shm_udmabuf };

bool shm_may_shrink(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals < 0 || !(seals & F_SEAL_SHRINK);
}

/* Takes over `fd` also on failure. */
static int take(struct shm **out, int fd, const char *name, struct err *err)
{
	struct stat st;
	int result;

	if (fstat(fd, &st) < 0)
		result = err_set_errno(err, -errno, "%s", name);
	else if (!S_ISREG(st.st_mode))
		result = err_set(err, -EINVAL,
				 "%s is no memory: a memfd or a regular file was expected", name);
	else
		result = shm_check_size(name, (uint64_t)st.st_size, 0, err);
	if (result == 0)
		result = shm_wrap(out, &shm_memfd, name, fd, 0, (uint64_t)st.st_size, err);
	if (result < 0)
		close(fd);
	else
		(*out)->peer_shrinkable = shm_may_shrink(fd);
	return result;
}

int shm_open_fd(struct shm **out, int fd, struct err *err)
{
	char name[32];
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	snprintf(name, sizeof(name), "descriptor %d", fd);
	if (own < 0)
		return err_set_errno(err, -errno, "%s", name);
	return take(out, own, name, err);
}

int shm_create_memfd(struct shm **out, const char *name, uint64_t size, struct err *err)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return err_set_errno(err, -errno, "memfd %s", name);
	if (size > INT64_MAX || ftruncate(fd, (off_t)size) < 0 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) < 0) {
		int failed = size > INT64_MAX ? EFBIG : errno;
		close(fd);
		return err_set_errno(err, -failed, "memfd %s of %s", name,
				     shm_size_text(size).text);
	}
	return take(out, fd, name, err);
}
