/* oriel-view: the window. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#include "base/log.h"
#include "view/app.h"
#include "view/find/start.h"
#include "view/guard.h"
#include "view/sandbox/enter.h"
#include "view/settings/settings.h"
#include "view/spice/spice.h"

static int complain(GError *error, int status)
{
	log_error("%s", error->message);
	g_error_free(error);
	return status;
}

static void on_changed(void *data, const struct setting *row)
{
	app_apply(data, row);
}

static void on_mistake(void *data, const char *text)
{
	app_alert(data, "%s", text);
}

static void on_identified(void *data, const char *guest, const char *uuid)
{
	settings_identify(data, guest, uuid);
}

/* A program that may connect to others, so before the sandbox. The viewer works without it. */
static void launch_spice(struct settings *settings)
{
	const struct options *options = settings_options(settings);
	g_autoptr(GError) error = NULL;

	if (!spice_is_wanted(options))
		return;
	struct spice_ends ends;
	if (spice_launch(&options->spice, &ends, &error))
		settings_lend_spice(settings, ends.link, ends.opener);
	else
		log_warn("no SPICE: %s", error->message);
}

static int run(struct settings *settings)
{
	const struct options *options = settings_options(settings);
	GError *error = NULL;
	struct app *app = NULL;
	int status = EXIT_SUCCESS;

	launch_spice(settings);
	if (sandbox_begin(options, settings_path(settings), &error))
		app = app_create(options, &error);

	if (app) {
		settings_watch(settings, on_changed, app);
		settings_on_mistake(settings, on_mistake, app);
		app_on_identified(app, on_identified, settings);
	}
	if (!app || !sandbox_complete(options, &error) || !app_run(app, &error))
		status = complain(error, EXIT_FAILURE);
	app_destroy(app);
	return status;
}

int main(int argc, char **argv)
{
	struct settings *settings;
	GError *error = NULL;
	int status = EXIT_SUCCESS;

	setlocale(LC_ALL, "");
	log_open("oriel-view", LOG_WARN);
	enum options_answer answer = settings_open(&settings, argc, argv, &error);
	if (settings_options(settings)->verbose)
		log_open("oriel-view", LOG_INFO);
	guard_install();
	signal(SIGPIPE, SIG_IGN); /* programs that paste may leave */
	if (answer == OPTIONS_RUN)
		answer = find_start(settings, &error);
	if (answer == OPTIONS_RUN)
		status = run(settings);
	else if (answer == OPTIONS_WRONG)
		status = complain(error, 2);
	settings_close(settings);
	return status;
}
