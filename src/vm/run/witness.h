/* vm/run/witness.h - a consumer of its own that only says when pictures come, and what they are.
 *
 * For those who start a machine and want to know how far it got. Reads no pixel. Callbacks and
 * calls on the main thread, from the default main context.
 */
#ifndef VM_RUN_WITNESS_H
#define VM_RUN_WITNESS_H

#include <gio/gio.h>

struct witness;

/* `fd` is the shared memory's descriptor; duplicated. */
struct witness *witness_create(int fd, GError **error);

/* NULL is fine. */
void witness_destroy(struct witness *self);

/* "1280x800 by oriel-guest's x11", once a picture has come; NULL before. */
const char *witness_saw(const struct witness *self);

#endif
