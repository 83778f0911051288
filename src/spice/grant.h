/* spice/grant.h - who but the viewer says that a person dropped these files.
 *
 * The file portal, where the program that they were dragged from used it: its key can not be
 * guessed. Else the person, whom a desktop notification asks: neither what it says nor its answer
 * passes through the viewer. Both are on the session bus. One question to a person at a time.
 *
 * For a process of its own: it has a main loop, and blocks as long as a program on the bus does.
 */
#ifndef SPICE_GRANT_H
#define SPICE_GRANT_H

#include <gio/gio.h>

struct grant;

struct grant *grant_create(void);
void grant_destroy(struct grant *self); /* NULL is fine; without an answer */

/* The files of that key: absolute paths, the caller's. NULL: none, for a reason. */
char **grant_by_portal(struct grant *self, const char *key, GError **error);

/* `why` NULL: they were granted. Not from within grant_by_person(). */
typedef void (*grant_func)(void *data, const char *why);

/* FALSE: nobody can be asked, for a reason; no answer comes. */
gboolean grant_by_person(struct grant *self, const char *const *paths, guint count,
			 grant_func answer, void *data, GError **error);

/* For people: as a line of it, whatever a name holds. The caller's. */
char *grant_presentable(const char *path);

#endif
