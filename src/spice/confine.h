/* spice/confine.h - what the process that speaks SPICE gives up before it hears the first byte.
 */
#ifndef SPICE_CONFINE_H
#define SPICE_CONFINE_H

#include <glib.h>

/* What it is allowed besides the usual: NULL: nothing. */
struct confine_wishes {
	const char *share; /* folder that the guest may read and write */
	gboolean usb;      /* devices of it */
};

#define CONFINE_MEMORY (4ull << 30) /* bytes of its own */

/* Files, programs, calls and memory, for the rest of this process. Before there is another thread.
 * What this kernel lacks is logged and done without: doc/sandbox.md says what is left. */
void confine(const struct confine_wishes *wishes);

#endif
