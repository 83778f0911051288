/* spice/session.h - one SPICE server: connected to, lost, and connected to again by itself.
 *
 * A lost connection is tried again after a quarter of a second, then after twice as long each time,
 * up to 8 s. What a person has to mend first (password, certificate) is not tried again before
 * session_open(), or session_set_password(). Main thread; nothing blocks. Listeners are
 * called from the main loop, where the session must not be destroyed.
 */
#ifndef SPICE_SESSION_H
#define SPICE_SESSION_H

#include "link/spice.h"
#include "spice/address.h"
#include "spice/inputs.h"

struct _SpiceChannel;
struct _SpiceSession;

struct session_listener {
	/* After each change; `text` says why, for a person, or is "". */
	void (*state)(void *data, enum link_spice_connection state, const char *text);
	/* Which machine it is: 16 bytes, all 0 where the server does not say; the name may be "".
	 */
	void (*server)(void *data, const uint8_t *uuid, const char *name);
	/* A connection begins, has a channel (the main one first), and is over: see spice/part.h.
	 * Optional. */
	void (*dial)(void *data, struct _SpiceSession *spice);
	void (*channel)(void *data, struct _SpiceChannel *channel);
	void (*lost)(void *data);
	struct inputs_listener inputs;
};

struct session;

/* `listener` must outlive it. */
struct session *session_create(const struct session_listener *listener, void *data);
void session_destroy(struct session *self); /* NULL is fine */

/* For the next connection and all after it; NULL: none. Who was refused for want of a password
 * tries this one at once. */
void session_set_password(struct session *self, const char *password);

/* The server's certificate has to be signed by one of these, PEM (NULL: those whom the system
 * trusts), and to be this subject's (NULL: the host's). */
void session_set_trust(struct session *self, const char *ca, const char *subject);

/* Connects, after leaving whom it is connected to. Without `patient`, one that does not answer the
 * first time is not tried again. */
void session_open(struct session *self, const struct address *address, bool patient);

/* A server that has just let us in is left a quarter of a second later: spice-server 0.15.1 falls
 * over, and the machine with it, when a client goes while its display is being connected. So do
 * those two above; who is about to leave for good waits here, where the main loop runs. */
void session_settle(struct session *self);

/* Leaves, and stays away. */
void session_close(struct session *self);

/* Where keys and motion go; whether or not there is a connection. */
struct inputs *session_inputs(struct session *self);

#endif
