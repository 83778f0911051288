#include "vm/run/attach.h"

#include <string.h>

struct qmp *attach(const char *word, struct record **record, GError **error)
{
	struct record *found = record_need(word, error);
	g_autofree char *path = found ? register_file(found->name, "qmp") : NULL;
	struct qmp *qmp = found ? qmp_connect(path, QMP_PATIENCE_MS, error) : NULL;

	if (qmp && record)
		*record = found;
	else
		record_free(found);
	return qmp;
}

gboolean attach_do(struct qmp *qmp, const char *command, JsonObject *arguments, GError **error)
{
	g_autoptr(JsonNode) value = qmp_call(qmp, command, arguments, error);

	return value != NULL;
}

char *attach_type(struct qmp *qmp, const char *line, GError **error)
{
	g_autoptr(JsonNode) value = qmp_call(qmp, "human-monitor-command",
					     qmp_words("command-line", line, NULL), error);

	if (!value)
		return NULL;
	gboolean text = JSON_NODE_HOLDS_VALUE(value) &&
			json_node_get_value_type(value) == G_TYPE_STRING;
	return g_strdup(text ? json_node_get_string(value) : "");
}

static gboolean has_kind(struct qmp *qmp, const char *path, const char *kind)
{
	g_autoptr(JsonNode) value = qmp_call(qmp, "qom-list", qmp_words("path", path, NULL), NULL);
	JsonArray *members = qmp_as_array(value);

	for (unsigned i = 0; members && i < json_array_get_length(members); i++) {
		JsonObject *member = qmp_as_object(json_array_get_element(members, i));
		const char *type = qmp_text(member, "type");
		if (type && g_str_has_prefix(type, "child<") && strstr(type, kind))
			return TRUE;
	}
	return FALSE;
}

gboolean attach_has_passthrough(struct qmp *qmp)
{
	return has_kind(qmp, "/machine/peripheral", "vfio") ||
	       has_kind(qmp, "/machine/peripheral-anon", "vfio");
}
