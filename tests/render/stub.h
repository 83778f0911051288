/* tests/render/stub.h - a compositor that exists only on paper: it takes every request, shows
 * nothing, and says what no compositor says that runs here without a GPU: that it takes dma-bufs,
 * that nobody can see the window, that it has pointers and icons of its own, that its display takes
 * HDR. So what is tested with it is our side of the protocol, not whether anything would be seen.
 */
#ifndef TESTS_RENDER_STUB_H
#define TESTS_RENDER_STUB_H

#include <stdbool.h>
#include <stdint.h>

#define XR24 0x34325258u /* linear */
#define XB24 0x34324258u /* tiled only */

/* All 0 again after stub_stop(). */
extern struct stub {
	/* Wishes: before stub_start(), or in an order. */
	bool no_feedback;   /* version 3 of linux-dmabuf */
	bool no_inhibitor;  /* of idleness */
	bool refuses;       /* dma-bufs */
	bool takes_none;    /* in its next feedback */
	uint32_t most_nits; /* of its display, whose white has 200 */

	/* What the one client did. */
	_Atomic unsigned asked, dmabuf_commits, shm_commits;
	_Atomic uint32_t colours; /* of what is shown: transfer << 8 | primaries; 0: not told */
	_Atomic uint32_t corner;  /* the first pixel of what is shown */
} stub;

/* WAYLAND_DISPLAY leads there. */
void stub_start(void);
void stub_stop(void); /* safe when there is none */

/* Requests so far that begin so: "interface.name", or "interface.name 3 4" where the first
 * arguments are numbers. */
unsigned stub_heard(const char *request);

/* Its thread does that. */
void stub_order(void (*what)(void));

/* Orders. */
void stub_suspend(void);
void stub_resume(void);
void stub_enter(void); /* the pointer does */
void stub_send_feedback(void);
void stub_send_light(void); /* of the display: it is another one */

#endif
