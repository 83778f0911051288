/* vm/config/write.h - a machine as a file would say it; the rows are the same as the reader's.
 * Pure.
 */
#ifndef VM_CONFIG_WRITE_H
#define VM_CONFIG_WRITE_H

#include "vm/config/schema.h"
#include "vm/config/vm.h"

/* What is as it would be without a word is left out. Each item of a list has a line of its own, and
 * so has each key of a map. The caller frees. */
char *config_write(const struct vm *vm);

/* The same for somebody who will go on by hand: each part with its help and, where the table has
 * its name, what `remarks` says ("cpu" -> text, of one line); parts that are left out as an example
 * in a comment. */
char *config_write_commented(const struct vm *vm, GHashTable *remarks);

/* One word as YAML has it, quoted where it must be; the caller frees. */
char *config_quote(const char *text);

#endif
