/* view/settings/impl.h - what the files of struct settings share; for nobody else. */
#ifndef VIEW_SETTINGS_IMPL_H
#define VIEW_SETTINGS_IMPL_H

#include <gio/gio.h>

#include "view/settings/file.h"
#include "view/settings/settings.h"

struct settings {
	struct options values;
	struct origin *origins; /* of each row */
	bool *restart;          /* of each row: it was said that it needs one */
	GPtrArray *command;     /* struct assignment */
	GPtrArray *rest;        /* words of argv that are no options, borrowed */
	bool connection;        /* they are the name of a connection file */
	char *path;             /* NULL: no file */
	struct settings_file *file;
	char *guest, *uuid;

	GFileMonitor *monitors[2]; /* of the path, and of what it is a link to */
	unsigned timer;            /* 0: none runs */
	settings_changed_func changed;
	void *data;
	settings_mistake_func mistake; /* or NULL */
	void *mistake_data;
};

/* Makes values and origins what command and file say. At the `start` every row, later those that
 * are live, telling `changed`. */
void settings_settle(struct settings *self, bool start);

/* Logs what is wrong in it, and what is right but without effect. */
void settings_file_log(const struct settings_file *file, int level);

/* The usual file. */
char *settings_usual_path(void);

void settings_unwatch(struct settings *self);

/* --import-looking-glass, to stdout or, with --write, to the usual file. */
gboolean settings_import(const struct settings *self, GError **error);

/* On stdout. */
void settings_print(const struct settings *self);
void settings_help(bool all);

#endif
