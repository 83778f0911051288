/* view/present/wayland_present.h - what all ways of showing frames on Wayland have in common:
 * buffers that the compositor reads, and the news of each frame's end. Embedded as the first
 * member. Main thread only.
 *
 * A buffer comes back when the compositor says so, which may be never while nothing newer is shown.
 */
#ifndef VIEW_WAYLAND_PRESENT_H
#define VIEW_WAYLAND_PRESENT_H

#include "view/present/present.h"
#include "view/present/wayland_flight.h"

#define WAYLAND_BUFFERS 8
#define WAYLAND_FLIGHTS 8

struct wayland_present;

struct wayland_buffer {
	struct wl_buffer *wl; /* NULL: unused */
	struct wayland_present *owner;
	bool busy;                  /* the compositor may read it */
	struct wl_surface *surface; /* where it was shown last */
	struct frame *frame;        /* whose memory it is; NULL: our own */
	off_t offset;               /* of its memory, or which texture: the presenter's matter */
	bool dmabuf;                /* better than another of the same place that is none */
	struct pixel_image image;
	uint32_t padding; /* columns that it has beyond the image */
	bool flipped;     /* the bottom row lies first */
};

/* A frame between its commit and the last word about it. */
struct wayland_frame_flight {
	struct wayland_flight flight;
	uint64_t seen_ns;
	struct frame *frame;           /* to be told when it was presented; or NULL */
	struct wayland_buffer *buffer; /* NULL once released */
};

struct wayland_present {
	struct present present;
	struct wayland *wayland;
	struct wl_shm_pool *pool; /* the presenter's, or NULL: also when the connection is gone */
	void (*disconnected)(struct wayland_present *self); /* before all else goes; or NULL */
	unsigned limit; /* so many buffers may be out before another frame comes */
	struct wayland_buffer buffers[WAYLAND_BUFFERS];
	struct wayland_sky sky;
	struct wayland_frame_flight flights[WAYLAND_FLIGHTS];
	uint64_t number;            /* of the newest flight */
	uint64_t serial;            /* of the frame shown last; damage is relative to it */
	bool ready_due;             /* told when a buffer comes back */
	struct wayland_buffer *due; /* waits for the window to be there */
	struct frame *due_frame;
};

void wayland_present_init(struct wayland_present *self, struct window *window, unsigned limit);
void wayland_present_finish(struct wayland_present *self);

/* Is there a connection? Without one frames are ignored: the end is near. */
bool wayland_present_alive(const struct wayland_present *self);

/* A buffer that may be written or shown: one of `wanted` shape and offset, or an unused one (wl is
 * NULL). NULL: all are busy. */
struct wayland_buffer *wayland_present_buffer(struct wayland_present *self, off_t offset,
					      const struct pixel_image *wanted);

/* Is there a dma-buf of that place, busy or not? */
bool wayland_present_has_dmabuf(const struct wayland_present *self, off_t offset,
				const struct pixel_image *wanted);

/* It exists now. */
void wayland_present_adopt(struct wayland_present *self, struct wayland_buffer *buffer,
			   struct wl_buffer *wl, off_t offset, const struct pixel_image *image);

/* No buffer fits any more: those that are busy go when they come back. */
void wayland_present_retire(struct wayland_present *self);

/* Shows `buffer`, which holds `frame`; keeps the frame while the compositor reads it (`reads`). */
void wayland_present_show(struct wayland_present *self, struct wayland_buffer *buffer,
			  struct frame *frame, bool reads);

#endif
