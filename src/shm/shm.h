/* shm/shm.h - the one region of memory that both sides see, wherever it comes from.
 *
 * Members (best first for a path that fits): `pci` (BAR2 of an ivshmem device 1af4:1110 in a Linux
 * guest through sysfs resource2_wc, or through vfio-pci where kernel lockdown forbids that),
 * `kvmfr`
 * (/dev/kvmfrN), `file` (a regular file, usually in /dev/shm), `memfd` (a descriptor somebody
 * handed us, or a fresh sealed one). This room never interprets a byte of the memory.
 *
 * Threads: open and close from one thread; the mapping may be used by any. Opening may block on
 * the kernel, never on a peer.
 */
#ifndef SHM_SHM_H
#define SHM_SHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct shm_impl;
struct vfio;

struct shm {
	const struct shm_impl *impl;
	void *base;           /* mapped read-write, page aligned */
	size_t size;          /* bytes mapped; what the backing really has (checked with fstat) */
	int fd;               /* descriptor of the backing, borrowed; -1 where there is none to hand
			       * to a display server (mapped by vfio-pci) */
	off_t fd_offset;      /* where `base` lies in it */
	bool write_combined;  /* stores need fence_stores() even without non-temporal ones */
	bool peer_shrinkable; /* another process may truncate it under us: touch with care */
	struct vfio *vfio;    /* the device opened through vfio-pci, for its interrupts; or NULL */
	char name[128];       /* what a person calls it: a path, a PCI address */
};

enum shm_role {
	SHM_CONSUMER, /* Linux side: /dev/kvmfr0, then /dev/shm/oriel, then /dev/shm/looking-glass
		       */
	SHM_PRODUCER, /* guest: the first ivshmem PCI device, then /dev/kvmfr0 */
};

struct shm_params {
	enum shm_role role;
	const char *path; /* NULL: look in the places above. Otherwise a file, /dev/kvmfrN, a PCI
			   * address such as 0000:00:04.0 (or its last part 00:04.0), or a path
			   * /sys/bus/pci/devices/ADDRESS; "vfio:" before the address, or alone for
			   * the first device, binds it to vfio-pci */
	uint64_t want;    /* bytes that would be enough, for the message; 0 = nobody knows */
	uint64_t create;  /* not 0: create the file (mode 0600, fallocated) with this size if absent
			   */
	const char *sysroot; /* NULL = "": where /sys and /dev are looked for (tests) */
};

/* 0 with *out to be closed, or a negative errno with words: what was tried, size, owner and mode
 * where they are the reason, and the remedy (for a wrong size the right one). A region that is
 * usable but smaller than `want` opens; the caller may ask shm_small_notice(). */
int shm_open_region(struct shm **out, const struct shm_params *params, struct err *err);

/* Wraps a descriptor of a memfd or file (duplicated; the caller keeps its own). Same errors. */
int shm_open_fd(struct shm **out, int fd, struct err *err);

/* A fresh memfd of `size` bytes, sealed against shrinking, growing and further seals. */
int shm_create_memfd(struct shm **out, const char *name, uint64_t size, struct err *err);

/* NULL is fine. */
void shm_close(struct shm *self);

/* For a producer: makes this process the only one that claims this memory, on this kernel, until it
 * closes *out or ends. *out is -1 where there is nothing to lock: nothing but vfio-pci, which lets
 * one program in alone. 0; -EBUSY with words that name the other process. */
int shm_claim(int *out, const struct shm *self, struct err *err);

/* Size the backing has now: a consumer asks before trusting a mapping of a shrinkable file, and a
 * viewer before it hands the descriptor on. Bytes, or a negative errno. */
int64_t shm_current_size(const struct shm *self);

/* The backing shrank below what is mapped: puts private zero pages in the place of the mapping, so
 * that readers of it do not die of SIGBUS. Nothing else can be done with the region but closing. */
void shm_bury(struct shm *self);

/* Pages [offset, offset + length) of the region, counted from `base`, as a dma-buf: a GPU or a
 * display reads them where they are. The descriptor, which the caller closes, or a negative errno
 * with words: -ENOTSUP where this kind of memory or this kernel cannot, -EINVAL unless both are
 * whole pages (MEM_PAGE) inside the region, others as udmabuf.h says. May block for milliseconds,
 * while the kernel gets pages that were never touched. Any thread. */
int shm_dmabuf(const struct shm *self, uint64_t offset, uint64_t length, struct err *err);

/* If the region is smaller than `want`, says so in `out` with the size that would do, and returns
 * true. */
bool shm_small_notice(const struct shm *self, uint64_t want, char *out, size_t length);

#endif
