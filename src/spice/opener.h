/* spice/opener.h - opens, for the viewer, files that a person has dropped on its window.
 *
 * A process of its own, which reads no foreign bytes and is not closed in. A viewer that was taken
 * over finds little here: it gives what others than the viewer say was dropped (spice/grant.h),
 * each once; regular files only, to be read only, and none that are hidden or lie in a hidden
 * folder: keys, passwords and sessions of programs lie there. doc/sandbox.md says what is left.
 */
#ifndef SPICE_OPENER_H
#define SPICE_OPENER_H

#include <stdbool.h>
#include <stdint.h>

/* Serves the viewer at the other end of `fd`, of a link (link/opener.h), until that leaves.
 * `trusting`: a viewer without a sandbox, which could open everything itself, is believed, and
 * hidden files go, too. 0 or a negative errno. */
int opener_run(int fd, bool trusting);

/* The file itself: a descriptor and its size; or -1 and `why`, for a person. No part of the path
 * may be a link. `hidden`: those, too. */
int opener_open(const char *path, bool hidden, uint64_t *size, const char **why);

#endif
