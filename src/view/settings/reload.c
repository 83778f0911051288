/* The settings file while the viewer runs. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "view/settings/impl.h"

#define CALM 50 /* ms without another event: editors write, rename and touch in a row */

static void tell(const struct settings *self, const char *text)
{
	if (self->mistake)
		self->mistake(self->mistake_data, text);
}

/* Of a file with a mistake nothing is taken: half a change is none that anybody asked for. */
static gboolean on_calm(gpointer data)
{
	struct settings *self = data;
	g_autoptr(GError) error = NULL;

	self->timer = 0;
	struct settings_file *file = settings_file_load(self->path, &error);
	if (!file) {
		log_warn("%s; the settings stay as they are", error->message);
		tell(self, error->message);
		return G_SOURCE_REMOVE;
	}
	settings_file_log(file, LOG_WARN);
	if (file->complaints->len) {
		log_warn("%s: the settings stay as they are", self->path);
		tell(self, file->complaints->pdata[0]);
		settings_file_free(file);
		return G_SOURCE_REMOVE;
	}
	settings_file_free(self->file);
	self->file = file;
	settings_settle(self, false);
	log_info("%s: read again", self->path);
	return G_SOURCE_REMOVE;
}

/* What was moved away or deleted is most often about to be replaced. */
static void on_event(GFileMonitor *source, GFile *file, GFile *other, GFileMonitorEvent event,
		     gpointer data)
{
	struct settings *self = data;

	(void)source;
	(void)file;
	(void)other;
	if (event == G_FILE_MONITOR_EVENT_DELETED || event == G_FILE_MONITOR_EVENT_MOVED_OUT ||
	    event == G_FILE_MONITOR_EVENT_PRE_UNMOUNT)
		return;
	if (self->timer)
		g_source_remove(self->timer);
	self->timer = g_timeout_add(CALM, on_calm, self);
}

/* GLib looks for a folder that does not exist every few seconds, for ever: who has no folder at the
 * start is not watched. */
static bool has_folder(const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);

	return g_file_test(folder, G_FILE_TEST_IS_DIR);
}

static void monitor(struct settings *self, unsigned which, const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GFile) file = g_file_new_for_path(path);

	self->monitors[which] = g_file_monitor_file(file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
	if (self->monitors[which])
		g_signal_connect(self->monitors[which], "changed", G_CALLBACK(on_event), self);
	else
		log_warn("%s: changes will not be seen: %s", path, error->message);
}

void settings_on_mistake(struct settings *self, settings_mistake_func mistake, void *data)
{
	self->mistake = mistake;
	self->mistake_data = data;
}

void settings_watch(struct settings *self, settings_changed_func changed, void *data)
{
	self->changed = changed;
	self->data = data;
	if (!self->path || self->monitors[0] || !has_folder(self->path))
		return;
	monitor(self, 0, self->path);
	/* Who keeps such files in one place links to them, and edits them there. */
	char *real = realpath(self->path, NULL);
	if (real && strcmp(real, self->path) != 0)
		monitor(self, 1, real);
	free(real);
}

void settings_unwatch(struct settings *self)
{
	if (self->timer)
		g_source_remove(self->timer);
	self->timer = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(self->monitors); i++) {
		if (self->monitors[i])
			g_signal_handlers_disconnect_by_data(self->monitors[i], self);
		g_clear_object(&self->monitors[i]);
	}
}
