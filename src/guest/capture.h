/* guest/capture.h - where pictures come from.
 *
 * A capture watches one screen. The capture thread asks it to wait for a change and then to put the
 * changed pixels where they belong, straight in shared memory; the pointer thread asks it for the
 * mouse pointer, at the same time and independent of frames.
 *
 * Members: `pattern` (needs nothing) and `x11`. A program links the table it wants
 * (captures_*.c). No member has file-static state: two of each can live in one process.
 *
 * Threads: create and destroy while no other call runs. wait, begin, fill and watch belong to the
 * capture thread; pointer, pointer_watch and warp to the pointer thread; both may be inside a
 * capture at once.
 */
#ifndef GUEST_CAPTURE_H
#define GUEST_CAPTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "guest/waker.h"
#include "pixel/cursor.h"
#include "pixel/format.h"
#include "pixel/region.h"

/* Positive answers that the caller must handle. */
enum capture_answer {
	CAPTURE_E_TIMEOUT = 1, /* nothing changed until the deadline, or the waker was used */
	CAPTURE_E_LOST,        /* the screen is gone (its server died): destroy, create anew */
};

struct capture_impl;

struct capture {
	const struct capture_impl *impl;
	const char *detail;       /* how it does it, in a word for the log; NULL: nothing to say */
	struct pixel_image image; /* shape of the picture at create: what slots are cut for */
	bool can_warp;            /* warp() works; constant after create */
	_Atomic uint64_t copied;  /* bytes of pixels that this process moved with its own CPU */
};

struct capture_params {
	const char *arg; /* what stands behind NAME: on the command line; NULL = nothing */
	/* The region that all targets lie in, for display servers that write there themselves. The
	 * descriptor is borrowed until destroy; -1 where there is none to hand out. */
	int fd;
	uint64_t fd_offset; /* where the region begins in it */
};

/* What wait() found. */
struct capture_info {
	struct pixel_image image; /* shape of the picture; all rows present */
	uint32_t screen_width, screen_height;
	uint64_t when_ns; /* clock_ns() when the change was seen */
};

/* Where a picture's pixels go: a slot. */
struct capture_target {
	uint32_t index;           /* of the slot: 0 .. 3 */
	uint8_t *pixels;          /* its first row */
	uint64_t offset;          /* of `pixels` from the region's start */
	struct pixel_image image; /* as wait() said; data_height may be less (region too small) */
	/* Tells readers that the first `rows` rows are complete. Optional to call: the caller of
	 * fill() counts a successful fill as complete. */
	void (*progress)(struct capture_target *self, uint32_t rows);
};

struct capture_impl {
	const char *name;
	const char *help; /* one line for --help: the argument and what it does */

	/* May block on a display server. 0, or a negative errno with words. */
	int (*create)(struct capture **out, const struct capture_params *params, struct err *err);
	void (*destroy)(struct capture *self); /* accepts NULL */

	/* Somebody looks (true) or nobody does, as at first: then nothing of this capture may run,
	 * and wait() reports no change. After watch(true) the next wait() reports everything as
	 * changed. */
	int (*watch)(struct capture *self, bool on);

	/* Blocks until something changed since the last wait() that returned 0, until `waker` is
	 * used, or until clock_ns() reaches the deadline. On 0 the changed rectangles are *added*
	 * to `damage` and *info is set. A change of size or format comes with full damage.
	 * 0, CAPTURE_E_TIMEOUT, CAPTURE_E_LOST or a negative errno. */
	int (*wait)(struct capture *self, struct waker *waker, uint64_t deadline_ns,
		    struct capture_info *info, struct region *damage);

	/* Asks for what fill() waits for: the display server works while the frame is announced.
	 * Called before each fill(), with the same words; that fill() follows in any case. Never
	 * blocks for long. Optional. */
	void (*begin)(struct capture *self, struct capture_target *target,
		      const struct region *damage);

	/* Brings the pixels inside `damage` of the target up to date: at least to what the last
	 * wait() saw. Bytes outside the damage stay as they are. Blocks for a round trip to the
	 * display server at most. 0; CAPTURE_E_LOST; a negative errno: the pixels inside the damage
	 * are undefined now, and the caller asks for more of them with the next frame. */
	int (*fill)(struct capture *self, struct capture_target *target,
		    const struct region *damage);

	/* As watch() and wait(), for the mouse pointer. After pointer_watch(true) the next
	 * pointer() tells position and shape. The shape's data stays valid until the next call.
	 * Both optional. */
	int (*pointer_watch)(struct capture *self, bool on);
	int (*pointer)(struct capture *self, struct waker *waker, uint64_t deadline_ns,
		       struct cursor *out);

	/* Moves the pointer's hot spot. Optional, see can_warp. */
	int (*warp)(struct capture *self, int32_t x, int32_t y);
};

/* What this program can capture, best first; NULL ends. Defined by the captures_*.c linked in. */
extern const struct capture_impl *const capture_impls[];

/* The member that `spec` ("NAME" or "NAME:ARG") names; *arg points behind the colon or is NULL. A
 * NULL spec is the first member. NULL with words if there is none of that name. */
const struct capture_impl *capture_find(const struct capture_impl *const *impls, const char *spec,
					const char **arg, struct err *err);

void capture_destroy(struct capture *self); /* NULL is fine */

/* The optional hooks, checked in one place: an absent begin does nothing, an absent watch is 0, an
 * absent pointer waits for the deadline, an absent warp is -ENOTSUP. */
void capture_begin(struct capture *self, struct capture_target *target,
		   const struct region *damage);
int capture_pointer_watch(struct capture *self, bool on);
int capture_pointer(struct capture *self, struct waker *waker, uint64_t deadline_ns,
		    struct cursor *out);
int capture_warp(struct capture *self, int32_t x, int32_t y);

static inline void capture_count_copied(struct capture *self, uint64_t bytes)
{
	atomic_fetch_add_explicit(&self->copied, bytes, memory_order_relaxed);
}

extern const struct capture_impl capture_pattern;
extern const struct capture_impl capture_x11;

#endif
