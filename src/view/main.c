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

int main(int argc, char **argv)
{
	struct options options;
	GError *error = NULL;
	int status = EXIT_SUCCESS;

	setlocale(LC_ALL, "");
	log_open("oriel-view", LOG_WARN);
	enum options_answer answer = options_parse(&options, argc, argv, &error);
	if (answer == OPTIONS_WRONG)
		status = complain(error, 2);
	if (options.verbose)
		log_open("oriel-view", LOG_INFO);
	guard_install();
	if (answer == OPTIONS_RUN && !app_run(&options, &error))
		status = complain(error, EXIT_FAILURE);
	options_clear(&options);
	return status;
}
