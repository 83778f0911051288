#include "vm/host/types.h"

#include <string.h>

#include "shm/sysfs.h"
#include "vm/host/read.h"
#include "vm/host/text.h"
#include "vm/plan/facts.h"

#define TYPES_MAX 256
#define MADE_MAX  1024

/* ---- mediated devices: Documentation/ABI/testing/sysfs-bus-vfio-mdev ---- */

static char **read_made(const char *type)
{
	g_autofree char *folder = g_build_filename(type, "devices", NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)) && made->len < MADE_MAX)
		if (g_uuid_string_is_valid(name))
			g_ptr_array_add(made, g_strdup(name));
	g_ptr_array_add(made, NULL);
	return (char **)g_ptr_array_steal(made, NULL);
}

static struct facts_type *read_type(const char *folder, const char *id)
{
	g_autofree char *dir = g_build_filename(folder, id, NULL);
	struct facts_type *type = g_new0(struct facts_type, 1);

	type->id = g_strdup(id);
	type->name = read_parsed(dir, "name", text_line);
	type->description = read_parsed(dir, "description", text_lines);
	type->free = read_count(dir, "available_instances");
	type->made = read_made(dir);
	return type;
}

static gint by_id(gconstpointer a, gconstpointer b)
{
	const struct facts_type *one = *(struct facts_type *const *)a;
	const struct facts_type *other = *(struct facts_type *const *)b;

	return strcmp(one->id, other->id);
}

/* What a driver calls its types goes into paths and on terminals. */
static bool is_id(const char *name)
{
	return g_ascii_isalnum(*name) && strlen(name) < TEXT_LINE_MAX &&
	       strspn(name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "._-") == strlen(name);
}

GPtrArray *types_mediated(const char *device)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(text_type_free);
	g_autofree char *folder = g_build_filename(device, "mdev_supported_types", NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)) && all->len < TYPES_MAX)
		if (is_id(name))
			g_ptr_array_add(all, read_type(folder, name));
	g_ptr_array_sort(all, by_id);
	return all;
}

/* ---- NVIDIA's own way ---- */

GPtrArray *types_vgpus(const char *device)
{
	char text[4 * READ_MAX];

	if (sysfs_read(device, "nvidia/creatable_vgpu_types", text, sizeof(text)) < 0)
		*text = '\0';
	return text_vgpus(text);
}
