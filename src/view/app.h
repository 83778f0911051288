/* view/app.h - one source, one window, and what passes between them. */
#ifndef VIEW_APP_H
#define VIEW_APP_H

#include "view/options.h"

/* Shows pictures until the user closes the window, a limit of the options is reached, SIGINT or
 * SIGTERM comes (TRUE), or something ends it that no retry heals (FALSE). Runs the default GLib
 * main context. */
gboolean app_run(const struct options *options, GError **error);

#endif
