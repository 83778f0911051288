/* spice/keeper.h - one process that parses, and one that starts it again.
 *
 * A viewer that has closed itself in can start no program any more. So oriel-spice is three: the
 * keeper reads nothing, and whenever the worker is killed it starts another at the same link, which
 * says LINK_SPICE_HELLO anew; the opener opens files that were dropped (spice/opener.h).
 */
#ifndef SPICE_KEEPER_H
#define SPICE_KEEPER_H

#include "spice/service.h"

/* Serves the viewer at the other end of `fd` until that leaves; and it has files opened at the end
 * of another link (-1: none), which is taken over. 0, or a negative errno. Before threads and main
 * loops: it forks. */
int keeper_run(int fd, int opener, const struct service_secrets *secrets);

#endif
