/* view/settings/nearest.h - which name somebody meant. */
#ifndef VIEW_NEAREST_H
#define VIEW_NEAREST_H

#include <glib.h>

/* nearest_offer() each name that there is; `best` is then the one that is hardly different, or
 * NULL. Case does not count. */
struct nearest {
	const char *text; /* as typed */
	const char *best;
	unsigned fewest;
};

struct nearest nearest_to(const char *text);
void nearest_offer(struct nearest *self, const char *name);

/* Appends " (did you mean NAME?)" where there is one. */
void nearest_append(const struct nearest *self, GString *out);

#endif
