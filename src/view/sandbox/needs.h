/* view/sandbox/needs.h - the files that a viewer with these options needs, now or later.
 *
 * Main thread only.
 */
#ifndef VIEW_SANDBOX_NEEDS_H
#define VIEW_SANDBOX_NEEDS_H

#include "sandbox/sandbox.h"
#include "view/options.h"

/* Adds them. `settings` is the settings file, or NULL. */
void sandbox_need(struct sandbox_files *files, const struct options *options, const char *settings);

/* A GPU driver of this machine that needs more, in words, and what more; NULL: there is none. */
const char *sandbox_need_driver(struct sandbox_files *files);

/* Is there no socket that this viewer will still have to connect to? */
bool sandbox_needs_no_sockets(const struct options *options);

#endif
