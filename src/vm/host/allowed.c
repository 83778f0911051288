#include "vm/host/allowed.h"

#include <glib.h>
#include <string.h>

char *allowed_load(const char *sysroot)
{
	g_autofree char *path = g_build_filename(sysroot, "/etc/oriel/devices", NULL);
	char *text;

	return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

bool allowed_has(const char *text, const struct pci_address *address)
{
	char name[PCI_ADDRESS_LENGTH];

	pci_address_format(address, name);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (g_str_has_prefix(line, name) && !g_ascii_isxdigit(line[strlen(name)]))
			return true;
	}
	return false;
}
