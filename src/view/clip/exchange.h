/* view/clip/exchange.h - between the window system's clipboard and the guest's.
 *
 * Whoever copied last has it, for both. An offer crosses while the window has the keyboard's
 * focus: what is copied elsewhere meanwhile crosses when it comes back, and a guest that nobody
 * looks at neither reads nor takes anything. What does not go on is given up; what takes long is
 * told, and can be cancelled. Main thread only.
 */
#ifndef VIEW_CLIP_EXCHANGE_H
#define VIEW_CLIP_EXCHANGE_H

#include "view/clip/clip.h"
#include "view/options.h"
#include "view/spice/spice.h"

struct exchange;

struct exchange_listener {
	/* One sentence for a person: something did not arrive. */
	void (*alert)(void *data, const char *text);
	/* What is being transferred, for as long as it is; NULL: nothing that takes long. */
	void (*status)(void *data, const char *text);
	/* Files were dropped on the window, as the file portal's key or a list (text/uri-list): no
	 * matter of the clipboard's. Optional. */
	void (*files)(void *data, bool key, const char *text);
};

/* `impl`: the window's, or NULL; all must outlive it. */
struct exchange *exchange_create(const struct clipboard_options *options,
				 const struct clip_impl *impl, struct window *window,
				 struct spice *spice, const struct exchange_listener *listener,
				 void *data);

/* The keyboard's keys come to the window, or no more. */
void exchange_focus(struct exchange *self, bool focused);

/* The options have changed. */
void exchange_settle(struct exchange *self);

/* All that is being transferred; false: nothing is. */
bool exchange_cancel(struct exchange *self);

/* NULL is fine. */
void exchange_destroy(struct exchange *self);

#endif
