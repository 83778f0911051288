/* vm/config/value.h - what one word of a machine's file means. Pure; any thread. */
#ifndef VM_CONFIG_VALUE_H
#define VM_CONFIG_VALUE_H

#include "vm/config/schema.h"
#include "vm/config/vm.h"

/* Writes what `text` means for `row` to `field`, which holds zeros. `folder` is where relative
 * paths begin. NULL where it is fine; else what is wrong and what would do, for the caller to
 * free; nothing was written then. `row`'s kind is below ROW_WORD_KINDS. */
char *value_read(const struct row *row, const char *text, const char *folder, void *field);

/* As somebody would write it; the caller frees. */
char *value_write(const struct row *row, const void *field);

/* Frees what hangs at the field. */
void value_clear(const struct row *row, void *field);

/* The parts, for other rooms that read what people write. */
bool value_parse_pci(const char *text, struct pci_address *out);
bool value_parse_size(const char *text, uint64_t *out);
char *value_pci_text(const struct pci_address *pci); /* "0000:01:00.0" */

#endif
