/* view/spice/prompt.h - a secret that a person types at the terminal, while the main loop runs.
 *
 * Nothing is shown of it. Main thread only.
 */
#ifndef VIEW_SPICE_PROMPT_H
#define VIEW_SPICE_PROMPT_H

#include <glib.h>

struct prompt;

/* Is called once, where a line was typed: without its end. */
typedef void (*prompt_func)(void *data, const char *text);

/* Asks on standard error and reads standard input. NULL: there is no terminal, or it is another
 * program's for now. */
struct prompt *prompt_open(const char *question, prompt_func answer, void *data);

/* The terminal is as it was. NULL is fine; so is from within `answer`. */
void prompt_close(struct prompt *self);

#endif
