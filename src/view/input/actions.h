/* view/input/actions.h - what the viewer does at a key's press, for who looks keys up and for who
 * shows them. Pure; main thread.
 */
#ifndef VIEW_ACTIONS_H
#define VIEW_ACTIONS_H

#include "view/options.h"

/* CHORD_SHIFT, ... of what is down. */
struct held;
uint32_t actions_modifiers(const struct held *down);

/* The action of that key with exactly these modifiers; ACTION_COUNT: there is none. */
enum action actions_find(const struct options *options, uint32_t key, uint32_t modifiers);

/* "screenshot", as in [keys]. */
const char *action_name(enum action action);

/* One line for a person. */
const char *action_help(enum action action);

/* A line of the help panel. */
struct action_line {
	char *key;        /* "scrolllock + shift+r" */
	const char *help; /* "Turn the picture by 90 degrees" */
};

/* All actions that have a key, and what the escape key itself does first. The caller frees with
 * action_lines_free(). */
struct action_line *action_lines(const struct options *options, size_t *count);
void action_lines_free(struct action_line *lines, size_t count);

#endif
