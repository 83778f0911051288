/* oriel pause, oriel resume. */
#include <gio/gio.h>
#include <stdio.h>

#include "vm/cmd.h"
#include "vm/run/attach.h"

static int run(int argc, char **argv, const char *command, const char *done, const char *help)
{
	g_autoptr(GOptionContext) context = g_option_context_new(help);
	g_autofree char *program = g_strconcat("oriel ", argv[0], NULL);
	g_autoptr(GError) error = NULL;

	g_set_prgname(program);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2) {
		fprintf(stderr, "%s: %s\n", program,
			error ? error->message : "one machine is needed; oriel ls lists them");
		return 2;
	}
	struct qmp *qmp = attach(argv[1], NULL, &error);
	gboolean good = qmp && attach_do(qmp, command, NULL, &error);
	qmp_destroy(qmp);
	fprintf(stderr, good ? "  %-24s %s\n" : "%s: %s\n", good ? argv[1] : program,
		good ? done : error->message);
	return good ? 0 : 1;
}

int cmd_pause(int argc, char **argv)
{
	return run(argc, argv, "stop", "stands still",
		   "NAME|FILE.yaml - let a machine stand still");
}

int cmd_resume(int argc, char **argv)
{
	return run(argc, argv, "cont", "goes on", "NAME|FILE.yaml - let a paused machine go on");
}
