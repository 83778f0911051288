/* guest/x11_way.h - how the root window's pixels get into a slot.
 *
 * Best first:
 *	pixmap    the X server copies the damaged rectangles into a pixmap that lies over the slot
 *	getimage  the X server writes whole damaged rows into the slot; rows must follow each other
 *	          without gaps, so the pitch is width * 4 and not rounded up to 256
 *	copy      the X server writes damaged rows into a segment of ours, we copy the rectangles
 *	socket    the pixels come through the connection (a server on another machine)
 * With the first two, this process moves no pixel. Capture thread only.
 */
#ifndef GUEST_X11_WAY_H
#define GUEST_X11_WAY_H

#include <stdbool.h>
#include <stdint.h>
#include <xcb/shm.h>

#include "guest/capture.h"
#include "guest/x11_screen.h"

struct x11_way_impl;

struct x11_way {
	const struct x11_way_impl *impl;
	struct x11_screen *screen; /* borrowed */
	uint64_t copied;           /* bytes that this process moved */
};

struct x11_way_impl {
	const char *name;
	bool gapless; /* the image's pitch must be width * 4 */

	/* 0 or -ENOTSUP: this server or this memory cannot do it; or another negative errno. */
	int (*create)(struct x11_way **out, struct x11_screen *screen,
		      const struct capture_params *params);
	/* As capture_impl.begin and .fill. */
	void (*begin)(struct x11_way *self, struct capture_target *target,
		      const struct region *damage); /* optional */
	int (*fill)(struct x11_way *self, struct capture_target *target,
		    const struct region *damage);
	void (*destroy)(struct x11_way *self); /* not NULL */
};

/* The best way that works, or the one called `name`. 0 or -ENOTSUP with words. */
int x11_way_create(struct x11_way **out, const char *name, struct x11_screen *screen,
		   const struct capture_params *params, struct err *err);

void x11_way_destroy(struct x11_way *self); /* NULL is fine */

extern const struct x11_way_impl x11_way_pixmap;
extern const struct x11_way_impl x11_way_getimage;
extern const struct x11_way_impl x11_way_copy;
extern const struct x11_way_impl x11_way_socket;

/* ---- what several ways share: x11_way.c ---- */

/* Lets the X server map the whole of `fd`, writable. 0 or -ENOTSUP. */
int x11_segment_attach(struct x11_screen *screen, int fd, xcb_shm_seg_t *out);

/* What the server was asked to write into a segment. */
struct x11_reading {
	xcb_shm_get_image_cookie_t asked[REGION_MAX];
	uint32_t count;
};

/* Asks for `bands` (whole rows of width * 4 bytes) in a segment whose row 0 lies at `offset`. */
struct band;
void x11_segment_ask(struct x11_reading *out, struct x11_screen *screen, xcb_shm_seg_t segment,
		     uint64_t offset, uint32_t width, const struct band *bands, uint32_t count);

/* Returns when all are there. 0, CAPTURE_E_LOST, or -EIO: the server refused (a screen that has
 * just become smaller). */
int x11_segment_await(const struct x11_reading *self, struct x11_screen *screen);

#endif
