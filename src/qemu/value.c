/* What QEMU returned may be anything. */
#include "qemu/qmp.h"

static JsonNode *member(JsonObject *object, const char *name)
{
	return object ? json_object_get_member(object, name) : NULL;
}

const char *qmp_text(JsonObject *object, const char *name)
{
	JsonNode *node = member(object, name);

	return node && JSON_NODE_HOLDS_VALUE(node) &&
			       json_node_get_value_type(node) == G_TYPE_STRING
		       ? json_node_get_string(node)
		       : NULL;
}

gint64 qmp_number(JsonObject *object, const char *name)
{
	JsonNode *node = member(object, name);

	return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64
		       ? json_node_get_int(node)
		       : 0;
}

JsonObject *qmp_object(JsonObject *object, const char *name)
{
	return qmp_as_object(member(object, name));
}

JsonArray *qmp_array(JsonObject *object, const char *name)
{
	return qmp_as_array(member(object, name));
}

JsonObject *qmp_as_object(JsonNode *node)
{
	return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonArray *qmp_as_array(JsonNode *node)
{
	return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

JsonObject *qmp_words(const char *name, ...)
{
	JsonObject *object = json_object_new();
	va_list args;

	va_start(args, name);
	for (; name; name = va_arg(args, const char *))
		json_object_set_string_member(object, name, va_arg(args, const char *));
	va_end(args);
	return object;
}
