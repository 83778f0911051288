#include "qemu/line.h"

#include <gio/gio.h>
#include <stdbool.h>

#include "qemu/qmp.h"

/* Brackets, but not those in strings. */
static bool is_deep(const char *text, size_t length)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < length; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == '{' || text[i] == '[') && ++depth > QMP_DEPTH_MAX)
			return true;
		else if (!quoted && (text[i] == '}' || text[i] == ']'))
			depth--;
	}
	return false;
}

JsonNode *line_parse(const char *text, size_t length, GError **error)
{
	g_autoptr(JsonParser) parser = json_parser_new_immutable();

	if (is_deep(text, length)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			    "QEMU sent what lies more than %d levels deep", QMP_DEPTH_MAX);
		return NULL;
	}
	if (!g_utf8_validate(text, (gssize)length, NULL) ||
	    !json_parser_load_from_data(parser, text, (gssize)length, NULL) ||
	    !qmp_as_object(json_parser_get_root(parser))) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
			    "QEMU sent what is no JSON object: %.*s", (int)MIN(length, 40), text);
		return NULL;
	}
	return json_node_ref(json_parser_get_root(parser));
}

GString *line_make(const char *command, JsonObject *arguments, gint64 id)
{
	g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
	JsonObject *whole = json_object_new();

	json_object_set_string_member(whole, "execute", command);
	if (arguments)
		json_object_set_object_member(whole, "arguments", arguments);
	json_object_set_int_member(whole, "id", id);
	json_node_take_object(node, whole);
	g_autofree char *text = json_to_string(node, FALSE);
	GString *line = g_string_new(text);
	return g_string_append_c(line, '\n');
}
