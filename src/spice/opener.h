/* spice/opener.h - opens, for the viewer, files that the user has dropped on its window.
 *
 * Runs in the keeper, which reads no foreign bytes and is not closed in. So that a viewer that was
 * taken over finds little here, it gives regular files only, to be read only, and none that are
 * hidden or lie in a hidden folder: keys, passwords and sessions of programs lie there. Blocks as
 * long as the file system does. doc/sandbox.md says what is left.
 */
#ifndef SPICE_OPENER_H
#define SPICE_OPENER_H

#include <stdbool.h>
#include <stdint.h>

struct opener;

/* Takes over `fd`, the end of a link (link/opener.h). 0 or a negative errno. */
int opener_create(struct opener **out, int fd, bool hidden);
void opener_destroy(struct opener *self); /* NULL is fine */

/* Readable: opener_serve(), which is false where the viewer is of no use any more. */
int opener_fd(const struct opener *self);
bool opener_serve(struct opener *self);

/* The file itself: a descriptor and its size; or -1 and `why`, for a person. */
int opener_open(const char *path, bool hidden, uint64_t *size, const char **why);

#endif
