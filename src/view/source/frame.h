/* view/source/frame.h - one picture of a guest, wherever it comes from.
 *
 * A source hands frames out, presenters show them and never know where one came from. The pixels
 * stay where they are; a frame is a claim on them: the last unref gives the buffer back. Main
 * thread only.
 */
#ifndef VIEW_FRAME_H
#define VIEW_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pixel/format.h"

struct frame;

#define FRAME_MODIFIER_LINEAR  0ull                  /* DRM_FORMAT_MOD_LINEAR */
#define FRAME_MODIFIER_UNKNOWN 0x00ffffffffffffffull /* DRM_FORMAT_MOD_INVALID */

/* Where a picture lies in a dma-buf. Its pixels are of the frame's format. */
struct frame_dmabuf {
	int fd;            /* borrowed until the last unref */
	uint64_t modifier; /* FRAME_MODIFIER_UNKNOWN: what the device's driver makes of it */
	uint32_t offset, pitch;
	uint32_t width, height; /* of all that lies there; 0: the picture alone */
	uint32_t x, y;          /* of the picture in it, counted from the top */
	bool flipped;           /* the bottom row lies first */
};

struct frame_impl {
	/* The first row. NULL where the pixels are gone. */
	const void *(*pixels)(struct frame *self);
	/* What changed since the picture with serial `since`; the whole where that is unknown. */
	void (*damage)(const struct frame *self, uint64_t since, struct region *out);
	/* A dma-buf of the buffer: fills in what differs from a linear one with the picture alone
	 * at offset 0. Imports may be kept until the source's status says SOURCE_RUNNING again. The
	 * first call for a buffer may take milliseconds. 0, or a negative errno where there is
	 * none. Optional. */
	int (*dmabuf)(struct frame *self, struct frame_dmabuf *out);
	/* No presenter here can show it: the source has to find another way. Only for opaque
	 * frames. */
	void (*refused)(struct frame *self);
	/* It was handed to the display server; it reached the screen. Optional. */
	void (*submitted)(struct frame *self, uint64_t when_ns);
	void (*presented)(struct frame *self, uint64_t when_ns);
	/* The last reference is gone, but somebody remembers the frame: only the pixels go back.
	 * Optional: without it nobody can. */
	void (*give_back)(struct frame *self);
	/* All are gone: give the pixels back and free the frame. */
	void (*release)(struct frame *self);
};

struct frame {
	const struct frame_impl *impl;
	unsigned refs;    /* to its pixels */
	unsigned memory;  /* of others, who only tell it things */
	uint64_t serial;  /* never 0; goes up; damage is told relative to one */
	uint64_t seen_ns; /* clock_ns() when this program learned of it */
	struct pixel_image image;
	enum pixel_rotation turn;             /* how much of its rotation is the user's wish */
	uint32_t screen_width, screen_height; /* guest screen: the space of pointer positions */
	int shm_fd; /* memory that another process may map, borrowed; -1 where there is none */
	off_t shm_offset;     /* first row in it */
	size_t shm_size;      /* bytes of the whole memory */
	bool wants_awake;     /* the guest wants its screen to stay on */
	bool wants_attention; /* it wants its user to look */
	bool lasting;         /* may be held for as long as one likes; else for moments */
	/* It is in its dma-buf alone: pixels() may be slow, may fail, and may give what nobody can
	 * read. Good for keeping a picture, not for showing it. */
	bool opaque;
};

/* For sources: refs 1, lasting, no shared memory, screen as large as the upright picture. */
void frame_init(struct frame *self, const struct frame_impl *impl, const struct pixel_image *image);

struct frame *frame_ref(struct frame *self); /* returns its argument */
void frame_unref(struct frame *self);        /* NULL is fine */

/* So that frame_presented() can still be told when the pixels have gone back. Returns its argument,
 * or NULL where that cannot be. */
struct frame *frame_remember(struct frame *self);
void frame_unremember(struct frame *self); /* NULL is fine */

/* It is shown turned so much further than the guest says; the last wish counts. */
void frame_turn(struct frame *self, enum pixel_rotation turn);

const void *frame_pixels(struct frame *self);

/* 0, or -ENOTSUP and others. */
int frame_dmabuf(struct frame *self, struct frame_dmabuf *out);

/* For presenters: nobody can show this opaque frame. */
void frame_refuse(struct frame *self);

/* Clipped to the rows that are present; serial 0 gives all of them. */
void frame_damage(const struct frame *self, uint64_t since, struct region *out);

void frame_submitted(struct frame *self, uint64_t when_ns);
void frame_presented(struct frame *self, uint64_t when_ns);

#endif
