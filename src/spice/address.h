/* spice/address.h - where a SPICE server is, as a person writes it. Pure; any thread.
 *
 *	/run/vm.sock  spice+unix:///run/vm.sock        a socket of this machine
 *	vm.example:5900  spice://vm.example:5900       TCP; [::1]:5900 for addresses with colons
 *	spice://vm.example?tls-port=5901               TLS; port=5900 may stand beside it
 *	spice+tls://vm.example:5901                    the same, short
 */
#ifndef SPICE_ADDRESS_H
#define SPICE_ADDRESS_H

#include <glib.h>

/* What is not said is NULL; either `path`, or `host` and at least one port. */
struct address {
	char *path;
	char *host, *port, *tls_port;
	char *proxy; /* URI of one that leads there */
};

/* FALSE: `error` says what is wrong with it and what would do. Passwords are refused: who lists
 * processes reads addresses. */
gboolean address_parse(struct address *out, const char *text, GError **error);
void address_clear(struct address *self);

void address_copy(struct address *out, const struct address *from);

#endif
