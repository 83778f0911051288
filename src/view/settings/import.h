/* view/settings/import.h - Looking Glass's client options in our words. Any thread. */
#ifndef VIEW_IMPORT_H
#define VIEW_IMPORT_H

#include <glib.h>
#include <stdbool.h>

/* A settings file of what an ini file says (`text` of `size` bytes, called `name`), and what
 * `words` of a command line (NULL ends) say after it: module:option=value, module:option, -f. Each
 * option without a counterpart is a comment with the reason. */
char *import_looking_glass(const char *name, const char *text, size_t size,
			   const char *const *words);

/* How a value of theirs becomes one of ours. NULL: it cannot. */
struct import_row;
typedef char *(*import_func)(const struct import_row *row, const char *value);

struct import_row {
	const char *option; /* "win:size" */
	char letter;        /* of their command line, or 0 */
	const char *toggle; /* what the option without a value means; NULL: it needs one */
	const char *target; /* "view.size", or NULL: nothing of ours */
	import_func convert;
	const char *const (*map)[2]; /* theirs, ours; {NULL} ends; ours NULL: nothing to say */
	const char *needs; /* another of theirs without which this one did nothing, or NULL */
	const char *note;  /* why there is no target, or what to know of it */
};

extern const struct import_row import_rows[];
extern const size_t import_row_count;

#endif
