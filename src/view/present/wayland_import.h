/* view/present/wayland_import.h - dma-bufs of the guest's buffers as buffers of the compositor: a
 * GPU reads them in place, and a display may scan them out.
 *
 * The compositor is asked and may refuse; until it has answered, the same memory is shown through
 * wl_shm. One question at a time. Main thread only.
 */
#ifndef VIEW_WAYLAND_IMPORT_H
#define VIEW_WAYLAND_IMPORT_H

#include "view/present/wayland_present.h"

struct zwp_linux_buffer_params_v1;

struct wayland_import {
	struct wayland_present *present;
	bool refused;                              /* it is no use to ask again */
	struct zwp_linux_buffer_params_v1 *params; /* NULL: nothing is asked */
	off_t offset;                              /* of what is asked about */
	struct pixel_image image;
	struct frame *awaiting; /* it can be shown by what is asked about alone; or NULL */
	/* The answer for that frame, whose reference goes along. `buffer` NULL: refused. */
	void (*settled)(struct wayland_import *self, struct frame *frame,
			struct wayland_buffer *buffer);
};

void wayland_import_init(struct wayland_import *self, struct wayland_present *present);
/* Also when the connection goes; may be followed by more questions on another one. */
void wayland_import_cancel(struct wayland_import *self);

/* Asks for a buffer of this frame's place, if there is none and it makes sense. What comes of it is
 * adopted by the presenter. */
void wayland_import_frame(struct wayland_import *self, struct frame *frame);

/* Asks for a buffer of this opaque frame, whose place is `offset` for the presenter. settled()
 * follows unless it is cancelled. */
void wayland_import_opaque(struct wayland_import *self, struct frame *frame, off_t offset);

#endif
