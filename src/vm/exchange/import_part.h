/* vm/exchange/import_part.h - what importers share; for import_*.c only. */
#ifndef VM_EXCHANGE_IMPORT_PART_H
#define VM_EXCHANGE_IMPORT_PART_H

#include "vm/config/schema.h"
#include "vm/config/vm.h"
#include "vm/exchange/element.h"
#include "vm/exchange/import.h"

struct import {
	struct vm *vm;
	GPtrArray *lost; /* char * */
};

/* A machine of that name, or of what can be made of it. */
void import_begin(struct import *self, const char *name, GPtrArray *lost);

/* "PLACE: WHY". */
G_GNUC_PRINTF(3, 4)
void import_lose(struct import *self, const char *place, const char *why, ...);

/* `text` for a key of the machine's part ("cpu", "model"); part NULL: of the machine itself. What
 * will not do is told as lost at `place`. NULL as text: nothing to do. */
void import_set(struct import *self, const char *part, const char *key, const char *text,
		const char *place);

G_GNUC_PRINTF(5, 6)
void import_setf(struct import *self, const char *part, const char *key, const char *place,
		 const char *text, ...);

/* One more for a list ("disks"), and a key of it. */
void *import_add(struct import *self, const char *part);
void import_set_of(struct import *self, void *item, const char *part, const char *key,
		   const char *text, const char *place);

/* One more for a list within an item ("forward" of a network), of which `row` is all. Not added
 * where it will not do. */
void import_add_value(struct import *self, GPtrArray *list, const struct section *section,
		      const struct row *row, const char *text, const char *place);

/* A text for `qemu` or another list of texts. */
void import_append(char ***list, const char *text);

/* The file; what was begun is freed. NULL: `error`. */
char *import_finish(struct import *self, const char *source, GError **error);

/* Nothing comes of it. */
void import_drop(struct import *self);

/* import_libvirt.c's parts. */
void import_processors(struct import *self, struct element *domain);
void import_devices(struct import *self, struct element *devices);
void import_disks(struct import *self, struct element *devices);
void import_networks(struct import *self, struct element *devices);
void import_hostdevs(struct import *self, struct element *devices);
void import_arguments(struct import *self, struct element *domain);

#endif
