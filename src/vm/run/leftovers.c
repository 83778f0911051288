#include "vm/run/leftovers.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
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

	return g_file_test(folder, G_FILE_TEST_IS_DIR) || helper_left(machine);
}

/* One that is starting has no lock yet, one that has ended has none any more. */
static gboolean was_killed(const char *machine)
{
	g_autofree char *lock = register_file(machine, LOCK);
	g_autofree char *holder = lock_holder(lock);

	return !holder && (g_file_test(lock, G_FILE_TEST_EXISTS) || helper_left(machine));
}

static void add_killed(GPtrArray *names, const GPtrArray *some)
{
	for (unsigned i = 0; i < some->len; i++)
		if (!g_ptr_array_find_with_equal_func(names, some->pdata[i], g_str_equal, NULL) &&
		    was_killed(some->pdata[i]))
			g_ptr_array_add(names, g_strdup(some->pdata[i]));
}

/* Some never came as far as to be known, of others the run folder went with the session. */
GPtrArray *leftovers_all(void)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) known = register_known(), folders = register_folders();

	add_killed(names, known);
	add_killed(names, folders);
	return names;
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

/* By who lives: else it is about to be free, or was freed since, or another one clears up. */
static gboolean is_kept(const char *path)
{
	g_autofree char *holder = lock_holder(path);
	int pid = holder ? atoi(holder) : 0;

	return pid > 0 && (kill(pid, 0) == 0 || errno != ESRCH);
}

/* TRUE: no more needs to be done, or `error` says why it cannot be. */
static gboolean clear_once(const char *machine, const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, LOCK, NULL);
	g_autoptr(GError) why = NULL;
	g_mkdir_with_parents(folder, 0700); /* what root did may be all that is left */
	struct lock *lock = lock_take(path, "", &why);
	gboolean cleared = lock && leftovers_clean(machine, &why);

	lock_release(lock);
	if (cleared)
		return g_rmdir(folder) == 0 || errno == ENOENT;
	if (!lock && g_error_matches(why, G_IO_ERROR, G_IO_ERROR_BUSY) && !is_kept(path))
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
