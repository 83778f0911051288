/* view/spice/server.h - the SPICE server as a person has to know it: whether it is there, whether
 * it is the guest's, and whether it wants a password.
 *
 * A part of what oriel-spice tells. Main thread only.
 */
#ifndef VIEW_SPICE_SERVER_H
#define VIEW_SPICE_SERVER_H

#include "view/spice/spice.h"

struct server_listener {
	/* What stands in the way as long as it does; NULL: nothing. */
	void (*obstacle)(void *data, const char *text);
	/* A sentence, once. */
	void (*alert)(void *data, const char *text);
	/* How the connection file calls the machine. */
	void (*title)(void *data, const char *title);
	/* It wants a password (`wrong`: another one than that which it got), until answered by
	 * server_set_password(); or it does no more. */
	void (*locked)(void *data, bool locked, bool wrong);
};

struct server;

/* `listener` must outlive it. */
struct server *server_create(struct spice *spice, const struct server_listener *listener,
			     void *data);
void server_destroy(struct server *self); /* NULL is fine */

/* Of the machine, as the guest has it; NULL: nobody knows. */
void server_set_guest(struct server *self, const char *uuid);

/* Where another client has the server: connects again, since our user is here. */
void server_take_back(struct server *self);

/* For this connection and all after it. */
void server_set_password(struct server *self, const char *password);

/* Are these two of one machine? What is not known is no difference; firmware of a PC has the first
 * three numbers of a UUID the other way round, and not every guest turns them. */
bool server_is_guests(const uint8_t server[16], const char *guest);

#endif
