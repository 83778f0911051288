#include "vm/run/hooks.h"

#include "vm/run/program.h"

#define PATIENCE_S 60

static gboolean on_late(gpointer cancel)
{
	g_cancellable_cancel(cancel);
	return G_SOURCE_CONTINUE;
}

static gboolean run(struct journal *journal, const char *machine, char *const *words,
		    GError **error)
{
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	guint timer = g_timeout_add_seconds(PATIENCE_S, on_late, cancel);
	gboolean good = program_run(journal, machine, words, cancel, error);

	g_source_remove(timer);
	if (!good && g_cancellable_is_cancelled(cancel)) {
		g_clear_error(error);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
			    "%s did not end within %d s; begin it in the background if it is to go "
			    "on",
			    words[0], PATIENCE_S);
	}
	return good;
}

gboolean hooks_run(struct journal *journal, const char *machine, const GPtrArray *commands,
		   GError **error)
{
	for (unsigned i = 0; i < commands->len; i++)
		if (!run(journal, machine, commands->pdata[i], error))
			return FALSE;
	return TRUE;
}
