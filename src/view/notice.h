/* view/notice.h - what the window shows while there is no guest: one sentence, and the remedy. */
#ifndef VIEW_NOTICE_H
#define VIEW_NOTICE_H

#include "view/source/source.h"

/* A picture of that size; the caller owns the reference. NULL where the memory for it cannot be
 * had. Each call makes a picture of its own: serial 1. */
struct frame *notice_frame(const struct source_status *status, uint32_t width, uint32_t height);

#endif
