/* view/clip/pump.h - parcels through pipes that other programs hold the far end of. Nothing blocks,
 * and who does not go on for CLIP_PATIENCE_S is given up. SIGPIPE must be ignored. Main thread
 * only.
 */
#ifndef VIEW_CLIP_PUMP_H
#define VIEW_CLIP_PUMP_H

#include <stdint.h>

struct pump;

struct pump_listener {
	/* So many bytes have come. Optional. */
	void (*progress)(void *data, uint64_t bytes);
	/* All went through: `fd` is the parcel that was read, valid for the call, or -1. Or it did
	 * not: a negative errno, -ETIMEDOUT, -EFBIG. The pump is gone by then. */
	void (*done)(void *data, int result, int fd);
};

/* Takes over `fd`, the end of a pipe. NULL: there is no memory for it. */
struct pump *pump_read(int fd, const struct pump_listener *listener, void *data);

/* The same; `parcel` is duplicated. */
struct pump *pump_write(int fd, int parcel, const struct pump_listener *listener, void *data);

/* No word of it any more. NULL is fine. */
void pump_stop(struct pump *self);

#endif
