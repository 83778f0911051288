/* vm/config/tree.h - a YAML text as a tree that knows where each word of it stood.
 *
 * Of YAML 1.2 it takes what a person writes by hand: one document of maps, lists and texts.
 * Anchors, aliases, tags, directives and keys that are no plain words are refused with their place:
 * a file that drives root steps should mean what it looks like. Pure; any thread.
 */
#ifndef VM_CONFIG_TREE_H
#define VM_CONFIG_TREE_H

#include <glib.h>
#include <stdbool.h>

enum {
	TREE_TEXT_MAX = 1 << 20, /* bytes of a file */
	TREE_DEPTH_MAX = 16,
	TREE_NODES_MAX = 10000,
};

enum tree_kind { TREE_TEXT, TREE_LIST, TREE_MAP };

struct tree {
	enum tree_kind kind;
	unsigned line, column; /* from 1 */
	char *key;             /* in the map that it is part of; else NULL */
	char *text;            /* TREE_TEXT */
	bool quoted;           /* the text was: it is no number and no "no" */
	GPtrArray *items;      /* TREE_LIST and TREE_MAP: struct tree */
};

/* `name` stands in errors, "NAME:LINE:COLUMN: ...". An empty text is an empty map. */
struct tree *tree_parse(const char *name, const char *text, size_t length, GError **error);

/* Reads the file first. */
struct tree *tree_load(const char *path, GError **error);

/* NULL where a map has no such key. */
const struct tree *tree_find(const struct tree *self, const char *key);

/* A key without a value: "disks:". */
bool tree_is_empty(const struct tree *self);

/* NULL is fine. */
void tree_free(struct tree *self);

#endif
