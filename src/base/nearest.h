/* base/nearest.h - which name somebody meant. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

/* nearest_offer() each name that there is; `best` is then the one that is hardly different, or
 * NULL; of two, the one that begins alike for longer. Case does not count. */
struct nearest {
	const char *text; /* as typed */
	const char *best;
	unsigned fewest, alike;
};

struct nearest nearest_to(const char *text);
void nearest_offer(struct nearest *self, const char *name);

#endif
