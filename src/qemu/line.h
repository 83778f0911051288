/* qemu/line.h - one line of the monitor, before and after it is understood. Pure. */
#ifndef QEMU_LINE_H
#define QEMU_LINE_H

#include <json-glib/json-glib.h>
#include <stddef.h>

/* An object, for the caller to unref; NULL with `error`: it is none, or lies too deep for a parser
 * that goes down by recursion. */
JsonNode *line_parse(const char *text, size_t length, GError **error);

/* {"execute": COMMAND, "arguments": ARGUMENTS, "id": ID} and a newline; takes `arguments`. */
GString *line_make(const char *command, JsonObject *arguments, gint64 id);

#endif
