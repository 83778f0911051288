#include "view/settings/nearest.h"

#include <string.h>

#define LONGEST 48u /* nobody needs help with the spelling of more */
#define FAR     3u

/* Single edits that turn a into b: insert, delete, replace (Levenshtein, one row at a time). */
static unsigned edits(const char *a, const char *b)
{
	unsigned row[LONGEST], width = (unsigned)strlen(b);

	for (unsigned j = 0; j <= width; j++)
		row[j] = j;
	for (unsigned i = 1; *a; a++, i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= width; j++) {
			unsigned replaced = diagonal +
					    (g_ascii_tolower(*a) != g_ascii_tolower(b[j - 1]));
			diagonal = row[j];
			row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[width];
}

struct nearest nearest_to(const char *text)
{
	unsigned length = (unsigned)strnlen(text, LONGEST);

	/* What shares no letter with a name is not a slip of the finger. */
	return (struct nearest){ text, NULL, length < LONGEST ? MIN(FAR, length) : 0 };
}

void nearest_offer(struct nearest *self, const char *name)
{
	size_t ours = strlen(self->text), theirs = strlen(name);

	/* Each letter too many is one edit. */
	if (theirs >= LONGEST || MAX(ours, theirs) - MIN(ours, theirs) >= self->fewest)
		return;
	unsigned count = edits(self->text, name);
	if (count < self->fewest) {
		self->fewest = count;
		self->best = name;
	}
}

void nearest_append(const struct nearest *self, GString *out)
{
	if (self->best)
		g_string_append_printf(out, " (did you mean %s?)", self->best);
}
