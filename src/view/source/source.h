/* view/source/source.h - where pictures come from.
 *
 * Members: `oriel` (a guest's shared memory, through liboriel), `spice` (source/spice.h: the screen
 * that QEMU's SPICE server has), `select` (source/select.h: the better of these two) and `pattern`
 * (drawn here, needs nothing). A source runs on the default GLib main context and watches its own
 * descriptors; all its callbacks come from there, none from within source_create(). Main thread
 * only.
 */
#ifndef VIEW_SOURCE_H
#define VIEW_SOURCE_H

#include <glib.h>

#include "pixel/cursor.h"
#include "view/source/frame.h"

enum source_state {
	SOURCE_RUNNING, /* a guest is there; frames come when its picture changes */
	SOURCE_ABSENT,  /* there is not even memory yet: the machine is off */
	SOURCE_WAITING, /* nobody has been there yet */
	SOURCE_LOST,    /* the guest stopped talking */
	SOURCE_RESTART, /* the next one takes over within moments */
	SOURCE_VERSION, /* it speaks another version of the protocol */
	SOURCE_MEMORY,  /* its memory is gone */
	SOURCE_DARK,    /* the machine is there and shows no picture */
	SOURCE_STATE_COUNT
};

struct source_status {
	enum source_state state;
	const char *guest; /* what a person calls it; "" where nobody knows */
	const char *text;  /* one sentence for a person, or "" */
	const char *uuid;  /* of the machine, as the guest has it; NULL where nobody knows */
};

struct source_listener {
	/* The newest picture, complete. Borrowed: frame_ref() keeps it. */
	void (*frame)(void *data, struct frame *frame);
	/* The pointer moved, hid, or changed its shape; valid during the call. */
	void (*cursor)(void *data, const struct cursor *cursor);
	/* Frames of another state have nothing in common with earlier ones: their serials and
	 * memory may begin anew. */
	void (*status)(void *data, const struct source_status *status);
};

/* A picture's way: captured, posted, filled, seen here, submitted, presented; and all of it. */
enum source_stage {
	SOURCE_POST,
	SOURCE_FILL,
	SOURCE_WAKE,
	SOURCE_SUBMIT,
	SOURCE_PRESENT,
	SOURCE_TOTAL,
	SOURCE_STAGES
};

/* Since the start. */
struct source_figures {
	uint64_t skipped; /* never delivered because a newer one was there */
	uint64_t wakeups; /* of threads other than the main one */
	uint64_t rung;    /* of them, by the guest */
	const char
		*wake; /* how a guest wakes us: "futex", "doorbell", "pacing"; "": there is none */
	uint64_t bytes_copied; /* of pixels */
	/* Of a picture's way, in ns: p50, p95, p99 of the newest. 0: not known. */
	uint64_t stages[SOURCE_STAGES][3];
};

struct source;

struct source_impl {
	const char *name;
	/* `arg` is what stands behind "NAME:" in --source, or NULL. */
	struct source *(*create)(const char *arg, const struct source_listener *listener,
				 void *data, GError **error);
	void (*refresh)(struct source *self);
	void (*busy)(struct source *self, bool busy);               /* optional */
	void (*watch)(struct source *self, bool watching);          /* optional */
	void (*moves)(struct source *self, bool moves);             /* optional */
	void (*point)(struct source *self, uint32_t x, uint32_t y); /* optional */
	void (*want)(struct source *self, uint32_t width, uint32_t height, uint32_t scale120,
		     uint32_t mhz);                                                /* optional */
	void (*figures)(const struct source *self, struct source_figures *out);    /* optional */
	void (*newest)(const struct source *self, uint64_t stages[SOURCE_STAGES]); /* optional */
	void (*destroy)(struct source *self);
};

struct source {
	const struct source_impl *impl;
	const struct source_listener *listener;
	void *data;
};

extern const struct source_impl *const source_impls[]; /* best first, NULL ends */
extern const struct source_impl source_oriel, source_spice, source_pattern;

/* What the argument of `oriel` may begin with: a server's socket ("fd:N": a connection to one), the
 * name of a machine that is to be found; else it is the memory's path. NULL: any that is found. */
#define SOURCE_SERVER "server="
#define SOURCE_VM     "vm="

/* `text` is "NAME" or "NAME:ARG"; *arg points into it, or is NULL. NULL where there is no such
 * source. */
const struct source_impl *source_impl_find(const char *text, const char **arg);

/* The listener must outlive the source. Never blocks on a guest. */
struct source *source_create(const struct source_impl *impl, const char *arg,
			     const struct source_listener *listener, void *data, GError **error);

/* Asks for the newest picture again, as a frame() of its own. */
void source_refresh(struct source *self);

/* While nobody could show one, pictures may stay in the source, where newer ones replace them: what
 * comes after false is the newest there is. */
void source_busy(struct source *self, bool busy);

/* While nobody sees the pictures the guest may rest: none comes until true again. */
void source_watch(struct source *self, bool watching);

/* False: the listener need not hear where the guest's pointer is, only what it looks like. */
void source_moves(struct source *self, bool moves);

/* Puts the guest's pointer at that pixel of its screen, where the guest can. */
void source_point(struct source *self, uint32_t x, uint32_t y);

/* The window that the guest's screen should fit: pixels, the display's scale in 1/120, its refresh
 * rate in mHz or 0. Guests may follow or not. */
void source_want(struct source *self, uint32_t width, uint32_t height, uint32_t scale120,
		 uint32_t mhz);

void source_figures(const struct source *self, struct source_figures *out);

/* The stages in ns of the picture that reached the screen last; zeros where the source knows none.
 * Cheap. */
void source_newest(const struct source *self, uint64_t stages[SOURCE_STAGES]);

/* NULL is fine. Not from within a callback. Frames must have been given back before. */
void source_destroy(struct source *self);

/* As status() tells it; NULL for one of zeros. For members; the caller frees. */
char *source_uuid_text(const uint8_t uuid[16]);

#endif
