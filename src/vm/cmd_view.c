/* oriel view: runs oriel-view, and knows the machines that run. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vm/cmd.h"
#include "vm/paths.h"
#include "vm/run/register.h"
#include "vm/run/viewer.h"

/* Before it says "--help" or a connection file, which are oriel-view's. */
static gboolean names_machine(int argc, char **argv)
{
	return argc > 1 && *argv[1] && *argv[1] != '-' && !g_str_has_suffix(argv[1], ".vv");
}

/* Without a name and without a word of where the guest is, the one machine that runs is meant. With
 * none, or several, oriel-view looks further, or asks. NULL: there is not one. */
static char *only_machine(int argc, char **argv)
{
	static const char *const sources[] = { "-m",       "--memory", "--server", "--spice",
					       "--source", "--list",   "--import", "--help",
					       "-h",       "--version" };

	for (int i = 1; i < argc; i++)
		for (size_t j = 0; j < G_N_ELEMENTS(sources); j++)
			if (g_str_has_prefix(argv[i], sources[j]) || argv[i][0] != '-')
				return NULL;
	g_autoptr(GPtrArray) running = register_running();
	return running->len == 1 ? g_strdup(((struct record *)running->pdata[0])->name) : NULL;
}

static int run(char *const *words)
{
	g_autofree char *path = path_of_program("oriel-view");

	execvp(path ? path : "oriel-view", words);
	fprintf(stderr, "oriel: cannot run %s: %s\n", path ? path : "oriel-view",
		g_strerror(errno));
	return 127;
}

/* NULL with `error`. */
static char **machine_words(const char *word, GError **error)
{
	struct record *record = record_need(word, error);
	char **words = record ? viewer_words(record, error) : NULL;

	record_free(record);
	return words;
}

int cmd_view(int argc, char **argv)
{
	gboolean named = names_machine(argc, argv);
	g_autofree char *name = named ? g_strdup(argv[1]) : only_machine(argc, argv);
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) of_machine = name ? machine_words(name, &error) : g_new0(char *, 1);

	if (!of_machine) {
		fprintf(stderr, "oriel view: %s\n", error->message);
		return 1;
	}
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_ptr_array_add(words, (char *)"oriel-view");
	for (char **word = of_machine; *word; word++)
		g_ptr_array_add(words, *word);
	for (int i = named ? 2 : 1; i < argc; i++)
		g_ptr_array_add(words, argv[i]);
	g_ptr_array_add(words, NULL);
	return run((char *const *)words->pdata);
}
