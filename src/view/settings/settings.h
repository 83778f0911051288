/* view/settings/settings.h - defaults, the settings file and the command line, one over the other.
 *
 * What is more particular wins: the command line, then [vm NAME] sections of the machine at hand,
 * then the file's other sections, then the defaults; among equals the last. Main thread only.
 */
#ifndef VIEW_SETTINGS_H
#define VIEW_SETTINGS_H

#include "view/options.h"
#include "view/settings/schema.h"

struct settings;

/* Where a value comes from. */
enum origin_kind { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_COMMAND };
struct origin {
	enum origin_kind kind;
	unsigned line; /* of the file */
	bool told;     /* by a section that the guest's own words chose */
};

/* Reads argv and the file that it, or $XDG_CONFIG_HOME, names. Mistakes in the usual file are
 * logged and the rest holds; in the file of --config they are wrong. OPTIONS_DONE: something was
 * printed. OPTIONS_WRONG: `error`. settings_close() *out in any case. */
enum options_answer settings_open(struct settings **out, int argc, char **argv, GError **error);

/* As if --OPTION=VALUE stood on the command line, too. Only before settings_watch(). */
gboolean settings_type(struct settings *self, const char *option, const char *value,
		       GError **error);

/* Valid until settings_close(); rows that are `live` change when the file does. */
const struct options *settings_options(const struct settings *self);

/* Links to an oriel-spice that was started with these settings (`opener` 0: there is none); whoever
 * reads them in options.spice takes them over. */
void settings_lend_spice(struct settings *self, int link, int opener);

struct origin settings_origin(const struct settings *self, const struct setting *row);

/* NULL: none is read. It may not exist. */
const char *settings_path(const struct settings *self);

/* A row that is `live` has a new value. */
typedef void (*settings_changed_func)(void *data, const struct setting *row);

/* Reads the file again whenever it changes, on the default main context. A file with mistakes
 * changes nothing; what needs a restart is said once. Does nothing where no file is read. */
void settings_watch(struct settings *self, settings_changed_func changed, void *data);

/* The file was read again and has a mistake: one sentence, which is logged, too. */
typedef void (*settings_mistake_func)(void *data, const char *text);
void settings_on_mistake(struct settings *self, settings_mistake_func mistake, void *data);

/* What the guest says that it is, from now on; each may be NULL. Rows of its [vm NAME] sections
 * come in, as if the file had changed; `personal` ones do not. */
void settings_identify(struct settings *self, const char *guest, const char *uuid);

/* NULL is fine. */
void settings_close(struct settings *self);

#endif
