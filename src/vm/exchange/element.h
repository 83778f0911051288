/* vm/exchange/element.h - an XML text as a tree of elements that know whether anybody looked at
 * them: what is left at the end was not understood.
 *
 * No document types and no entities but XML's own five; sizes and depth are limited. Pure.
 */
#ifndef VM_EXCHANGE_ELEMENT_H
#define VM_EXCHANGE_ELEMENT_H

#include <glib.h>
#include <stdbool.h>

enum {
	ELEMENT_TEXT_MAX = 1 << 20, /* bytes of a file */
	ELEMENT_DEPTH_MAX = 24,
	ELEMENT_COUNT_MAX = 10000,
};

struct attribute {
	char *name, *value;
	bool taken;
};

struct element {
	char *name;
	struct element *parent; /* NULL: the root */
	GPtrArray *attributes;  /* struct attribute */
	GPtrArray *children;    /* struct element */
	GString *text;
	unsigned number; /* among its parent's children of that name, from 0 */
	bool taken;
};

/* `name` stands in errors: "NAME:LINE:COLUMN: ...". */
struct element *element_parse(const char *name, const char *text, size_t length, GError **error);

void element_free(struct element *self); /* NULL is fine */

/* The first child of that name, or NULL; taken, and so are those on the way to it: "cpu/topology".
 * `self` may be NULL. */
struct element *element_find(struct element *self, const char *path);

/* NULL where there is none. Taken. `self` may be NULL. */
const char *element_attribute(struct element *self, const char *name);

/* Its text without blanks around it; "" for NULL. Taken. */
const char *element_text(struct element *self);

/* Children of that name, to be taken one by one. The caller unrefs. */
GPtrArray *element_all(struct element *self, const char *name);

/* All of it is done with. `self` may be NULL. */
void element_take_all(struct element *self);

/* "devices/disk[1]"; the caller frees. */
char *element_path(const struct element *self);

#endif
