#include "view/find/find.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_SUFFIX ".sock"
#define SOCKET_IN     "shm.sock"

const struct find_where *find_usual(void)
{
	static const char *folders[3];
	static const struct find_where usual = { folders, "/dev", "/dev/shm" };

	if (!folders[0]) {
		folders[1] = "/run/oriel";
		folders[0] = g_build_filename(g_get_user_runtime_dir(), "oriel", NULL);
	}
	return &usual;
}

static void place_free(void *data)
{
	struct find_place *self = data;

	g_free(self->name);
	g_free(self->path);
	g_free(self);
}

static void add(GPtrArray *all, enum place_kind kind, const char *name, char *path)
{
	struct find_place *self = g_new0(struct find_place, 1);

	self->kind = kind;
	self->name = g_strdup(name);
	self->path = path;
	self->usable = g_access(path, R_OK | W_OK) == 0;
	g_ptr_array_add(all, self);
}

/* A datagram may not go to a stream's socket, which the kernel only says where somebody holds one
 * open. So the server learns nothing, and QEMU sees no peer come and go. */
static bool somebody_listens(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, failed;

	if (strlen(path) >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	failed = connect(fd, (const struct sockaddr *)&address, sizeof(address)) ? errno : 0;
	close(fd);
	return failed == EPROTOTYPE || failed == EACCES;
}

static bool known(const GPtrArray *all, const char *name)
{
	for (unsigned i = 0; i < all->len; i++)
		if (strcmp(((const struct find_place *)all->pdata[i])->name, name) == 0)
			return true;
	return false;
}

static void look_at_server(GPtrArray *all, const char *folder, const char *entry)
{
	g_autofree char *direct = g_build_filename(folder, entry, NULL);
	g_autofree char *inside = g_build_filename(direct, SOCKET_IN, NULL);
	g_autofree char *name = g_strdup(entry);
	bool is_folder = g_file_test(inside, G_FILE_TEST_EXISTS);

	if (!is_folder && !g_str_has_suffix(entry, SOCKET_SUFFIX))
		return;
	if (!is_folder)
		name[strlen(name) - strlen(SOCKET_SUFFIX)] = '\0';
	const char *path = is_folder ? inside : direct;
	if (!known(all, name) && somebody_listens(path))
		add(all, PLACE_MACHINE, name, g_strdup(path));
}

/* "kvmfr" -> kvmfr0, kvmfr1, ... */
static bool is_numbered(const char *entry, const char *stem)
{
	size_t length = strlen(stem);

	return g_str_has_prefix(entry, stem) && entry[length] &&
	       strspn(entry + length, "0123456789") == strlen(entry + length);
}

static void look_at_device(GPtrArray *all, const char *folder, const char *entry)
{
	if (is_numbered(entry, "kvmfr"))
		add(all, PLACE_DEVICE, "", g_build_filename(folder, entry, NULL));
}

static void look_at_file(GPtrArray *all, const char *folder, const char *entry)
{
	if (g_str_has_prefix(entry, "oriel") || g_str_has_prefix(entry, "looking-glass"))
		add(all, PLACE_FILE, "", g_build_filename(folder, entry, NULL));
}

static void look_into(GPtrArray *all, const char *folder,
		      void (*look)(GPtrArray *all, const char *folder, const char *entry))
{
	GDir *entries = g_dir_open(folder, 0, NULL);
	const char *entry;

	while (entries && (entry = g_dir_read_name(entries)))
		look(all, folder, entry);
	if (entries)
		g_dir_close(entries);
}

/* "kvmfr2" before "kvmfr10". */
static int compare(const void *a, const void *b)
{
	const struct find_place *first = *(void *const *)a, *second = *(void *const *)b;
	size_t lengths[] = { strlen(first->path), strlen(second->path) };

	if (first->kind != second->kind)
		return first->kind < second->kind ? -1 : 1;
	if (first->kind == PLACE_DEVICE && lengths[0] != lengths[1])
		return lengths[0] < lengths[1] ? -1 : 1;
	int order = strcmp(first->name, second->name);
	return order ? order : strcmp(first->path, second->path);
}

GPtrArray *find_places(const struct find_where *where)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(place_free);

	for (size_t i = 0; where->servers[i]; i++)
		look_into(all, where->servers[i], look_at_server);
	look_into(all, where->devices, look_at_device);
	look_into(all, where->files, look_at_file);
	g_ptr_array_sort(all, compare);
	return all;
}

static bool suits(const struct find_place *place, enum place_kind kind, bool usable, const char *vm)
{
	return place->kind == kind && place->usable == usable &&
	       (!vm || kind != PLACE_MACHINE || strcmp(place->name, vm) == 0);
}

/* Kinds that may be opened come before those that may not. */
GPtrArray *find_choices(const GPtrArray *all, const char *vm)
{
	GPtrArray *choices = g_ptr_array_new();

	for (int usable = 1; usable >= 0; usable--)
		for (int kind = PLACE_MACHINE; kind <= PLACE_FILE && !choices->len; kind++)
			for (unsigned i = 0; i < all->len; i++)
				if (suits(all->pdata[i], (enum place_kind)kind, usable, vm))
					g_ptr_array_add(choices, all->pdata[i]);
	return choices;
}

char *find_nothing(const struct find_where *where, const char *vm)
{
	g_autofree char *folders = g_strjoinv(" or ", (char **)where->servers);

	return g_strdup_printf("no machine's server listens at %s.sock in %s, "
			       "and there is neither %s/kvmfr0, %s/oriel nor %s/looking-glass. "
			       "Start the virtual machine, or name its memory with --memory=PATH",
			       vm ? vm : "NAME", folders, where->devices, where->files,
			       where->files);
}

char *place_option(const struct find_place *self)
{
	g_autofree char *word = g_strconcat(self->kind == PLACE_MACHINE ? "--vm=" : "--memory=",
					    *self->name ? self->name : self->path, NULL);

	return strpbrk(word, " \t\n\"'\\$`&|;<>()*?[]{}#~!") ? g_shell_quote(word)
							     : g_steal_pointer(&word);
}
