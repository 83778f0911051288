/* view/settings/ini.h - lines of "[section]", "name = value" and "# comment". Pure; any thread.
 *
 * GKeyFile forgets on which line it was. */
#ifndef VIEW_INI_H
#define VIEW_INI_H

#include <glib.h>
#include <stdbool.h>

#define INI_SIZE   (256u << 10) /* bytes of a file; what is behind is not read */
#define INI_LENGTH 4096u        /* of a line */

struct ini_line {
	unsigned number; /* from 1 */
	const char *section, *name;
	const char *value; /* as it stands there, without blanks around; NULL without "=" */
	const char *wrong; /* not NULL: why the line is none of all this, nothing else is set */
};

typedef void (*ini_func)(void *data, const struct ini_line *line);

/* Calls for each line with a name, and for each that is wrong. `section` is "" before the first. */
void ini_read(const char *text, size_t size, ini_func func, void *data);

/* Takes quotes and " # comment" off; NULL where a quote is left open or something is behind it. */
char *ini_unquote(const char *value);

/* ini_unquote() of it is `text` again; quoted only where that is needed. */
char *ini_quote(const char *text);

#endif
