/* view/clip/files.h - files that were dropped on the window go to the guest.
 *
 * One after the other, through its SPICE agent: somebody outside the sandbox opens them
 * (view/spice/opener.h), oriel-spice reads and sends. What takes long is told, and can be
 * cancelled; what does not go on is given up. Main thread only; nothing blocks.
 */
#ifndef VIEW_CLIP_FILES_H
#define VIEW_CLIP_FILES_H

#include "view/options.h"
#include "view/spice/spice.h"

struct files;

struct files_listener {
	/* One sentence for a person: what arrived, or why it did not. */
	void (*alert)(void *data, const char *text);
	/* What is being transferred, for as long as it is; NULL: nothing that takes long. */
	void (*status)(void *data, const char *text);
};

/* All must outlive it. */
struct files *files_create(const struct clipboard_options *options, struct spice *spice,
			   const struct files_listener *listener, void *data);

/* As programs give them: the file portal's key, or a list (text/uri-list). They come after what is
 * on its way, once somebody else than us has said that they were dropped. */
void files_drop(struct files *self, bool key, const char *text);

/* All of them; false: none is on its way. */
bool files_cancel(struct files *self);

/* NULL is fine. */
void files_destroy(struct files *self);

#endif
