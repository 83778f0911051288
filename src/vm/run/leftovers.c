#include "vm/run/leftovers.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "vm/run/helper.h"
#include "vm/run/lock.h"
#include "vm/run/register.h"
#include "vm/run/uses.h"

#define LOCK "lock" /* goes last, by who has it */

#define TRIES  3000
#define TRY_US 10000

gboolean leftovers_found(const char *machine)
{
	g_autofree char *folder = register_run(machine);

	return g_file_test(folder, G_FILE_TEST_IS_DIR);
}

/* The name that oriel shmd gave it among the others. */
static void remove_link(const char *machine, const char *folder)
{
	g_autofree char *file = g_strconcat(machine, ".sock", NULL);
	g_autofree char *link = register_run(file);
	g_autofree char *target = g_file_read_link(link, NULL);

	if (target && g_str_has_prefix(target, folder) && target[strlen(folder)] == '/')
		g_unlink(link);
}

static gboolean remove_files(const char *folder, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *entry;

	while (dir && (entry = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, entry, NULL);
		if (strcmp(entry, LOCK) == 0 || g_unlink(path) == 0)
			continue;
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path,
			    g_strerror(errno));
		return FALSE;
	}
	return TRUE;
}

gboolean leftovers_clean(const char *machine, GError **error)
{
	g_autofree char *folder = register_run(machine);
	g_autofree char *memory = g_strconcat(REGISTER_MEMORY, machine, NULL);

	g_unlink(memory); /* if it is ours */
	remove_link(machine, folder);
	uses_sweep();
	return helper_restore(machine, error) && remove_files(folder, error);
}

/* TRUE: no more needs to be done, or `error` says why it cannot be. */
static gboolean clear_once(const char *machine, const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, LOCK, NULL);
	g_autoptr(GError) why = NULL;
	struct lock *lock = lock_take(path, "", &why);
	gboolean cleared = lock && leftovers_clean(machine, &why);

	lock_release(lock);
	if (cleared)
		return g_rmdir(folder) == 0 || errno == ENOENT;
	if (!lock && register_is_ending(machine))
		return FALSE;
	if (!leftovers_found(machine)) /* somebody else was faster */
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return TRUE;
}

/* Its processes hear of its keeper's end a moment later, and take a while to end. */
gboolean leftovers_clear(const char *machine, GError **error)
{
	g_autofree char *folder = register_run(machine);
	g_autoptr(GError) why = NULL;

	for (int i = 0; i < TRIES; i++, g_usleep(TRY_US)) {
		if (!clear_once(machine, folder, &why))
			continue;
		if (why)
			g_propagate_error(error, g_error_copy(why));
		return why == NULL;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
		    "something of %s does not end, or fills %s again and again", machine, folder);
	return FALSE;
}
