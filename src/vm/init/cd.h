/* vm/init/cd.h - makes the image of a CD, by a program for that. */
#ifndef VM_INIT_CD_H
#define VM_INIT_CD_H

#include <glib.h>

/* Who makes it; NULL with the package's name in `error`. The caller frees. */
char *cd_program(GError **error);

/* A file or folder, and where it is on the CD: "oriel", "oriel/first-logon.cmd". */
struct cd_entry {
	const char *place, *file;
};

/* Image `path` of those entries, up to the one without a place; for its owner alone. Replaces a
 * file. Blocks for as long as that takes. */
gboolean cd_make(const char *program, const struct cd_entry *entries, const char *label,
		 const char *path, GError **error);

#endif
