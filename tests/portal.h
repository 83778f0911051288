/* tests/portal.h - a session bus of our own with the file portal on it, which is this program: it
 * answers while the default main context runs. One at a time. Wants dbus-daemon.
 */
#ifndef TESTS_PORTAL_H
#define TESTS_PORTAL_H

#include <gio/gio.h>
#include <stdbool.h>

bool portal_possible(void); /* else portal_start() skips */

/* DBUS_SESSION_BUS_ADDRESS leads there. Again: nothing. */
void portal_start(void);
void portal_stop(void);

/* Another connection to that bus, the caller's. */
GDBusConnection *portal_connect(void);

/* The program is that, too: `handle` hears what is called. */
void portal_serve(const char *name, const char *path, const char *interface,
		  void (*handle)(const char *method, GVariant *parameters,
				 GDBusMethodInvocation *invocation));

/* What the portal has for that key; no other one is known. Both must last. */
void portal_has(const char *key, const char *const *paths);
unsigned portal_asked(void); /* how often, so far */

/* What our part of the bus says to somebody, or to all (NULL). */
void portal_emit(GDBusConnection *from, const char *to, const char *path, const char *interface,
		 const char *signal, GVariant *parameters);

/* Of the portal. */
GDBusConnection *portal_connection(void);

#endif
