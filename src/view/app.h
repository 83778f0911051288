/* view/app.h - one source, one window, and what passes between them. */
#ifndef VIEW_APP_H
#define VIEW_APP_H

#include "view/options.h"
#include "view/settings/schema.h"
#include "view/stats.h"

struct app;
struct hud;

/* Opens source and window; both run on the default GLib main context. `options` must outlive it. */
struct app *app_create(const struct options *options, GError **error);

/* Runs the main loop until the user closes the window, a limit of the options is reached, SIGINT or
 * SIGTERM comes (TRUE), or something ends it that no retry heals (FALSE). */
gboolean app_run(struct app *self, GError **error);

/* For who runs the main loop himself: would app_run() have returned? `error` as there, once. */
bool app_ended(struct app *self, GError **error);

/* The options have changed in this row, one that is `live`; the user is told. */
void app_apply(struct app *self, const struct setting *row);

/* Tells `identified` who the guest says to be, each time that it comes; from the main loop. */
typedef void (*app_identified_func)(void *data, const char *guest, const char *uuid);
void app_on_identified(struct app *self, app_identified_func identified, void *data);

/* A person should know: logged, and shown for a moment. One sentence, printf's way. */
void app_alert(struct app *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* What is written over the picture: for who has something to say. */
struct hud *app_hud(struct app *self);

/* Its window, for tests. */
struct window *app_window(struct app *self);

/* Tells `alert` what a person should know, one sentence each; from the main loop. */
typedef void (*app_alert_func)(void *data, const char *text);
void app_on_alert(struct app *self, app_alert_func alert, void *data);

/* Tells `help` when the keys are explained on the picture, and when no more; from the main loop. */
typedef void (*app_help_func)(void *data, bool shown);
void app_on_help(struct app *self, app_help_func help, void *data);

void app_figures(struct app *self, struct figures *out);

/* NULL is fine. */
void app_destroy(struct app *self);

#endif
