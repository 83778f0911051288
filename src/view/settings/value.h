/* view/settings/value.h - texts into the fields of struct options, and back. Any thread. */
#ifndef VIEW_VALUE_H
#define VIEW_VALUE_H

#include "view/options.h"
#include "view/settings/schema.h"

/* Into the row's field. False: nothing changed and `why` says what would be right, to stand behind
 * "NAME=TEXT: ". */
bool value_set(struct options *options, const struct setting *row, const char *text, GString *why);

/* Would value_set() take it? */
bool value_right(const struct setting *row, const char *text, GString *why);

/* As somebody would write it; value_set() of it changes nothing. */
char *value_print(const struct options *options, const struct setting *row);

/* Frees what the field holds; it is zero then. */
void value_clear(struct options *options, const struct setting *row);

/* The default into each field of a zeroed struct. */
void values_init(struct options *options);
void values_clear(struct options *options);

#endif
