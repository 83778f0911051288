#include "vm/run/snapshot_list.h"

#include <string.h>

static void snapshot_free(gpointer data)
{
	struct snapshot *self = data;

	g_free(self->tag);
	g_free(self);
}

GPtrArray *snapshots_new(void)
{
	return g_ptr_array_new_with_free_func(snapshot_free);
}

const struct snapshot *snapshots_find(const GPtrArray *all, const char *tag)
{
	for (unsigned i = 0; i < all->len; i++)
		if (strcmp(((const struct snapshot *)all->pdata[i])->tag, tag) == 0)
			return all->pdata[i];
	return NULL;
}

void snapshots_add(GPtrArray *all, JsonArray *array)
{
	for (unsigned i = 0; array && i < json_array_get_length(array); i++) {
		JsonObject *object = qmp_as_object(json_array_get_element(array, i));
		const char *tag = qmp_text(object, "name");
		if (!tag || snapshots_find(all, tag))
			continue;
		struct snapshot *snapshot = g_new(struct snapshot, 1);
		*snapshot = (struct snapshot){ g_strdup(tag), qmp_number(object, "date-sec"),
					       qmp_number(object, "vm-state-size") };
		g_ptr_array_add(all, snapshot);
	}
}

gboolean snapshots_check(const GPtrArray *all, enum snapshot_verb verb, const char *tag,
			 GError **error)
{
	gboolean there = snapshots_find(all, tag) != NULL;

	if (there == (verb != SNAPSHOT_CREATE))
		return TRUE;
	g_set_error(error, G_IO_ERROR, there ? G_IO_ERROR_EXISTS : G_IO_ERROR_NOT_FOUND,
		    there ? "there is a snapshot %s already; delete it first"
			  : "there is no snapshot %s",
		    tag);
	return FALSE;
}
