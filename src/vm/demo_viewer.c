#include "vm/demo_viewer.h"

#include <signal.h>
#include <string.h>

#include "vm/paths.h"
#include "vm/run/child.h"

#define SERVER_FD 20 /* as it sees it */

struct demo_viewer {
	GSubprocess *process;
	GCancellable *cancel;
	gboolean ended;
	char *output; /* figures, without a window */
	GError *error;
};

/* Keeps the viewer alive while its end is awaited: destroy may come first. */
static void on_end(GObject *source, GAsyncResult *result, gpointer data)
{
	GSubprocess *process = G_SUBPROCESS(source);
	g_autofree char *output = NULL;
	g_autoptr(GError) error = NULL;
	g_subprocess_communicate_utf8_finish(process, result, &output, NULL, &error);
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	struct demo_viewer *self = data;
	self->ended = TRUE;
	self->output = g_steal_pointer(&output);
	if (g_subprocess_get_if_exited(process) && g_subprocess_get_exit_status(process) == 0)
		return;
	g_set_error(&self->error, G_IO_ERROR, G_IO_ERROR_FAILED, "oriel-view ended with %s %d",
		    g_subprocess_get_if_exited(process) ? "status" : "signal",
		    g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process)
							: g_subprocess_get_term_sig(process));
}

static GPtrArray *command_line(const struct demo_viewer_params *params, const char *program)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(argv, g_strdup(program));
	g_ptr_array_add(argv, g_strdup_printf("--server=fd:%d", SERVER_FD));
	if (params->shot) {
		char seconds[G_ASCII_DTOSTR_BUF_SIZE];
		g_ascii_dtostr(seconds, sizeof(seconds), params->seconds);
		g_ptr_array_add(argv, g_strdup("--headless"));
		g_ptr_array_add(argv, g_strdup("--stats"));
		g_ptr_array_add(argv, g_strconcat("--shot=", params->shot, NULL));
		g_ptr_array_add(argv, g_strdup_printf("--shot-after=%ss", seconds));
		g_ptr_array_add(argv, g_strdup_printf("--timeout=%d", (int)params->seconds + 30));
	} else {
		g_ptr_array_add(argv, g_strdup("--title=Oriel demo"));
	}
	g_ptr_array_add(argv, NULL);
	return argv;
}

struct demo_viewer *demo_viewer_start(const struct demo_viewer_params *params, GError **error)
{
	g_autofree char *program = path_of_program("oriel-view");
	g_autoptr(GPtrArray) argv = command_line(params, program ? program : "oriel-view");
	g_autoptr(GSubprocessLauncher) launcher = child_launcher(SIGTERM);
	if (params->shot)
		g_subprocess_launcher_set_flags(launcher, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
	child_give_fd(launcher, params->server, SERVER_FD);
	GSubprocess *process = g_subprocess_launcher_spawnv(
		launcher, (const char *const *)argv->pdata, error);
	if (!process)
		return NULL;
	struct demo_viewer *self = g_new0(struct demo_viewer, 1);
	self->process = process;
	self->cancel = g_cancellable_new();
	g_subprocess_communicate_utf8_async(process, NULL, self->cancel, on_end, self);
	return self;
}

void demo_viewer_destroy(struct demo_viewer *self)
{
	if (!self)
		return;
	g_cancellable_cancel(self->cancel);
	child_end(self->process, SIGTERM);
	g_object_unref(self->cancel);
	g_clear_error(&self->error);
	g_free(self->output);
	g_free(self);
}

gboolean demo_viewer_ended(const struct demo_viewer *self)
{
	return self->ended;
}

gboolean demo_viewer_succeeded(const struct demo_viewer *self, GError **error)
{
	if (self->error)
		g_propagate_error(error, g_error_copy(self->error));
	return !self->error;
}

/* What the words of the viewer's figures mean to somebody who sees them for the first time. */
static const struct {
	const char *word, *meaning;
} meanings[] = {
	{ "in ", "pictures from the guest" },  { "shown ", "pictures shown" },
	{ "skipped ", "replaced by newer" },   { "latency ", "seen until shown" },
	{ "copied ", "copied by the viewer" }, { "wakeups ", "wake-ups of the viewer" },
	{ "presenter ", "presenter" },         { "woken by ", "woken by" },
};

static void print_figure(const char *figure, FILE *to)
{
	for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++) {
		if (!g_str_has_prefix(figure, meanings[i].word))
			continue;
		fprintf(to, "  %-24s %s\n", meanings[i].meaning, figure + strlen(meanings[i].word));
		return;
	}
	fprintf(to, "  %s\n", figure);
}

/* The line that oriel-view --stats ends with: "total: in 60.1/s, shown 60.0/s, ...". */
void demo_viewer_print_figures(const struct demo_viewer *self, FILE *to)
{
	const char *total = self->output ? strstr(self->output, "total: ") : NULL;
	if (!total)
		return;
	total += strlen("total: ");
	g_autofree char *line = g_strndup(total, strcspn(total, "\n"));
	g_auto(GStrv) figures = g_strsplit(line, ", ", -1);
	for (char **figure = figures; *figure; figure++)
		print_figure(*figure, to);
}
