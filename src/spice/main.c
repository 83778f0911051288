/* oriel-spice - the SPICE side of oriel-view. SPDX-License-Identifier: GPL-2.0-or-later
 *
 * With --link, as oriel-view starts it, it serves that. With an address it says what becomes of a
 * connection, a line each: for whoever looks for the reason why there is none. */
#include <errno.h>
#include <gio/gio.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "spice/confine.h"
#include "spice/keeper.h"
#include "spice/session.h"
#include "spice/vv.h"

enum { EXIT_WRONG = 2 };

/* ---- by hand ---- */

static void print_state(void *data, enum link_spice_connection state, const char *text)
{
	static const char *const names[] = { "connecting", "connected", "lost",
					     "refused",    "locked",    "taken" };

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
	int link, opener;
	char *password_file, *ca_file, *file, *share, *usb, **rest;
	gboolean version, list_usb, unconfined;
};

/* What an option names counts more than what the connection file has. */
static void replace(char **at, char *text)
{
	g_free(*at);
	*at = text;
}

static gboolean read_password(struct vv *out, const char *path, GError **error)
{
	char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, error))
		return FALSE;
	text[strcspn(text, "\r\n")] = '\0'; /* its first line */
	replace(&out->password, text);
	return TRUE;
}

static gboolean read_ca(struct vv *out, const char *path, GError **error)
{
	char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, error))
		return FALSE;
	replace(&out->ca, text);
	return TRUE;
}

/* All files that there are to read, before anything else. */
static gboolean read_files(struct vv *out, const struct arguments *arguments, GError **error)
{
	if (arguments->file && !vv_read(out, arguments->file, error))
		return FALSE;
	if (arguments->password_file && !read_password(out, arguments->password_file, error))
		return FALSE;
	return !arguments->ca_file || read_ca(out, arguments->ca_file, error);
}

static gboolean watch(const struct arguments *arguments, const struct vv *vv, const char *text,
		      GError **error)
{
	g_autoptr(GMainLoop) loop = NULL;
	struct address address = { NULL };

	if (text ? !address_parse(&address, text, error) : FALSE)
		return FALSE;
	if (!arguments->unconfined)
		confine(&(struct confine_wishes){ NULL, FALSE });
	loop = g_main_loop_new(NULL, FALSE);
	struct session *session = session_create(&printer, NULL);
	session_set_password(session, vv->password);
	session_set_trust(session, vv->ca, vv->subject);
	session_open(session, text ? &address : &vv->address, true);
	g_main_loop_run(loop); /* until a signal ends it */
	session_destroy(session);
	address_clear(&address);
	return TRUE;
}

/* ---- options ---- */

static gboolean parse(struct arguments *out, int *argc, char ***argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "link", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &out->link, NULL, "FD" },
		{ "opener", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &out->opener, NULL, "FD" },
		{ "password-file", 'p', 0, G_OPTION_ARG_FILENAME, &out->password_file,
		  "Its first line is the password", "FILE" },
		{ "ca-file", 'c', 0, G_OPTION_ARG_FILENAME, &out->ca_file,
		  "Who may sign the server's certificate", "FILE" },
		{ "file", 'f', 0, G_OPTION_ARG_FILENAME, &out->file,
		  "Connection file of virt-viewer (.vv), for address and all", "FILE" },
		{ "share-dir", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &out->share, NULL,
		  "DIR" },
		{ "usb-redirect", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &out->usb, NULL,
		  "LIST" },
		{ "list-usb", 0, 0, G_OPTION_ARG_NONE, &out->list_usb,
		  "Print the USB devices that could be redirected", NULL },
		{ "unconfined", 0, 0, G_OPTION_ARG_NONE, &out->unconfined,
		  "Keep files and system calls open", NULL },
		{ "version", 'V', 0, G_OPTION_ARG_NONE, &out->version, "Print the version", NULL },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &out->rest, NULL, NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new("[ADDRESS]");

	g_option_context_set_summary(
		context, "Connects to a machine's SPICE server and says what becomes of it.\n"
			 "oriel-view starts this program by itself.");
	g_option_context_set_description(context,
					 "ADDRESS is a socket's path, HOST:PORT, spice://HOST:PORT "
					 "or\nspice+tls://HOST:PORT.\n");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, error))
		return FALSE;
	if (out->version || out->list_usb || out->link >= 0 ||
	    (out->rest ? !out->rest[1] : out->file != NULL))
		return TRUE;
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
		    "name one address, or --file; see oriel-spice --help");
	return FALSE;
}

/* The viewer says it where its user looks. */
static int serve(const struct vv *vv, const struct arguments *arguments, const char *complaint,
		 GError **error)
{
	struct service_secrets secrets = {
		.password = vv->password,
		.ca = vv->ca,
		.subject = vv->subject,
		.address = vv->address.host ? &vv->address : NULL,
		.title = vv->title,
		.share = { arguments->share, arguments->usb },
		.complaint = complaint,
		.unconfined = arguments->unconfined,
	};
	int result = keeper_run(arguments->link, arguments->opener, &secrets);

	if (result < 0)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "--link=%d: %s", arguments->link,
			    g_strerror(-result));
	return result < 0;
}

static int run(const struct arguments *arguments, GError **error)
{
	g_autoptr(GError) wrong = NULL;
	struct vv vv = { .once = FALSE };
	int status = EXIT_WRONG;

	if (arguments->version)
		return printf("oriel-spice " ORIEL_VERSION "\n") < 0;
	if (arguments->list_usb)
		return share_list_usb(error) ? 0 : EXIT_FAILURE;
	read_files(&vv, arguments, &wrong);
	if (arguments->link >= 0)
		status = serve(&vv, arguments, wrong ? wrong->message : NULL, error);
	else if (wrong)
		g_propagate_error(error, g_steal_pointer(&wrong));
	else if (watch(arguments, &vv, arguments->rest ? arguments->rest[0] : NULL, error))
		status = 0;
	vv_clear(&vv);
	return status;
}

/* Libraries tell of each server that does not please them; a person has its state. What they do not
 * survive is to be known. */
static void on_library(const char *domain, GLogLevelFlags level, const char *text, gpointer data)
{
	bool fatal = level & (G_LOG_FLAG_FATAL | G_LOG_LEVEL_ERROR);

	(void)data;
	log_line(fatal ? LOG_ERROR : LOG_INFO, "%s: %s", domain ? domain : "library", text);
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .link = -1, .opener = -1 };
	g_autoptr(GError) error = NULL;

	setlocale(LC_ALL, "");
	signal(SIGPIPE, SIG_IGN);
	/* A dump of this process would hold the password. */
	prctl(PR_SET_DUMPABLE, 0);
	log_open("oriel-spice", LOG_WARN);
	g_log_set_default_handler(on_library, NULL);
	int status = EXIT_WRONG;
	if (parse(&arguments, &argc, &argv, &error))
		status = run(&arguments, &error);
	if (error)
		log_error("%s", error->message);
	g_free(arguments.password_file);
	g_free(arguments.ca_file);
	g_free(arguments.file);
	g_free(arguments.share);
	g_free(arguments.usb);
	g_strfreev(arguments.rest);
	return status;
}
