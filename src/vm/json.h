/* vm/json.h - what commands tell programs: members of an object, one by one, over json-glib's
 * builder. */
#ifndef VM_JSON_H
#define VM_JSON_H

#include <json-glib/json-glib.h>
#include <stdbool.h>

void json_put_text(JsonBuilder *out, const char *name, const char *text); /* NULL: null */
void json_put_number(JsonBuilder *out, const char *name, gint64 number);
void json_put_bool(JsonBuilder *out, const char *name, bool is);
void json_put_texts(JsonBuilder *out, const char *name, char *const *texts, size_t count);

/* What follows is in it, until json_builder_end_object() or json_builder_end_array(). */
void json_put_object(JsonBuilder *out, const char *name);
void json_put_array(JsonBuilder *out, const char *name);

/* All that was put, in lines that people can read too, without the last one's end. The caller
 * frees. */
char *json_text(JsonBuilder *out);

#endif
