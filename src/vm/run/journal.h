/* vm/run/journal.h - one machine's log: what its programs say, a line each with time and who said
 * it, in $XDG_STATE_HOME/oriel/NAME/log. Main thread; listens in the default main context.
 */
#ifndef VM_RUN_JOURNAL_H
#define VM_RUN_JOURNAL_H

#include <gio/gio.h>

struct journal;

/* Goes on with the file; one that has grown long becomes log.old. NULL with `error`. */
struct journal *journal_open(const char *path, GError **error);

/* Takes what is still to be read. NULL is fine. */
void journal_close(struct journal *self);

const char *journal_path(const struct journal *self);

void journal_write(struct journal *self, const char *who, const char *line);

/* For a program's standard error: a descriptor that the caller closes, or -1 with `error`. */
int journal_pipe(struct journal *self, const char *who, GError **error);

/* Takes all that was said up to now. */
void journal_drain(struct journal *self);

/* The last lines that `who` said, each behind a newline and four spaces; "" if none. To be freed.
 */
char *journal_last(struct journal *self, const char *who);

#endif
