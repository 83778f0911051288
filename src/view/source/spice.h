/* view/source/spice.h - the guest's screen as its SPICE server has it, through oriel-spice.
 *
 * Main thread only. oriel-spice may have been taken over: what it says is checked, and what it
 * writes into pictures meanwhile can only tear them.
 */
#ifndef VIEW_SOURCE_SPICE_H
#define VIEW_SOURCE_SPICE_H

#include "view/source/source.h"
#include "view/spice/spice.h"

/* One monitor, from 0. `spice` must outlive it. Watched until source_watch() says otherwise. */
struct source *source_spice_create(struct spice *spice, uint32_t monitor,
				   const struct source_listener *listener, void *data);

/* What its messages are heard by, for tests of hostile ones; data: the source. */
extern const struct spice_part source_spice_part;

#endif
