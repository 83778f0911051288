/* view/settings/command.h - argv against the schema. Any thread. */
#ifndef VIEW_COMMAND_H
#define VIEW_COMMAND_H

#include <glib.h>

#include "view/settings/file.h"

/* --NAME=VALUE, --NAME VALUE, --NAME and --no-NAME of a bool, -n. Into `out`, an array of struct
 * assignment; what is no option into `rest`, both in argv's order. */
gboolean command_parse(GPtrArray *out, GPtrArray *rest, int argc, char *const *argv,
		       GError **error);

#endif
