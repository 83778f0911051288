/* view/clip/clip.h - the window system's clipboard: what other programs have there, and what we
 * have for them; and what a person drops on the window.
 *
 * Members: `x11`, `wayland` and `null` (there is none). Nothing is transferred before somebody
 * wants it; then it goes as a parcel (link/parcel.h). Nothing blocks: who does not go on with a
 * transfer for CLIP_PATIENCE_S is given up. Main thread only.
 */
#ifndef VIEW_CLIP_H
#define VIEW_CLIP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define CLIP_PATIENCE_S 5
#define CLIP_KEY        "application/vnd.portal.filetransfer"
#define CLIP_KEY_GTK3   "application/vnd.portal.files"
#define CLIP_LIST       "text/uri-list"

enum clip_selection {
	CLIP_CLIPBOARD,
	CLIP_PRIMARY, /* what is marked, for the middle button */
	CLIP_SELECTIONS,
};

enum clip_kind {
	CLIP_TEXT, /* UTF-8, lines end with \n */
	CLIP_PNG,
	CLIP_BMP,
	CLIP_TIFF,
	CLIP_JPEG,
	CLIP_KINDS,
};

/* What files that are dragged come as, best first: the file portal's key, as GTK 4 and KDE name it
 * and as GTK 3 does, or a list. */
enum clip_drop {
	CLIP_DROP_KEY,
	CLIP_DROP_KEY_GTK3,
	CLIP_DROP_LIST,
	CLIP_DROPS,
};

extern const char *const clip_drop_formats[CLIP_DROPS];

struct clip_listener {
	/* Another program has it now, in these kinds (bits: 1 << enum clip_kind); 0: nobody, or in
	 * none that we know. Our own offer is not told. */
	void (*offered)(void *data, enum clip_selection selection, unsigned kinds);
	/* Of what clip_want() asked for, so many bytes have come; all have, as a parcel that is
	 * valid for the call; or none will, for a reason. */
	void (*progress)(void *data, uint32_t id, uint64_t bytes);
	void (*given)(void *data, uint32_t id, int fd);
	void (*refused)(void *data, uint32_t id, const char *why);
	/* Another program wants what we offered: clip_give() or clip_refuse(), also from within.
	 * Numbers are the member's own. */
	void (*wanted)(void *data, uint32_t id, enum clip_selection selection, enum clip_kind kind);
	/* It has gone: no answer any more. */
	void (*dropped)(void *data, uint32_t id);
	/* These were dropped on the window: the file portal's key, or a list (text/uri-list), in
	 * which is no 0 but at the end; or nothing came, for a reason. Optional: nothing may be. */
	void (*files)(void *data, bool key, const char *text);
	void (*no_files)(void *data, const char *why);
};

struct clip;
struct window;

struct clip_impl {
	const char *name;
	/* The window outlives it. */
	struct clip *(*create)(struct window *window, GError **error);
	void (*offer)(struct clip *self, enum clip_selection selection, unsigned kinds);
	void (*want)(struct clip *self, uint32_t id, enum clip_selection selection,
		     enum clip_kind kind);
	void (*cancel)(struct clip *self, uint32_t id);
	void (*give)(struct clip *self, uint32_t id, int fd);
	void (*refuse)(struct clip *self, uint32_t id);
	void (*destroy)(struct clip *self);
};

struct clip {
	const struct clip_impl *impl;
	const struct clip_listener *listener;
	void *data;
};

extern const struct clip_impl clip_null, clip_x11, clip_wayland;

/* The listener must outlive it, and hears from the main loop only; but for answers to want(). */
struct clip *clip_create(const struct clip_impl *impl, struct window *window,
			 const struct clip_listener *listener, void *data, GError **error);

/* It is ours from now on, in these kinds; 0: no longer. */
void clip_offer(struct clip *self, enum clip_selection selection, unsigned kinds);

/* Of another program's; ends with given() or refused() of that number, which is the caller's, or
 * with clip_cancel(). */
void clip_want(struct clip *self, uint32_t id, enum clip_selection selection, enum clip_kind kind);
void clip_cancel(struct clip *self, uint32_t id);

/* What wanted() asked for; `fd` is duplicated. Numbers that are not open are passed over. */
void clip_give(struct clip *self, uint32_t id, int fd);
void clip_refuse(struct clip *self, uint32_t id);

/* For members: the bit of that format (1 << enum clip_drop), or 0; of bits, the best one, whose
 * format it is; CLIP_DROPS: none. */
unsigned clip_drop_bit(const char *format);
enum clip_drop clip_drop_best(unsigned bits);

/* For members: dropped files came so, as a parcel. False: it is none. */
bool clip_tell_files(struct clip *self, enum clip_drop how, int fd);

/* Without a callback. NULL is fine. */
void clip_destroy(struct clip *self);

#endif
