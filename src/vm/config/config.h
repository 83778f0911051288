/* vm/config/config.h - a machine's file, read and checked.
 *
 * All mistakes of a file are told at once, each as "FILE:LINE:COLUMN: PATH: what is wrong and what
 * would do", in the order of the file; what does not go together is told once each word is right.
 */
#ifndef VM_CONFIG_CONFIG_H
#define VM_CONFIG_CONFIG_H

#include "vm/config/vm.h"

enum { CONFIG_MISTAKES_MAX = 20 }; /* more are counted, not told */

/* NULL: `error` has the mistakes, one a line. */
struct vm *config_load(const char *path, GError **error);

/* The same of a text; `name` stands in errors, relative paths begin at `folder`. Pure. */
struct vm *config_parse(const char *name, const char *text, size_t length, const char *folder,
			GError **error);

/* One that nobody wrote a word on: only its name. NULL where the name will not do. */
struct vm *config_new(const char *name);

/* Does the desktop end for it? Then terminals go along, and whoever sat there. Pure. */
bool config_takes_desktop(const struct vm *self);

struct section;

/* One more for a list, with its defaults; config_free() frees it with the list. */
void *config_add(GPtrArray *list, const struct section *section);

void config_free(struct vm *self); /* NULL is fine */

#endif
