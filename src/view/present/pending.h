/* view/present/pending.h - frames that were drawn, until the display says when they were seen. Main
 * thread only. */
#ifndef VIEW_PENDING_H
#define VIEW_PENDING_H

#include "view/source/frame.h"

#define PENDING_MAX  8
#define PENDING_KEPT 3 /* so many frames are remembered; the others are only counted */

struct pending_frame {
	uint64_t number; /* of the drawing; 0: unused */
	uint64_t seen_ns;
	struct frame *frame; /* remembered; NULL: not, so it is not told */
};

/* Zeroed: empty. */
struct pending {
	struct pending_frame frames[PENDING_MAX];
};

/* That frame is in the drawing of this number; it is remembered where that is possible.
 * True: an older one made room, which nobody saw (*seen_ns is its own). */
bool pending_add(struct pending *self, uint64_t number, struct frame *frame, uint64_t *seen_ns);

/* The drawing of that number is visible since `when_ns`, or was never seen (0): its frame is told.
 * False: there is none in it. */
bool pending_end(struct pending *self, uint64_t number, uint64_t when_ns, uint64_t *seen_ns);

/* Nothing more is told. */
void pending_clear(struct pending *self);

#endif
