/* link/spice_display.h - what oriel-view and oriel-spice say to each other of a guest's screen and
 * of its pointer.
 *
 * Pictures lie in memfds that are sealed against shrinking: one for each surface, cut into slots.
 * Rows are of 32-bit pixels (bytes B, G, R and one of no meaning). A slot is the viewer's from the
 * frame that names it until the viewer frees it.
 *
 * Monitors have numbers from 0: for servers with one display channel, of its monitors; else of the
 * channels.
 */
#ifndef LINK_SPICE_DISPLAY_H
#define LINK_SPICE_DISPLAY_H

#include <stdint.h>

enum {
	LINK_SPICE_SLOTS_MAX = 4,
	LINK_SPICE_RECTS_MAX = 64,
	LINK_SPICE_SCREEN_MAX = 32767, /* pixels in either direction */
	LINK_SPICE_CURSOR_MAX = 512,
};

/* What is watched, at most one monitor; it is told as it is now, and whenever it changes. */
struct link_spice_watch {
	uint32_t monitor, watching; /* 0 or 1 */
	uint32_t textures;          /* 1: the guest's textures are told as such, else copied */
};

struct link_spice_slot {
	uint32_t surface, slot;
};

/* What the guest is to make of a monitor, if it has an agent. */
struct link_spice_size {
	uint32_t monitor, width, height;
};

/* The watched monitor has another surface from now on; the one before it is over. With its memfd.
 */
struct link_spice_surface {
	uint32_t surface; /* another number each time */
	uint32_t monitor, width, height, pitch, slots;
	uint64_t slot_size; /* bytes; the first begins at 0 */
};

struct link_spice_rect {
	uint32_t x, y, width, height;
};

/* Rectangles that changed since the frame before. The first frame of a surface is all of it. */
struct link_spice_frame {
	uint32_t surface, slot, count, reserved;
	uint64_t bytes_copied; /* for this frame */
	struct link_spice_rect rects[LINK_SPICE_RECTS_MAX];
};

/* DRM's DRM_FORMAT_MOD_INVALID and _LINEAR. */
#define LINK_SPICE_MODIFIER_UNKNOWN 0x00ffffffffffffffull
#define LINK_SPICE_MODIFIER_LINEAR  0ull

/* The watched monitor is in a dma-buf of the machine's graphics device from now on; the surface or
 * texture before is over. With the dma-buf. Guests that turn pages have several, told anew each
 * time. */
struct link_spice_texture {
	uint32_t texture; /* another number each time */
	uint32_t monitor, width, height, pitch, offset, fourcc;
	uint32_t flipped;            /* 1: the bottom row lies first */
	struct link_spice_rect view; /* what the monitor has of it, counted from the top */
	uint64_t modifier;           /* LINK_SPICE_MODIFIER_UNKNOWN: the server did not say */
};

/* A rectangle of the view has changed since the last one. The first one of a texture is all of it.
 */
struct link_spice_drawn {
	uint32_t texture;
	uint32_t draw; /* the guest draws on after LINK_SPICE_DISPLAY_DONE; 0: it does not wait */
	struct link_spice_rect rect;
};

struct link_spice_done {
	uint32_t draw;
};

/* Why there is no picture of what is watched. */
enum link_spice_blank {
	LINK_SPICE_BLANK_OFF,     /* the guest shows none, or there is no connection */
	LINK_SPICE_BLANK_MONITOR, /* it has no such monitor */
	LINK_SPICE_BLANK_GL,      /* it is a texture that cannot be read here */
	LINK_SPICE_BLANK_SIZE,    /* it is too large, or there is no memory for it */
	LINK_SPICE_BLANK_COUNT,
};

struct link_spice_blanked {
	uint32_t why; /* enum link_spice_blank */
};

struct link_spice_cursor {
	uint32_t visible, has_position; /* 0 or 1 */
	int32_t x, y;                   /* of its hot spot */
};

/* Bytes B, G, R, A, premultiplied; rows without gaps, in a memfd of that length. */
struct link_spice_shape {
	int32_t hot_x, hot_y;
	uint32_t width, height;
};

#endif
