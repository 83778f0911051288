/* view/sandbox/enter.h - the sandbox of oriel-view as its settings want it. Main thread only. */
#ifndef VIEW_SANDBOX_ENTER_H
#define VIEW_SANDBOX_ENTER_H

#include "view/options.h"

/* Before there is another thread: files and TCP. `settings` is the settings file, or NULL. What
 * this kernel lacks is logged once; only `strict` fails for it. */
gboolean sandbox_begin(const struct options *options, const char *settings, GError **error);

/* After start-up: system calls. */
gboolean sandbox_complete(const struct options *options, GError **error);

#endif
