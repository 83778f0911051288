/* view/settings/file.h - what one settings file says, checked against the schema. Any thread. */
#ifndef VIEW_SETTINGS_FILE_H
#define VIEW_SETTINGS_FILE_H

#include <glib.h>

#include "view/settings/schema.h"

/* One line that is right. */
struct assignment {
	const struct setting *row;
	char *text;
	char *vm; /* [vm NAME]; NULL: of all machines */
	unsigned line;
};

/* An array of them; the texts are copied. */
GPtrArray *assignments_new(void);
void assignments_add(GPtrArray *self, const struct setting *row, const char *text, const char *vm,
		     unsigned line);

struct settings_file {
	char *name;             /* before each complaint */
	GPtrArray *assignments; /* of struct assignment, in the file's order */
	GPtrArray *complaints;  /* of char *, FILE:LINE: first; the rest was read all the same */
	GPtrArray *later;       /* of char *, "LINE: NAME": right, but without effect yet */
};

/* Never NULL. */
struct settings_file *settings_file_parse(const char *name, const char *text, size_t size);

/* NULL and `error` where it cannot be read at all. */
struct settings_file *settings_file_load(const char *path, GError **error);

/* At most as much as ini_read() reads and one byte. NULL and `error` where that fails. */
GByteArray *settings_slurp(const char *path, GError **error);

/* NULL is fine. */
void settings_file_free(struct settings_file *self);

#endif
