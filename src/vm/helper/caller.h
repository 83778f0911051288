/* vm/helper/caller.h - whom we serve. */
#ifndef VM_HELPER_CALLER_H
#define VM_HELPER_CALLER_H

#include <sys/types.h>

#include "base/err.h"

struct caller {
	uid_t uid;
	pid_t pid; /* at the other end of the socket that is our input, else our parent */
};

/* To be asked before steady() takes the environment: what pkexec or sudo say of the user must agree
 * with whose the process is. 0 or a negative errno. */
int caller_find(struct caller *out, struct err *err);

/* Is the process still one of that user's, or of root's? */
int caller_check(const struct caller *self, struct err *err);

#endif
