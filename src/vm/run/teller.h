/* vm/run/teller.h - what a person is told of a machine, on standard error: a line each, in two
 * columns; and one line that is written again and again, where there is a terminal. Main thread.
 */
#ifndef VM_RUN_TELLER_H
#define VM_RUN_TELLER_H

#include <stdbool.h>

struct teller {
	bool counts; /* a line of teller_count() is what the terminal ends with */
};

/* "  the window               was closed". On a terminal it is wrapped, so that the columns stay;
 * elsewhere it stays one line. What counts goes. */
void teller_say(struct teller *self, const char *what, const char *how);

/* Writes `text` in the place of what it wrote last, cut where the terminal ends. False: there is no
 * terminal, or one that cannot, and nothing was written. */
bool teller_count(struct teller *self, const char *text);

/* The terminal has shown "^C": that goes with what is written next. */
void teller_typed(struct teller *self);

void teller_wipe(struct teller *self);

/* Columns of the terminal that `fd` is, 0 where it is none. */
unsigned teller_width(int fd);

#endif
