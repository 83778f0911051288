/* spice/keeper.h - one process that parses, and one that starts it again.
 *
 * A viewer that has closed itself in can start no program any more. So oriel-spice is two: the
 * keeper reads nothing at all, and whenever the worker is killed it starts another at the same
 * link, which says LINK_SPICE_HELLO anew.
 */
#ifndef SPICE_KEEPER_H
#define SPICE_KEEPER_H

#include "spice/service.h"

/* Serves the viewer at the other end of `fd` until that leaves. 0, or a negative errno. Before
 * threads and main loops: it forks. */
int keeper_run(int fd, const struct service_secrets *secrets);

#endif
