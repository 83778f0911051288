#include "vm/paths.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "base/mem.h"

/* Relative to the directory of the running program; %s is the name asked for. */
static const char *const program_places[] = {
	"%s",                     /* installed: all in one bin, */
	"../share/oriel/demo/%s", /* or only for guests, */
	"../libexec/%s",          /* or only for `oriel` */
	"helper/%s",              /* build tree, from src/vm */
	"../../src/vm/helper/%s",
	"../../src/view/%s", /* from src/vm or tests/e2e */
	"../../src/guest/%s",
	"../../src/bench/%s",
	"../../data/demo/%s",
};

static const char *const data_places[] = {
	"../share/oriel/%s", /* installed */
	"../../data/%s",     /* build tree */
	"../../../data/%s",  /* its tests */
};

static char *find(const char *const *places, size_t count, const char *name, int mode)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *here = self ? g_path_get_dirname(self) : g_strdup(".");
	for (size_t i = 0; i < count; i++) {
		g_auto(GStrv) parts = g_strsplit(places[i], "%s", 2);
		g_autofree char *tail = g_strconcat(parts[0], name, parts[1], NULL);
		g_autofree char *path = g_canonicalize_filename(tail, here);
		if (g_access(path, mode) == 0)
			return g_steal_pointer(&path);
	}
	return NULL;
}

char *path_of_program(const char *name)
{
	return find(program_places, ARRAY_LEN(program_places), name, X_OK);
}

char *path_of_data(const char *name)
{
	return find(data_places, ARRAY_LEN(data_places), name, R_OK);
}
