/* The settings file while the viewer runs. */
#include <string.h>

#include "base/log.h"
#include "view/settings/impl.h"

#define CALM 50 /* ms without another event: editors write, rename and touch in a row */

/* Of a file with a mistake nothing is taken: half a change is none that anybody asked for. */
static gboolean on_calm(gpointer data)
{
	struct settings *self = data;
	g_autoptr(GError) error = NULL;

	self->timer = 0;
	struct settings_file *file = settings_file_load(self->path, &error);
	if (!file) {
		log_warn("%s; the settings stay as they are", error->message);
		return G_SOURCE_REMOVE;
	}
	settings_file_log(file, LOG_WARN);
	if (file->complaints->len) {
		log_warn("%s: the settings stay as they are", self->path);
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
static void on_event(GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
		     gpointer data)
{
	struct settings *self = data;

	(void)monitor;
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

void settings_watch(struct settings *self, settings_changed_func changed, void *data)
{
	g_autoptr(GError) error = NULL;

	self->changed = changed;
	self->data = data;
	if (!self->path || self->monitor || !has_folder(self->path))
		return;
	g_autoptr(GFile) file = g_file_new_for_path(self->path);
	self->monitor = g_file_monitor_file(file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
	if (!self->monitor)
		log_warn("%s: changes will not be seen: %s", self->path, error->message);
	else
		g_signal_connect(self->monitor, "changed", G_CALLBACK(on_event), self);
}

void settings_unwatch(struct settings *self)
{
	if (self->timer)
		g_source_remove(self->timer);
	self->timer = 0;
	if (self->monitor)
		g_signal_handlers_disconnect_by_data(self->monitor, self);
	g_clear_object(&self->monitor);
}
