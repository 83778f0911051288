/* oriel-view: the window. */
#include <locale.h>
#include <stdlib.h>

#include "base/log.h"
#include "view/app.h"
#include "view/guard.h"
#include "view/options.h"

static int complain(GError *error, int status)
{
	log_error("%s", error->message);
	g_error_free(error);
	return status;
}

static int run(const struct options *options)
{
	GError *error = NULL;
	struct app *app = app_create(options, &error);
	int status = EXIT_SUCCESS;

	if (!app || !app_run(app, &error))
		status = complain(error, EXIT_FAILURE);
	app_destroy(app);
	return status;
}

int main(int argc, char **argv)
{
	struct options options;
	GError *error = NULL;
	int status = EXIT_SUCCESS;

	setlocale(LC_ALL, "");
	log_open("oriel-view", LOG_WARN);
	enum options_answer answer = options_parse(&options, argc, argv, &error);
	if (options.verbose)
		log_open("oriel-view", LOG_INFO);
	guard_install();
	if (answer == OPTIONS_RUN)
		status = run(&options);
	else if (answer == OPTIONS_WRONG)
		status = complain(error, 2);
	options_clear(&options);
	return status;
}
