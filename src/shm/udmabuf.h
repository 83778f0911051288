/* shm/udmabuf.h - pages of a sealed memfd as a dma-buf, by the kernel's /dev/udmabuf. No module out
 * of the kernel's tree is needed, and nothing is copied: the dma-buf is those very pages. */
#ifndef SHM_UDMABUF_H
#define SHM_UDMABUF_H

#include <stdint.h>

#include "base/err.h"

/* Pages [offset, offset + length) of `memfd`; `name` is what a person calls it, `sysroot` (NULL =
 * "") where /dev and /sys are looked for. The descriptor, which the caller closes, or a negative
 * errno with words: -ENOTSUP (no such device, or memory of another kind), -EFBIG (more than the
 * device allows), -EACCES, or what the kernel says. Blocks for as long as the kernel needs to get
 * pages that were never touched. Any thread. */
int udmabuf_create(const char *sysroot, const char *name, int memfd, uint64_t offset,
		   uint64_t length, struct err *err);

#endif
