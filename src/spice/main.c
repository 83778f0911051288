/* oriel-spice - the SPICE side of oriel-view. SPDX-License-Identifier: GPL-2.0-or-later
 *
 * With --link, as oriel-view starts it, it serves that. With an address it says what becomes of a
 * connection, a line each: for whoever looks for the reason why there is none. */
#include <errno.h>
#include <gio/gio.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "spice/keeper.h"
#include "spice/session.h"

enum { EXIT_WRONG = 2 };

/* ---- by hand ---- */

static void print_state(void *data, enum link_spice_connection state, const char *text)
{
	static const char *const names[] = { "connecting", "connected", "lost", "refused" };

	(void)data;
	printf("%s%s%s\n", names[state], *text ? ": " : "", text);
	fflush(stdout);
}

static void print_server(void *data, const uint8_t *uuid, const char *name)
{
	(void)data;
	printf("machine \"%s\", uuid ", name);
	for (int i = 0; i < 16; i++)
		printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
	printf("\n");
	fflush(stdout);
}

static void print_abilities(void *data, uint32_t abilities)
{
	(void)data;
	printf("takes:%s%s%s%s%s\n", abilities ? "" : " nothing",
	       abilities & LINK_SPICE_CAN_KEYS ? " keys" : "",
	       abilities & LINK_SPICE_CAN_MOVE ? " motion" : "",
	       abilities & LINK_SPICE_CAN_PLACE ? " places" : "",
	       abilities & LINK_SPICE_HAS_AGENT ? "; the guest has an agent" : "");
	fflush(stdout);
}

static void print_leds(void *data, uint32_t leds)
{
	(void)data;
	printf("lamps:%s%s%s\n", leds & 1 ? " scroll" : "", leds & 2 ? " num" : "",
	       leds & 4 ? " caps" : "");
	fflush(stdout);
}

static const struct session_listener printer = {
	.state = print_state,
	.server = print_server,
	.inputs = { .abilities = print_abilities, .leds = print_leds },
};

struct arguments {
	int link;
	char *password_file, *ca_file, **rest;
	gboolean version;
};

/* Its first line. */
static char *read_password(const char *path, GError **error)
{
	char *text = NULL;

	if (g_file_get_contents(path, &text, NULL, error))
		text[strcspn(text, "\r\n")] = '\0';
	return text;
}

static gboolean watch(const struct arguments *arguments, const char *password, GError **error)
{
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	struct session *session = session_create(&printer, NULL);

	session_set_password(session, password);
	session_set_ca_file(session, arguments->ca_file);
	gboolean opened = session_open(session, arguments->rest[0], error);
	if (opened)
		g_main_loop_run(loop); /* until a signal ends it */
	session_destroy(session);
	return opened;
}

/* ---- options ---- */

static gboolean parse(struct arguments *out, int *argc, char ***argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "link", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &out->link, NULL, "FD" },
		{ "password-file", 'p', 0, G_OPTION_ARG_FILENAME, &out->password_file,
		  "Its first line is the password", "FILE" },
		{ "ca-file", 'c', 0, G_OPTION_ARG_FILENAME, &out->ca_file,
		  "Who may sign the server's certificate", "FILE" },
		{ "version", 'V', 0, G_OPTION_ARG_NONE, &out->version, "Print the version", NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &out->rest, NULL, NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new("ADDRESS");

	g_option_context_set_summary(
		context, "Connects to a machine's SPICE server and says what becomes of it.\n"
			 "oriel-view starts this program by itself.");
	g_option_context_set_description(context,
					 "ADDRESS is a socket's path, HOST:PORT, spice://HOST:PORT "
					 "or\nspice+tls://HOST:PORT.\n");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, error))
		return FALSE;
	if (out->version || out->link >= 0 || (out->rest && !out->rest[1]))
		return TRUE;
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
		    "name one address; see oriel-spice --help");
	return FALSE;
}

static int run(const struct arguments *arguments, GError **error)
{
	if (arguments->version)
		return printf("oriel-spice " ORIEL_VERSION "\n") < 0;
	g_autofree char *password = NULL;
	if (arguments->password_file &&
	    !(password = read_password(arguments->password_file, error)))
		return EXIT_WRONG;
	if (arguments->link < 0)
		return watch(arguments, password, error) ? 0 : EXIT_WRONG;
	struct service_secrets secrets = { password, arguments->ca_file };
	int result = keeper_run(arguments->link, &secrets);
	if (result < 0)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "--link=%d: %s", arguments->link,
			    g_strerror(-result));
	return result < 0;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .link = -1 };
	g_autoptr(GError) error = NULL;

	setlocale(LC_ALL, "");
	signal(SIGPIPE, SIG_IGN);
	/* A dump of this process would hold the password. */
	prctl(PR_SET_DUMPABLE, 0);
	log_open("oriel-spice", LOG_WARN);
	int status = EXIT_WRONG;
	if (parse(&arguments, &argc, &argv, &error))
		status = run(&arguments, &error);
	if (error)
		log_error("%s", error->message);
	g_free(arguments.password_file);
	g_free(arguments.ca_file);
	g_strfreev(arguments.rest);
	return status;
}
