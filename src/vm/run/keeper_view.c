/* The window: opened once, and the machine runs on when it is closed. */
#include <signal.h>

#include "vm/run/child.h"
#include "vm/run/keeper_impl.h"
#include "vm/run/program.h"
#include "vm/run/viewer.h"

#define WHO "the window"

/* A reference of its own: the keeper may be gone. */
static void on_end(GObject *source, GAsyncResult *result, gpointer data)
{
	struct keeper *self = data;
	GSubprocess *viewer = G_SUBPROCESS(source);
	g_autoptr(GError) error = NULL;

	if (!g_subprocess_wait_finish(viewer, result, &error))
		return;
	if (self->viewer != viewer)
		return;
	g_clear_object(&self->viewer);
	if (g_subprocess_get_if_exited(viewer) && g_subprocess_get_exit_status(viewer) == 0) {
		keeper_say(self, WHO, "was closed; %s runs on (oriel view %s)", self->name,
			   self->name);
		return;
	}
	journal_drain(self->journal);
	g_autofree char *words = journal_last(self->journal, WHO);
	keeper_say(self, WHO, "is gone; %s runs on (oriel view %s)%s", self->name, self->name,
		   words);
}

static gboolean has_display(void)
{
	return g_getenv("WAYLAND_DISPLAY") || g_getenv("DISPLAY");
}

void keeper_open_view(struct keeper *self)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) words = NULL;

	if (!self->params.view)
		return;
	if (!has_display()) {
		keeper_say(self, WHO, "has no display here; oriel view %s shows %s elsewhere",
			   self->name, self->name);
		return;
	}
	if (!(words = viewer_words(&self->record, NULL)))
		return;
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_ptr_array_add(argv, (char *)self->params.view);
	for (char **word = words; *word; word++)
		g_ptr_array_add(argv, *word);
	g_ptr_array_add(argv, NULL);
	g_autoptr(GSubprocessLauncher)
		launcher = program_launcher(self->journal, WHO, SIGTERM, &error);
	if (launcher)
		self->viewer = g_subprocess_launcher_spawnv(
			launcher, (const char *const *)argv->pdata, &error);
	if (self->viewer)
		g_subprocess_wait_async(self->viewer, self->cancel, on_end, self);
	else
		keeper_say(self, WHO, "cannot be opened: %s", error->message);
}

void keeper_close_view(struct keeper *self)
{
	child_end(g_steal_pointer(&self->viewer), SIGTERM);
}
