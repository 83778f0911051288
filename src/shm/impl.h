/* shm/impl.h - what the members of this room share. Included by nobody else. */
#ifndef SHM_IMPL_H
#define SHM_IMPL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "shm/shm.h"

/* No screen fits less, no machine shares less. */
#define SHM_SIZE_MIN (1u << 20)

struct shm_impl {
	const char *name;
	/* Is that how one writes a path of this kind? NULL: never opened by path alone. */
	bool (*claims)(const char *path);
	/* As shm_open_region(), with `path` never NULL. */
	int (*open)(struct shm **out, const char *path, const struct shm_params *params,
		    struct err *err);
	/* As shm_dmabuf(), with `offset` counted in the descriptor. NULL: cannot. */
	int (*dmabuf)(const struct shm *self, uint64_t offset, uint64_t length, struct err *err);
	/* Unmaps and frees. NULL: shm_free() does. */
	void (*close)(struct shm *self);
};

extern const struct shm_impl shm_pci, shm_kvmfr, shm_file, shm_memfd;

/* Maps `size` bytes at `offset` of `fd` into a fresh region that owns `fd` from then on. The caller
 * keeps `fd` on failure; -EPERM and -EINVAL come through, for callers that know more. */
int shm_wrap(struct shm **out, const struct shm_impl *impl, const char *name, int fd, off_t offset,
	     uint64_t size, struct err *err);

/* Of a descriptor that may be a sealed memfd; a path below /proc can lead to one, too. */
int shm_udmabuf(const struct shm *self, uint64_t offset, uint64_t length, struct err *err);

/* Unmaps, closes, frees. */
void shm_free(struct shm *self);

/* Enough for a region at all? Else -EINVAL with the size that would do. */
int shm_check_size(const char *name, uint64_t size, uint64_t want, struct err *err);

/* What `path` is, and whether that will do: -errno with words (absent, dangling link, directory,
 * FIFO ...). `kind` is S_IFREG or S_IFCHR. */
int shm_check_kind(const char *path, mode_t kind, struct err *err);

/* Opens for reading and writing; words say who owns the file and what to do. */
int shm_open_path(const char *path, struct err *err);

/* Is there no seal that keeps others from truncating it? */
bool shm_may_shrink(int fd);

/* "64 MiB", or "1234567 bytes" where that is not exact. */
struct shm_text {
	char text[32];
};
struct shm_text shm_size_text(uint64_t bytes);

/* /dev/NAME or /sys/NAME below the test's root. */
void shm_path(char *out, size_t length, const struct shm_params *params, const char *path);

#endif
