/* document-vm man FILE | schema: oriel.yaml(5) with its keys in the place of @KEYS@, or a JSON
 * schema by which editors complete and check a file. For the build. */
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#include "vm/config/schema.h"

/* ---- the manual, in scdoc ---- */

/* What scdoc would take for its own is escaped. */
static char *plain(const char *text)
{
	GString *out = g_string_new(NULL);

	for (; *text; text++) {
		if (strchr("_*\\~<[", *text))
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
	return g_string_free(out, FALSE);
}

static void print_value(const struct row *row)
{
	if (row->kind == ROW_ENUM) {
		g_autofree char *names = g_strjoinv("*, *", (char **)row->names);
		printf("\tOne of *%s*", names);
	} else if (row->kind == ROW_INT) {
		printf("\tA number from %lld to %lld", row->min, row->max);
	} else {
		const char *name = row_kind_name(row->kind);
		printf("\t%c%s", g_ascii_toupper(*name), name + 1);
	}
	if (row->initial) {
		g_autofree char *initial = plain(row->initial);
		printf("; by default *%s*", initial);
	}
	printf(".%s", row->needed ? " Needed." : "");
	if (row->example && row->kind != ROW_ENUM) {
		g_autofree char *example = plain(row->example);
		printf(" For example: *%s: %s*", row->name, example);
	}
	printf("\n");
}

static void print_sections(const struct section *section, const char *path);

static void print_rows(const struct section *section)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct row *row = &section->rows[i];
		g_autofree char *help = plain(row->help);
		printf("*%s*\n\t%s.\n\n", row->name, help);
		if (row->kind < ROW_LIST)
			print_value(row);
		else
			printf("\tSee below.\n");
		printf("\n");
	}
}

/* What is one word has no section of its own. */
static bool has_page(const struct row *row)
{
	return row->of && (row->of->count > 1 || !row->of->alone);
}

static void print_alone(const struct row *row)
{
	if (row->kind == ROW_LIST)
		printf("A list; one alone may stand without it. ");
	if (row->of->alone)
		printf("A word by itself is its *%s*.", row->of->alone);
	printf("\n\n");
}

static void print_sections(const struct section *section, const char *path)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct row *row = &section->rows[i];
		if (!has_page(row))
			continue;
		g_autofree char *name = g_strconcat(path, row->name, NULL);
		printf("## %s\n\n", name);
		print_alone(row);
		print_rows(row->of);
		g_autofree char *below = g_strconcat(name, ".", NULL);
		print_sections(row->of, below);
	}
}

static int print_man(const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, &error)) {
		fprintf(stderr, "document-vm: %s\n", error->message);
		return 1;
	}
	g_auto(GStrv) parts = g_strsplit(text, "@KEYS@\n", 2);
	printf("%s", parts[0]);
	print_rows(&schema);
	print_sections(&schema, "");
	printf("%s", parts[1] ? parts[1] : "");
	return 0;
}

/* ---- the schema ---- */

static JsonObject *describe_section(const struct section *section);

static JsonNode *take_object(JsonObject *object)
{
	JsonNode *node = json_node_new(JSON_NODE_OBJECT);

	json_node_take_object(node, object);
	return node;
}

static JsonObject *typed(const char *type)
{
	JsonObject *object = json_object_new();

	json_object_set_string_member(object, "type", type);
	return object;
}

static void add_names(JsonObject *object, const char *const *names)
{
	JsonArray *array = json_array_new();

	for (; *names; names++)
		json_array_add_string_element(array, *names);
	json_object_set_array_member(object, "enum", array);
}

/* YAML's readers make booleans of what looks like one. */
static JsonObject *switch_object(bool automatic)
{
	JsonObject *object = json_object_new();
	JsonArray *array = json_array_new();

	json_array_add_boolean_element(array, TRUE);
	json_array_add_boolean_element(array, FALSE);
	for (const char *const *word = (const char *const[]){ "yes", "no", "on", "off", NULL };
	     *word; word++)
		json_array_add_string_element(array, *word);
	if (automatic)
		json_array_add_string_element(array, "auto");
	json_object_set_array_member(object, "enum", array);
	return object;
}

static JsonObject *either(JsonNode *one, JsonNode *other)
{
	JsonObject *object = json_object_new();
	JsonArray *array = json_array_new();

	json_array_add_element(array, one);
	json_array_add_element(array, other);
	json_object_set_array_member(object, "anyOf", array);
	return object;
}

static JsonObject *list_of(JsonNode *item)
{
	JsonObject *list = typed("array");

	json_object_set_member(list, "items", item);
	return list;
}

/* A text, or a number that looks like none. */
static JsonObject *word_object(void)
{
	return either(take_object(typed("string")), take_object(typed("number")));
}

static JsonObject *describe_row(const struct row *row)
{
	JsonObject *object;

	switch (row->kind) {
	case ROW_BOOL:
	case ROW_SWITCH:
		return switch_object(row->kind == ROW_SWITCH);
	case ROW_INT:
		object = typed("integer");
		json_object_set_int_member(object, "minimum", row->min);
		json_object_set_int_member(object, "maximum", row->max);
		return object;
	case ROW_ENUM:
		object = json_object_new();
		add_names(object, row->names);
		return object;
	case ROW_TEXTS:
		return either(take_object(typed("string")),
			      take_object(list_of(take_object(typed("string")))));
	case ROW_COMMANDS:
		return list_of(take_object(list_of(take_object(typed("string")))));
	case ROW_LIST:
		return either(take_object(describe_section(row->of)),
			      take_object(list_of(take_object(describe_section(row->of)))));
	case ROW_MAP:
		return describe_section(row->of);
	default:
		return word_object();
	}
}

static JsonObject *describe_keys(const struct section *section)
{
	JsonObject *object = typed("object"), *keys = json_object_new();
	JsonArray *needed = json_array_new();

	for (size_t i = 0; i < section->count; i++) {
		const struct row *row = &section->rows[i];
		JsonObject *key = describe_row(row);
		json_object_set_string_member(key, "description", row->help);
		json_object_set_object_member(keys, row->name, key);
		if (row->needed)
			json_array_add_string_element(needed, row->name);
	}
	json_object_set_object_member(object, "properties", keys);
	json_object_set_boolean_member(object, "additionalProperties", FALSE);
	if (json_array_get_length(needed))
		json_object_set_array_member(object, "required", needed);
	else
		json_array_unref(needed);
	return object;
}

static JsonObject *describe_section(const struct section *section)
{
	JsonObject *keys = describe_keys(section);

	return section->alone ? either(take_object(word_object()), take_object(keys)) : keys;
}

static int print_schema(void)
{
	JsonObject *object = describe_keys(&schema);

	json_object_set_string_member(object, "$schema", "http://json-schema.org/draft-07/schema#");
	json_object_set_string_member(object, "title", "A virtual machine of Oriel");
	g_autoptr(JsonNode) root = take_object(object);
	g_autofree char *text = json_to_string(root, TRUE);
	printf("%s\n", text);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "man") == 0)
		return print_man(argv[2]);
	if (argc == 2 && strcmp(argv[1], "schema") == 0)
		return print_schema();
	fprintf(stderr, "usage: document-vm man FILE | schema\n");
	return 2;
}
