/* lib/dmabuf.h - the dma-bufs of one session's buffers.
 *
 * Made by whoever asks first for a buffer's, on that thread: the kernel may take milliseconds,
 * and the receiver's thread has better things to do. Then kept, so that a descriptor means one
 * buffer for as long as the session lasts and whoever imports it does that once. The session and
 * each of its frames have a reference; with the last one all are closed.
 *
 * Any thread, without a lock: the list only grows, at its head.
 */
#ifndef LIB_DMABUF_H
#define LIB_DMABUF_H

#include <stdint.h>

#include "base/err.h"

struct shm;
struct dmabufs;

/* A guest has four buffers at most; each may be needed in some sizes while a window is dragged
 * larger. Who shows us more of them is no use to anybody. */
#define DMABUFS_MAX 64

/* Empty, with one reference. NULL without memory. */
struct dmabufs *dmabufs_create(void);

/* NULL is fine in both. */
struct dmabufs *dmabufs_ref(struct dmabufs *self);
void dmabufs_unref(struct dmabufs *self);

/* The one that holds bytes [at, at + size) of the region, made if need be: it begins at the page
 * that `at` lies in. Its descriptor, ours, or a negative errno with words: -ENOSPC after
 * DMABUFS_MAX, otherwise those of shm_dmabuf(). */
int dmabufs_get(struct dmabufs *self, const struct shm *shm, uint64_t at, uint64_t size,
		struct err *err);

#endif
