/* vm/run/lock.h - files that say who has something. The kernel lets go of them when their holder
 * ends, however it ends: a file alone means nothing.
 */
#ifndef VM_RUN_LOCK_H
#define VM_RUN_LOCK_H

#include <gio/gio.h>

struct lock;

/* NULL with `error`: G_IO_ERROR_BUSY where somebody else has it. `text` stands in the file; the
 * folder must be there. */
struct lock *lock_take(const char *path, const char *text, GError **error);

/* Lets go and removes the file. NULL is fine. */
void lock_release(struct lock *self);

/* Borrowed. Whoever inherits it has the lock, too, until all of them have ended. */
int lock_fd(const struct lock *self);

/* The text of who has it, for the caller to free; NULL: nobody. Does not take it. */
char *lock_holder(const char *path);

#endif
