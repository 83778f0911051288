/* vm/init/setup.h - the CD by which Windows installs itself: answers, and what is run at the first
 * log-on. */
#ifndef VM_INIT_SETUP_H
#define VM_INIT_SETUP_H

#include <glib.h>

#include "vm/init/answer.h"

/* `tools`: a folder whose files come along, or NULL. The image holds the password, so only its
 * owner may read it. Blocks. */
gboolean setup_make(const struct answers *answers, const char *tools, const char *path,
		    GError **error);

/* From the terminal, twice and unseen, or a line of standard input where that is none. NULL:
 * `error`. The caller frees. */
char *setup_ask_password(const char *user, GError **error);

/* The first line of a file, of "-" standard input, which is asked for at a terminal. NULL: `error`.
 * The caller frees. */
char *setup_read_key(const char *file, GError **error);

#endif
