/* view/spice/opener.h - the viewer's end of who opens files for it (spice/opener.h of oriel-spice):
 * the sandbox lets it read none of the user's. Main thread only; nothing blocks.
 */
#ifndef VIEW_SPICE_OPENER_H
#define VIEW_SPICE_OPENER_H

#include <glib.h>
#include <stdint.h>

struct opener;

/* `fd` is the callee's to close, or -1: `why` says it, for a person. From the main loop. */
typedef void (*opener_func)(void *data, int fd, uint64_t size, const char *why);

/* Takes over `fd`, the end of a link; -1: whoever asks is refused, since the sandbox is strict. */
struct opener *opener_create(int fd);
void opener_destroy(struct opener *self); /* NULL is fine; no word any more */

/* One at a time: who asks again hears no more of the former one. */
void opener_ask(struct opener *self, const char *path, opener_func answer, void *data);

/* Without an answer. */
void opener_cancel(struct opener *self);

#endif
