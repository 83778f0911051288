/* vm/config/mistakes.h - what is wrong with a file, all of it, in the order of the file. Pure. */
#ifndef VM_CONFIG_MISTAKES_H
#define VM_CONFIG_MISTAKES_H

#include <glib.h>

#include "vm/config/tree.h"

struct mistakes {
	const char *name;   /* of the file */
	GPtrArray *all;     /* struct mistake */
	GHashTable *places; /* what was read -> struct place: where it stood */
};

void mistakes_init(struct mistakes *self, const char *name);
void mistakes_finish(struct mistakes *self);

/* At `at`; `path` is what a person calls the place: "gpus[0].device". */
G_GNUC_PRINTF(4, 5)
void mistakes_add(struct mistakes *self, const struct tree *at, const char *path,
		  const char *format, ...);

/* `field` was read at `at`, which must stay. */
void mistakes_remember(struct mistakes *self, const void *field, const struct tree *at,
		       const char *path);

/* What was read into `field` does not go with the rest; where the file says nothing of it, its
 * beginning is the place. */
G_GNUC_PRINTF(3, 4)
void mistakes_of(struct mistakes *self, const void *field, const char *format, ...);

/* The file has a word on it. */
bool mistakes_was_read(const struct mistakes *self, const void *field);

/* FALSE and all of them, at most `max` told, where there is one. */
gboolean mistakes_none(struct mistakes *self, unsigned max, GError **error);

#endif
