/* Tables of paths, and the one that every program has. */
#include <glob.h>
#include <string.h>

#include "base/mem.h"
#include "sandbox/sandbox.h"

#define READ  SANDBOX_READ
#define FILES (SANDBOX_READ | SANDBOX_WRITE)

static const struct sandbox_place system_places[] = {
	/* libraries, and what they load when they are needed */
	{ "/usr", READ },
	{ "/lib", READ },
	{ "/lib64", READ },
	{ "/nix/store", READ },
	{ "/gnu/store", READ },
	{ "/run/current-system", READ },
	{ "/etc/ld.so.cache", READ },
	{ "/etc/alternatives", READ },
	{ "/etc/localtime", READ },
	{ "/etc/locale.alias", READ },
	/* where a host is */
	{ "/etc/hosts", READ },
	{ "/etc/host.conf", READ },
	{ "/etc/nsswitch.conf", READ },
	{ "/etc/resolv.conf", READ },
	{ "/etc/gai.conf", READ },
	{ "/run/systemd/resolve", READ },
	/* what the kernel says of the machine */
	{ "/proc/self", READ },
	{ "/proc/cpuinfo", READ },
	{ "/proc/meminfo", READ },
	{ "/proc/stat", READ },
	{ "/dev/null", FILES },
	{ "/dev/zero", FILES },
	{ "/dev/random", READ },
	{ "/dev/urandom", READ },
};

static const char *folder_of(char letter)
{
	switch (letter) {
	case 'h':
		return g_get_home_dir();
	case 'c':
		return g_get_user_config_dir();
	case 'd':
		return g_get_user_data_dir();
	case 'C':
		return g_get_user_cache_dir();
	case 'r':
		return g_get_user_runtime_dir();
	default:
		g_assert_not_reached();
	}
}

static void add_pattern(struct sandbox_files *self, const char *pattern, unsigned rights)
{
	glob_t found;

	if (glob(pattern, GLOB_NOSORT, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		sandbox_files_add(self, found.gl_pathv[i], rights);
	globfree(&found);
}

static void add_place(struct sandbox_files *self, const struct sandbox_place *place)
{
	bool below = *place->path == '%';
	g_autofree char *full = g_strconcat(below ? folder_of(place->path[1]) : "",
					    place->path + (below ? 2 : 0), NULL);

	if (strchr(full, '*'))
		add_pattern(self, full, place->rights);
	else
		sandbox_files_add(self, full, place->rights);
}

void sandbox_files_add_places(struct sandbox_files *self, const struct sandbox_place *places,
			      size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_place(self, &places[i]);
}

void sandbox_files_add_system(struct sandbox_files *self)
{
	sandbox_files_add_places(self, system_places, ARRAY_LEN(system_places));
}
