/* spice/service.h - oriel-spice as the viewer sees it: a link at one end, a session at the other.
 */
#ifndef SPICE_SERVICE_H
#define SPICE_SERVICE_H

#include "spice/address.h"
#include "spice/share.h"

/* What the viewer does not have to read; NULL: none. */
struct service_secrets {
	const char *password, *ca, *subject; /* as in session_set_password(), _set_trust() */
	const struct address *address;       /* where LINK_SPICE_OPEN names none */
	const char *title;                   /* of the machine */
	struct share_wishes share;
	gboolean unconfined;   /* by the user's wish */
	const char *complaint; /* why these are none; said of every connection */
};

/* Serves the viewer at the other end of `fd`, which it takes over, until that leaves. 0, or a
 * negative errno: the link is none, or what came over it was none of ours. */
int service_run(int fd, const struct service_secrets *secrets);

#endif
