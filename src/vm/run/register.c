#include "vm/run/register.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vm/config/config.h"
#include "vm/run/lock.h"

#define NAME_MAX_CHARS 48
#define FILE_NOTE      "file" /* in a machine's state: where its YAML lies */
#define GROUP          "machine"

/* ---- places ---- */

char *register_run(const char *name)
{
	return g_build_filename(g_get_user_runtime_dir(), "oriel", name, NULL);
}

/* GLib knows it since 2.72. */
char *register_state(const char *name)
{
	const char *set = g_getenv("XDG_STATE_HOME");
	g_autofree char *usual = g_build_filename(g_get_home_dir(), ".local", "state", NULL);

	return g_build_filename(set && *set == '/' ? set : usual, "oriel", name, NULL);
}

char *register_file(const char *name, const char *file)
{
	g_autofree char *folder = register_run(name);

	return g_build_filename(folder, file, NULL);
}

gboolean register_is_name(const char *word)
{
	return g_ascii_isalnum(*word) && strlen(word) <= NAME_MAX_CHARS &&
	       strspn(word, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_.") == strlen(word);
}

/* ---- what a person means ---- */

static gboolean is_file(const char *word)
{
	return strchr(word, '/') || g_str_has_suffix(word, ".yaml") ||
	       g_str_has_suffix(word, ".yml");
}

static char *noted_file(const char *name)
{
	g_autofree char *folder = register_state(name);
	g_autofree char *note = g_build_filename(folder, FILE_NOTE, NULL);
	char *file = NULL;

	return g_file_get_contents(note, &file, NULL, NULL) ? g_strchomp(file) : NULL;
}

static char *usual_file(const char *name)
{
	g_autofree char *file = g_strconcat(name, ".yaml", NULL);

	return g_build_filename(g_get_user_config_dir(), "oriel", file, NULL);
}

char *register_find(const char *word, GError **error)
{
	if (is_file(word))
		return g_canonicalize_filename(word, NULL);
	g_autofree char *here = g_strconcat(word, ".yaml", NULL);
	char *places[] = { usual_file(word), register_is_name(word) ? noted_file(word) : NULL,
			   g_canonicalize_filename(here, NULL) };
	char *found = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		if (!found && places[i] && g_file_test(places[i], G_FILE_TEST_EXISTS))
			found = places[i];
		else
			g_free(places[i]);
	}
	if (!found)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "there is no machine %s: no %s here or in %s/oriel, and none of that "
			    "name was started before",
			    word, here, g_get_user_config_dir());
	return found;
}

char *register_name(const char *word, GError **error)
{
	if (!is_file(word) && register_is_name(word))
		return g_strdup(word);
	struct vm *vm = config_load(word, error);
	char *name = vm ? g_strdup(vm->name) : NULL;

	config_free(vm);
	return name;
}

/* ---- records ---- */

static char *record_path(const char *name)
{
	return register_file(name, "record");
}

static char *take_text(GKeyFile *file, const char *key)
{
	return g_key_file_get_string(file, GROUP, key, NULL);
}

struct record *record_read(const char *name)
{
	g_autofree char *lock = register_file(name, "lock");
	g_autofree char *path = record_path(name);
	g_autofree char *holder = lock_holder(lock);
	g_autoptr(GKeyFile) file = g_key_file_new();

	if (!holder)
		return NULL;
	struct record *self = g_new0(struct record, 1);
	self->name = g_strdup(name);
	self->pid = atoi(holder);
	if (g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL)) {
		self->file = take_text(file, "file");
		self->memory = take_text(file, "memory");
		self->spice = take_text(file, "spice");
		self->started = g_key_file_get_int64(file, GROUP, "started", NULL);
	}
	return self;
}

gboolean register_is_ending(const char *name)
{
	g_autofree char *lock = register_file(name, "lock");
	g_autofree char *holder = lock_holder(lock);
	int pid = holder ? atoi(holder) : 0;

	return pid > 0 && kill(pid, 0) != 0 && errno == ESRCH;
}

gboolean record_write(const struct record *self, GError **error)
{
	const char *const texts[][2] = { { "file", self->file },
					 { "memory", self->memory },
					 { "spice", self->spice } };
	g_autofree char *path = record_path(self->name);
	g_autoptr(GKeyFile) file = g_key_file_new();

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		if (texts[i][1])
			g_key_file_set_string(file, GROUP, texts[i][0], texts[i][1]);
	g_key_file_set_int64(file, GROUP, "started", self->started);
	return g_key_file_save_to_file(file, path, error);
}

void record_free(struct record *self)
{
	if (!self)
		return;
	g_free(self->name);
	g_free(self->file);
	g_free(self->memory);
	g_free(self->spice);
	g_free(self);
}

/* Its number is the keeper's as long as the lock says so. */
int record_open(const struct record *self)
{
	int fd = (int)syscall(SYS_pidfd_open, self->pid, 0);
	struct record *again = record_read(self->name);
	gboolean same = again && again->pid == self->pid;

	record_free(again);
	if (same || fd < 0)
		return fd;
	close(fd);
	return -1;
}

struct record *record_need(const char *word, GError **error)
{
	g_autofree char *name = register_name(word, error);
	struct record *self = name ? record_read(name) : NULL;

	if (name && !self)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "%s does not run; oriel up %s starts it, oriel ls lists what runs",
			    name, word);
	return self;
}

/* ---- all of them ---- */

static gint by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_names(GPtrArray *names, const char *folder, const char *suffix)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *entry;

	while (dir && (entry = g_dir_read_name(dir))) {
		g_autofree char *name = g_str_has_suffix(entry, suffix)
						? g_strndup(entry, strlen(entry) - strlen(suffix))
						: NULL;
		if (name && register_is_name(name) &&
		    !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
			g_ptr_array_add(names, g_steal_pointer(&name));
	}
}

GPtrArray *register_folders(void)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *folder = register_run(NULL);

	add_names(names, folder, "");
	g_ptr_array_sort(names, by_text);
	return names;
}

GPtrArray *register_running(void)
{
	GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
	g_autoptr(GPtrArray) names = register_folders();

	for (unsigned i = 0; i < names->len; i++) {
		struct record *record = record_read(names->pdata[i]);
		if (record)
			g_ptr_array_add(all, record);
	}
	return all;
}

GPtrArray *register_known(void)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *states = register_state(NULL);
	g_autofree char *files = g_build_filename(g_get_user_config_dir(), "oriel", NULL);

	add_names(names, states, "");
	for (unsigned i = names->len; i-- > 0;) {
		g_autofree char *file = noted_file(names->pdata[i]);
		if (!file)
			g_ptr_array_remove_index(names, i);
	}
	add_names(names, files, ".yaml");
	g_ptr_array_sort(names, by_text);
	return names;
}

void register_remember(const char *name, const char *file)
{
	g_autofree char *folder = register_state(name);
	g_autofree char *note = g_build_filename(folder, FILE_NOTE, NULL);
	g_autofree char *line = g_strconcat(file, "\n", NULL);

	g_mkdir_with_parents(folder, 0700);
	g_file_set_contents(note, line, -1, NULL);
}
