/* view/guard.h - shared memory that shrinks under us must not end the program. */
#ifndef VIEW_GUARD_H
#define VIEW_GUARD_H

/* From now on a page of a mapping that lost its file reads as zeros instead of raising SIGBUS; the
 * mapping must be made anew to see a file that grew again. For the whole process. */
void guard_install(void);

#endif
