/* view/spice/opener.h - the viewer's end of who opens files for it (spice/opener.h of oriel-spice):
 * the sandbox lets it read none of the user's. Main thread only; nothing blocks.
 */
#ifndef VIEW_SPICE_OPENER_H
#define VIEW_SPICE_OPENER_H

#include <glib.h>
#include <stdint.h>

struct opener;

/* Takes over `fd`, the end of a link; -1: whoever asks is refused, since the sandbox is strict. */
struct opener *opener_create(int fd);
void opener_destroy(struct opener *self); /* NULL is fine; no word any more */

/* What of a drop may be opened, each once: struct char *, the callee's to keep by a reference.
 * NULL: nothing, and `why` says it, for a person. From the main loop. */
typedef void (*opener_drop_func)(void *data, GPtrArray *paths, const char *why);

/* A drop as the file portal's key, or as a parcel of paths (link/paths.h), which is duplicated.
 * Somebody may be asked, which takes long. One at a time: who comes while another one waits for its
 * answer is refused. */
void opener_drop_key(struct opener *self, const char *key, opener_drop_func answer, void *data);
void opener_drop_list(struct opener *self, int list, opener_drop_func answer, void *data);

/* `fd` is the callee's to close, or -1: `why` says it, for a person. From the main loop. */
typedef void (*opener_func)(void *data, int fd, uint64_t size, const char *why);

/* One of what was granted. One at a time: who asks again hears no more of the former one. */
void opener_ask(struct opener *self, const char *path, opener_func answer, void *data);

/* Without answers; false: none was due. */
gboolean opener_cancel(struct opener *self);

#endif
