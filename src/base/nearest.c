/* base/nearest.c - which name somebody meant. SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/nearest.h"

#include <stddef.h>
#include <string.h>

#define LONGEST 48u /* nobody needs help with the spelling of more */
#define FAR     3u

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

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
			unsigned replaced = diagonal + (lower(*a) != lower(b[j - 1]));
			diagonal = row[j];
			row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[width];
}

struct nearest nearest_to(const char *text)
{
	unsigned length = (unsigned)strnlen(text, LONGEST);

	/* Where every other letter is wrong, it is not a slip of the finger. */
	return (struct nearest){ text, NULL, length < LONGEST ? least(FAR, length / 2 + 1) : 0, 0 };
}

static unsigned begin_alike(const char *a, const char *b)
{
	unsigned count = 0;

	while (a[count] && lower(a[count]) == lower(b[count]))
		count++;
	return count;
}

void nearest_offer(struct nearest *self, const char *name)
{
	size_t ours = strlen(self->text), theirs = strlen(name);
	size_t apart = ours > theirs ? ours - theirs : theirs - ours;

	/* Each letter too many is one edit. */
	if (theirs >= LONGEST || apart > self->fewest)
		return;
	unsigned count = edits(self->text, name), alike = begin_alike(self->text, name);
	if (count < self->fewest || (self->best && count == self->fewest && alike > self->alike)) {
		self->fewest = count;
		self->alike = alike;
		self->best = name;
	}
}
