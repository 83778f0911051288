/* lib/history.h - what changed between any two of the last pictures.
 *
 * The receiver's thread keeps one and copies it into each frame, so that a frame answers by itself,
 * on any thread, without a lock. Rectangles in pixels of the unrotated picture.
 */
#ifndef LIB_HISTORY_H
#define LIB_HISTORY_H

#include <stdint.h>

#include "pixel/region.h"

#define HISTORY_LENGTH 32

struct history {
	uint64_t newest;                      /* serial of the last picture; 0: none yet */
	uint32_t width, height;               /* of it */
	struct region deltas[HISTORY_LENGTH]; /* [s % length]: what s changed of s - 1 */
};

/* The next picture, serial newest + 1; `damage` NULL: everything, or nobody knows. Returns its
 * serial. */
uint64_t history_add(struct history *self, const struct region *damage, uint32_t width,
		     uint32_t height);

/* All of the last picture counts as changed. */
void history_spoil(struct history *self);

/* Copies only the rectangles in use. */
void history_copy(struct history *self, const struct history *from);

/* Everything that changed after picture `since`; full where that is too long ago or unknown. */
void history_since(const struct history *self, uint64_t since, struct region *out);

#endif
