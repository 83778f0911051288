/* view/present/screen.h - which frame goes into the window next, and by which way.
 *
 * One frame is on its way to the display server, at most one waits; a newer one replaces the one
 * that waits. The way is the best of the window's that suits the frame and has not failed for it;
 * that can change with every frame. Main thread only.
 */
#ifndef VIEW_SCREEN_H
#define VIEW_SCREEN_H

#include "view/present/present.h"

struct screen;

struct screen_listener {
	/* A frame is visible since `when_ns`; it was seen at `seen_ns`. */
	void (*shown)(void *data, uint64_t seen_ns, uint64_t when_ns);
	/* True: the next frame could only wait, so it is best left where newer ones replace it. */
	void (*busy)(void *data, bool busy);
	/* What the window shows is unknown: it needs the newest picture again. */
	void (*needs_picture)(void *data);
	/* What the user chose cannot be had any more, and why; another way took over. Optional. */
	void (*notice)(void *data, const char *text);
	/* No way leads into the window. */
	void (*failed)(void *data, const char *why);
};

struct screen_figures {
	uint64_t shown;
	uint64_t skipped; /* replaced before anybody saw them */
	uint64_t bytes_copied;
	const char *way;   /* name of the presenter in use, or "none" */
	char device[48];   /* what draws for it, or "" */
	const char *reads; /* what it has the guest's pixels from, or "" */
};

/* `way` is the name of the only presenter to use, or NULL for the best that works. One whose device
 * worked and was lost for good is replaced all the same. */
struct screen *screen_create(struct window *window, const char *way,
			     const struct screen_listener *listener, void *data, GError **error);

/* Takes a reference; never blocks. */
void screen_show(struct screen *self, struct frame *frame);

/* The window has another size, scale or look: what it shows is drawn again, if need be from a new
 * frame (needs_picture). */
void screen_redraw(struct screen *self);

/* From now on; `look` is copied, but for its shaders. */
void screen_set_look(struct screen *self, const struct look *look);

/* Only that presenter from now on, while it works; NULL: the best that works. The next frame, which
 * is asked for, goes its way. */
void screen_set_way(struct screen *self, const char *way);

/* The guest's pointer is drawn over the picture from now on; NULL: no more. False: the presenter in
 * use does not do that. Another presenter does not know of it until the next call. */
bool screen_set_pointer(struct screen *self, const struct present_pointer *pointer);

/* The pixels of an opaque frame that was shown just now, in the shape of its image; NULL: nobody
 * has them in a form that can be read. The caller frees. */
void *screen_read(struct screen *self, const struct frame *frame);

/* The next frame comes from elsewhere: other memory, other serials. Gives a waiting one back. */
void screen_forget(struct screen *self);

void screen_figures(const struct screen *self, struct screen_figures *out);

/* NULL is fine. */
void screen_destroy(struct screen *self);

#endif
