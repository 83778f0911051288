/* oriel console: the serial line of a running machine on this terminal, or QEMU's own monitor. */
#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "vm/cmd.h"
#include "vm/run/attach.h"

#define LEAVE 0x1d /* Ctrl-] */

struct options {
	gboolean monitor;
	char *word;
};

static gboolean parse(struct options *self, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{ "monitor", 'm', 0, G_OPTION_ARG_NONE, &self->monitor,
		  "QEMU's monitor, a command a line", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext)
		context = g_option_context_new("NAME|FILE.yaml - a machine's serial console");

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(context, "Ctrl-] leaves; the machine runs on.\n");
	g_set_prgname("oriel console");
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc != 2) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "one machine is needed: oriel console linux");
		return FALSE;
	}
	self->word = argv[1];
	return TRUE;
}

static gboolean fail(GError **error, const char *what)
{
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", what,
		    g_strerror(errno));
	return FALSE;
}

/* ---- the serial line ---- */

static int connect_to(const char *path, GError **error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	fail(error, path);
	if (fd >= 0)
		close(fd);
	return -1;
}

static gboolean write_all(int fd, const char *text, ssize_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, text, (size_t)length);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			return FALSE;
		if (written > 0)
			text += written, length -= written;
	}
	return TRUE;
}

/* From one to the other. FALSE: that was the end. */
static gboolean carry(int from, int to, gboolean typed)
{
	char text[4096];
	ssize_t got = read(from, text, sizeof(text));
	const char *leave = typed && got > 0 ? memchr(text, LEAVE, (size_t)got) : NULL;

	if (got < 0)
		return errno == EINTR || errno == EAGAIN;
	if (got == 0)
		return FALSE;
	return write_all(to, text, leave ? leave - text : got) && !leave;
}

/* What is typed may end; what the guest says goes on then. */
static void talk(int line, gboolean terminal)
{
	struct pollfd ends[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				 { .fd = line, .events = POLLIN } };

	while (poll(ends, 2, -1) > 0 || errno == EINTR) {
		if (ends[0].revents && !carry(STDIN_FILENO, line, terminal)) {
			if (terminal)
				return;
			ends[0].fd = -1;
		}
		if (ends[1].revents && !carry(line, STDOUT_FILENO, FALSE))
			return;
	}
}

static gboolean run_serial(const struct record *record, GError **error)
{
	g_autofree char *path = register_file(record->name, "console");
	struct termios before, raw;
	gboolean terminal = tcgetattr(STDIN_FILENO, &before) == 0;
	int line = connect_to(path, error);

	if (line < 0)
		return FALSE;
	fprintf(stderr, "%s: connected%s\n", record->name, terminal ? "; Ctrl-] leaves" : "");
	if (terminal) {
		raw = before;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	talk(line, terminal);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
		fprintf(stderr, "\n");
	}
	close(line);
	return TRUE;
}

/* ---- QEMU's monitor ---- */

static gboolean type(struct qmp *qmp, const char *line, GError **error)
{
	g_autofree char *answer = attach_type(qmp, line, error);

	if (answer)
		fputs(answer, stdout);
	fflush(stdout);
	return answer != NULL;
}

static gboolean run_monitor(const struct options *options, GError **error)
{
	gboolean terminal = isatty(STDIN_FILENO);
	struct qmp *qmp = attach(options->word, NULL, error);
	gboolean good = qmp != NULL;
	char line[1024];

	while (good) {
		if (terminal)
			fprintf(stderr, "(qemu) ");
		if (!fgets(line, sizeof(line), stdin))
			break;
		good = !*g_strstrip(line) || type(qmp, line, error);
	}
	qmp_destroy(qmp);
	return good;
}

static gboolean run(const struct options *options, GError **error)
{
	if (options->monitor)
		return run_monitor(options, error);
	struct record *record = record_need(options->word, error);
	gboolean good = record && run_serial(record, error);
	record_free(record);
	return good;
}

int cmd_console(int argc, char **argv)
{
	struct options options = { 0 };
	g_autoptr(GError) error = NULL;

	if (!parse(&options, argc, argv, &error)) {
		fprintf(stderr, "oriel console: %s\n", error->message);
		return 2;
	}
	if (run(&options, &error))
		return 0;
	fprintf(stderr, "oriel console: %s\n", error->message);
	return 1;
}
