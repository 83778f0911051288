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

/* Without a machine of ours, nothing is left for us to do. */
static int become(char *const *words, const char *program)
{
	execvp(program, words);
	fprintf(stderr, "oriel: cannot run %s: %s\n", program, g_strerror(errno));
	return 127;
}

/* The window goes with the machine, as the one that oriel up opens. */
static int watch(char *const *words, const char *program, int keeper)
{
	g_autoptr(GError) error = NULL;
	int status = viewer_run(words, program, keeper, &error);

	if (error)
		fprintf(stderr, "oriel view: %s\n", error->message);
	close(keeper);
	return status;
}

/* NULL with `error`. `keeper` gets a pidfd. */
static char **machine_words(const char *word, int *keeper, GError **error)
{
	struct record *record = record_need(word, error);
	char **words = record ? viewer_words(record, error) : NULL;

	if (words)
		*keeper = record_open(record);
	record_free(record);
	return words;
}

int cmd_view(int argc, char **argv)
{
	gboolean named = names_machine(argc, argv);
	g_autofree char *name = named ? g_strdup(argv[1]) : only_machine(argc, argv);
	g_autofree char *path = path_of_program("oriel-view");
	g_autoptr(GError) error = NULL;
	int keeper = -1;
	g_auto(GStrv) of_machine = name ? machine_words(name, &keeper, &error) : g_new0(char *, 1);

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
	const char *program = path ? path : "oriel-view";
	return keeper < 0 ? become((char *const *)words->pdata, program)
			  : watch((char *const *)words->pdata, program, keeper);
}
