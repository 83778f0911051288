/* view/source/select.h - one guest by two ways: its shared memory, and the screen that its SPICE
 * server has.
 *
 * Shared memory is shown whenever pictures come from there; else SPICE's: from the machine's start
 * until a capture program runs in it, and after that has ended. What is not shown is not watched.
 * The window keeps the last picture until the other's first one is there. Main thread only.
 */
#ifndef VIEW_SOURCE_SELECT_H
#define VIEW_SOURCE_SELECT_H

#include "view/source/source.h"
#include "view/spice/spice.h"

/* `memory` is source_oriel's argument; `monitor` as in source/spice.h. */
struct source *source_select_create(const char *memory, struct spice *spice, uint32_t monitor,
				    const struct source_listener *listener, void *data,
				    GError **error);

#endif
