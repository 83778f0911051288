#include "vm/run/hooks.h"

#include "vm/run/program.h"

#define PATIENCE_S 60

struct patience {
	GCancellable *cancel;
	gboolean over;
};

static gboolean on_late(gpointer data)
{
	struct patience *self = data;

	self->over = TRUE;
	g_cancellable_cancel(self->cancel);
	return G_SOURCE_CONTINUE;
}

static void on_cancel(GCancellable *cancel, gpointer ours)
{
	(void)cancel;
	g_cancellable_cancel(ours);
}

static gboolean run(const struct hooks *self, char *const *words, GError **error)
{
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	struct patience patience = { cancel, FALSE };
	gulong link = self->cancel ? g_cancellable_connect(self->cancel, G_CALLBACK(on_cancel),
							   cancel, NULL)
				   : 0;
	guint timer = g_timeout_add_seconds(PATIENCE_S, on_late, &patience);
	gboolean good = program_run(self->journal, self->machine, words, cancel, error);

	g_source_remove(timer);
	if (link)
		g_cancellable_disconnect(self->cancel, link);
	if (!good && patience.over) {
		g_clear_error(error);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
			    "%s did not end within %d s; begin it in the background if it is to go "
			    "on",
			    words[0], PATIENCE_S);
	}
	return good;
}

gboolean hooks_run(const struct hooks *self, const GPtrArray *commands, GError **error)
{
	for (unsigned i = 0; i < commands->len; i++)
		if (!run(self, commands->pdata[i], error))
			return FALSE;
	return TRUE;
}
