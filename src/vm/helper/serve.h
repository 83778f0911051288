/* vm/helper/serve.h - requests and their answers (verbs.h), and what is left of machines that died.
 */
#ifndef VM_HELPER_SERVE_H
#define VM_HELPER_SERVE_H

#include "vm/helper/steps.h"

/* Until the end of the requests, or SIGTERM. What an earlier helper of this machine left behind is
 * given back first. Returns the exit status. */
int serve(const struct caller *caller, const char *machine);

/* One line, without its end. `line` is changed. `answer` gets no end of line. */
void serve_request(struct helper *self, char *line, char answer[VERB_ANSWER]);

/* Gives back what machines left behind whose helper is dead: the caller's of that name, root's call
 * meaning everybody's; NULL: all there are. 0 or the first failure. */
int serve_restore(const struct caller *caller, const char *machine, struct err *err);

#endif
