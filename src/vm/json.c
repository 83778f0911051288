#include "vm/json.h"

void json_put_text(JsonBuilder *out, const char *name, const char *text)
{
	json_builder_set_member_name(out, name);
	if (text)
		json_builder_add_string_value(out, text);
	else
		json_builder_add_null_value(out);
}

void json_put_number(JsonBuilder *out, const char *name, gint64 number)
{
	json_builder_set_member_name(out, name);
	json_builder_add_int_value(out, number);
}

void json_put_bool(JsonBuilder *out, const char *name, bool is)
{
	json_builder_set_member_name(out, name);
	json_builder_add_boolean_value(out, is);
}

void json_put_texts(JsonBuilder *out, const char *name, char *const *texts, size_t count)
{
	json_put_array(out, name);
	for (size_t i = 0; i < count; i++)
		json_builder_add_string_value(out, texts[i]);
	json_builder_end_array(out);
}

void json_put_object(JsonBuilder *out, const char *name)
{
	json_builder_set_member_name(out, name);
	json_builder_begin_object(out);
}

void json_put_array(JsonBuilder *out, const char *name)
{
	json_builder_set_member_name(out, name);
	json_builder_begin_array(out);
}

char *json_text(JsonBuilder *out)
{
	g_autoptr(JsonNode) root = json_builder_get_root(out);

	return json_to_string(root, TRUE);
}
