/* oriel shot: oriel-view without a window knows how. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <glib.h>

#include "vm/cmd.h"
#include "vm/paths.h"

struct shot {
	char *file, *memory, *server, *vm, *after;
	gboolean verbose;
};

static gboolean parse(struct shot *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->file,
		  "Where to (oriel-DATE-TIME.png)", "FILE" },
		{ "memory", 'm', 0, G_OPTION_ARG_FILENAME, &self->memory, "Shared memory", "PATH" },
		{ "server", 0, 0, G_OPTION_ARG_FILENAME, &self->server, "Of oriel shmd", "SOCKET" },
		{ "vm", 0, 0, G_OPTION_ARG_STRING, &self->vm, "The machine of that name", "NAME" },
		{ "after", 0, 0, G_OPTION_ARG_STRING, &self->after, "Later: 10 frames, or 2.5s",
		  "AMOUNT" },
		{ "verbose", 'v', 0, G_OPTION_ARG_NONE, &self->verbose, "Say more", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new("- save a guest's picture as PNG");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(
		context, "Without a place the guest is found as oriel view does it.\n");
	g_set_prgname("oriel shot");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc > 1)
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "what is \"%s\"? The picture's file goes behind -o", argv[1]);
	return argc <= 1;
}

static char *dated_name(void)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();

	return g_date_time_format(now, "oriel-%Y%m%d-%H%M%S.png");
}

static void add(GPtrArray *words, const char *option, const char *value)
{
	if (value)
		g_ptr_array_add(words, g_strconcat(option, value, NULL));
}

static GPtrArray *viewer_words(const struct shot *self, const char *file)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(words, g_strdup("oriel-view"));
	g_ptr_array_add(words, g_strdup("--headless"));
	add(words, "--shot=", file);
	add(words, "--memory=", self->memory);
	add(words, "--server=", self->server);
	add(words, "--vm=", self->vm);
	add(words, "--shot-after=", self->after);
	if (self->verbose)
		g_ptr_array_add(words, g_strdup("--verbose"));
	g_ptr_array_add(words, NULL);
	return words;
}

static int run(const struct shot *self)
{
	g_autofree char *path = path_of_program("oriel-view");
	g_autofree char *dated = self->file ? NULL : dated_name();
	g_autoptr(GPtrArray) words = viewer_words(self, dated ? dated : self->file);

	if (dated)
		printf("%s\n", dated);
	fflush(stdout);
	execvp(path ? path : "oriel-view", (char **)words->pdata);
	fprintf(stderr, "oriel shot: cannot run %s: %s\n", path ? path : "oriel-view",
		g_strerror(errno));
	return 127;
}

int cmd_shot(int argc, char **argv)
{
	struct shot self = { 0 };
	g_autoptr(GError) error = NULL;
	int status = 2;

	if (parse(&self, argc, argv, &error))
		status = run(&self);
	else
		fprintf(stderr, "oriel shot: %s\n", error->message);
	g_free(self.file);
	g_free(self.memory);
	g_free(self.server);
	g_free(self.vm);
	g_free(self.after);
	return status;
}
