/* QEMU's firmware descriptors: docs/interop/firmware.json of QEMU says what they hold. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "vm/host/facts.h"

#define FILE_MAX (64 << 10) /* bytes; they have 1 KiB */

static void firmware_free(gpointer data)
{
	struct facts_firmware *firmware = data;

	g_free(firmware->code);
	g_free(firmware->vars);
	g_free(firmware->vars_format);
	g_free(firmware);
}

/* ---- JSON, which may be anything ---- */

static JsonObject *object_in(JsonObject *object, const char *name)
{
	JsonNode *node = object ? json_object_get_member(object, name) : NULL;

	return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static JsonArray *array_in(JsonObject *object, const char *name)
{
	JsonNode *node = object ? json_object_get_member(object, name) : NULL;

	return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static const char *text_of(JsonNode *node)
{
	return node && JSON_NODE_HOLDS_VALUE(node) &&
			       json_node_get_value_type(node) == G_TYPE_STRING
		       ? json_node_get_string(node)
		       : NULL;
}

static const char *text_in(JsonObject *object, const char *name)
{
	return object ? text_of(json_object_get_member(object, name)) : NULL;
}

static bool has(JsonArray *array, const char *text)
{
	for (guint i = 0; array && i < json_array_get_length(array); i++)
		if (g_strcmp0(text_of(json_array_get_element(array, i)), text) == 0)
			return true;
	return false;
}

/* ---- one descriptor ---- */

static bool is_for_q35(JsonObject *root)
{
	JsonArray *targets = array_in(root, "targets");

	for (guint i = 0; targets && i < json_array_get_length(targets); i++) {
		JsonNode *node = json_array_get_element(targets, i);
		JsonObject *target = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
								  : NULL;
		JsonArray *machines = array_in(target, "machines");
		if (g_strcmp0(text_in(target, "architecture"), "x86_64") == 0 &&
		    (has(machines, "pc-q35-*") || has(machines, "q35")))
			return true;
	}
	return false;
}

static struct facts_firmware *take(JsonObject *root)
{
	JsonObject *mapping = object_in(root, "mapping");
	JsonObject *code = object_in(mapping, "executable");
	JsonObject *vars = object_in(mapping, "nvram-template");
	JsonArray *features = array_in(root, "features");

	if (!has(array_in(root, "interface-types"), "uefi") || !is_for_q35(root) ||
	    g_strcmp0(text_in(mapping, "device"), "flash") != 0 || !text_in(code, "filename") ||
	    !text_in(vars, "filename") || has(features, "amd-sev-es") || has(features, "intel-tdx"))
		return NULL;
	struct facts_firmware *firmware = g_new0(struct facts_firmware, 1);
	firmware->code = g_strdup(text_in(code, "filename"));
	firmware->vars = g_strdup(text_in(vars, "filename"));
	firmware->vars_format = g_strdup(text_in(vars, "format"));
	firmware->secure = has(features, "secure-boot");
	firmware->enrolled = has(features, "enrolled-keys");
	firmware->smm = has(features, "requires-smm");
	return firmware;
}

static struct facts_firmware *load(const char *path)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autofree char *text = NULL;
	gsize length;

	if (!g_file_get_contents(path, &text, &length, NULL) || length > FILE_MAX ||
	    !json_parser_load_from_data(parser, text, (gssize)length, NULL))
		return NULL;
	JsonNode *root = json_parser_get_root(parser);
	return root && JSON_NODE_HOLDS_OBJECT(root) ? take(json_node_get_object(root)) : NULL;
}

/* ---- all of them ---- */

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *names_in(const char *folder)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".json"))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, by_name);
	return names;
}

GPtrArray *host_firmwares(const char *sysroot, const char *folder)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(firmware_free);
	g_autofree char *whole = g_build_filename(sysroot, folder, NULL);
	g_autoptr(GPtrArray) names = names_in(whole);

	for (unsigned i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(whole, names->pdata[i], NULL);
		struct facts_firmware *firmware = load(path);
		if (firmware)
			g_ptr_array_add(all, firmware);
	}
	return all;
}
