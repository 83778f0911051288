/* What the names of images promise. */
#include <string.h>

#include "vm/init/init.h"

static const struct {
	const char *pattern;
	enum vm_os os;
} names[] = {
	{ "win*11*", VM_WINDOWS11 },      { "win*10*", VM_WINDOWS10 },
	{ "*windows*11*", VM_WINDOWS11 }, { "*windows*10*", VM_WINDOWS10 },
	{ "*debian*", VM_LINUX },         { "*ubuntu*", VM_LINUX },
	{ "*fedora*", VM_LINUX },         { "*arch*", VM_LINUX },
	{ "*opensuse*", VM_LINUX },       { "*mint*", VM_LINUX },
	{ "*nixos*", VM_LINUX },          { "*linux*", VM_LINUX },
	{ "*rocky*", VM_LINUX },          { "*alma*", VM_LINUX },
	{ "*gentoo*", VM_LINUX },
};

static char *lower_name(const char *iso)
{
	g_autofree char *base = g_path_get_basename(iso);

	return g_ascii_strdown(base, -1);
}

bool init_guess_os(const char *iso, enum vm_os *out)
{
	g_autofree char *name = lower_name(iso);

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_pattern_match_simple(names[i].pattern, name)) {
			*out = names[i].os;
			return true;
		}
	return false;
}

bool init_is_drivers(const char *iso)
{
	g_autofree char *name = lower_name(iso);

	return g_str_has_prefix(name, "virtio-win");
}
