#include "vm/run/helper.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vm/helper/verbs.h"
#include "vm/paths.h"
#include "vm/run/agent.h"

/* The helper's own deadlines are shorter: this is for one that hangs all the same. */
#define PATIENCE_MS (5 * 60 * 1000)

struct helper {
	GSubprocess *process;
	int socket;
	GString *heard;
};

/* ---- starting it ---- */

static GPtrArray *name_program(const char *command, const char *machine, GError **error)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *program = path_of_program("oriel-helper");
	g_autofree char *pkexec = g_find_program_in_path("pkexec");

	if (!program)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "oriel-helper, which hands devices to machines, is not installed");
	else if (geteuid() != 0 && !pkexec)
		g_set_error(
			error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"to hand devices to a machine takes root: install pkexec (of polkit), or "
			"run this by sudo");
	if (!program || (geteuid() != 0 && !pkexec))
		return NULL;
	if (geteuid() != 0)
		g_ptr_array_add(words, g_steal_pointer(&pkexec));
	g_ptr_array_add(words, g_steal_pointer(&program));
	g_ptr_array_add(words, g_strdup(command));
	g_ptr_array_add(words, g_strdup(machine));
	g_ptr_array_add(words, NULL);
	return g_steal_pointer(&words);
}

/* Unlike our other children it must outlive us, by a little: to give everything back. */
static GSubprocess *spawn(GPtrArray *words, int socket, GError **error)
{
	g_autoptr(GSubprocessLauncher)
		launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);

	g_subprocess_launcher_take_stdin_fd(launcher, dup(socket));
	g_subprocess_launcher_take_stdout_fd(launcher, dup(socket));
	return g_subprocess_launcher_spawnv(launcher, (const char *const *)words->pdata, error);
}

static void say_how_it_ended(struct helper *self, GError **error)
{
	g_subprocess_wait(self->process, NULL, NULL);
	int status = g_subprocess_get_if_exited(self->process)
			     ? g_subprocess_get_exit_status(self->process)
			     : -1;
	if (status == 126)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
			    "the question who may hand out devices was not answered");
	else if (status == 127)
		g_set_error(
			error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
			"polkit does not let you hand out devices: a wrong password, or nobody to "
			"ask for it (neither a desktop nor a terminal); sudo asks by itself");
	else
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "oriel-helper has ended (%d)",
			    status);
}

/* ---- talking ---- */

/* What is there of a line is kept for the next time. */
static char *take_line(struct helper *self)
{
	char *end = memchr(self->heard->str, '\n', self->heard->len);

	if (!end)
		return NULL;
	char *line = g_strndup(self->heard->str, (gsize)(end - self->heard->str));
	g_string_erase(self->heard, 0, end + 1 - self->heard->str);
	return line;
}

/* Waits for a line; NULL: it has ended, or is too late. `ms` below 0: for ever. */
static char *hear(struct helper *self, int ms, GError **error)
{
	struct pollfd ready = { self->socket, POLLIN, 0 };
	char bytes[VERB_ANSWER], *line;

	while (!(line = take_line(self))) {
		int some = poll(&ready, 1, ms);
		ssize_t got = some > 0 ? read(self->socket, bytes, sizeof(bytes)) : some;
		if (some < 0 && errno == EINTR)
			continue;
		if (some == 0) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
				    "oriel-helper does not answer");
			return NULL;
		}
		if (got <= 0 || self->heard->len > VERB_ANSWER) {
			say_how_it_ended(self, error);
			return NULL;
		}
		g_string_append_len(self->heard, bytes, got);
	}
	return line;
}

/* "ok", "ok VALUE" or "no WHY". */
static gboolean judge(const char *line, char **value, GError **error)
{
	if (!line)
		return FALSE;
	if (!g_str_equal(line, "ok") && !g_str_has_prefix(line, "ok ")) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s",
			    g_str_has_prefix(line, "no ") ? line + 3 : line);
		return FALSE;
	}
	if (value)
		*value = g_strdup(line[2] ? line + 3 : "");
	return TRUE;
}

static gboolean send_line(struct helper *self, const char *line, GError **error)
{
	gsize length = strlen(line);

	if (send(self->socket, line, length, MSG_NOSIGNAL) == (ssize_t)length)
		return TRUE;
	say_how_it_ended(self, error);
	return FALSE;
}

static void destroy(struct helper *self)
{
	g_clear_object(&self->process);
	if (self->socket >= 0)
		close(self->socket);
	g_string_free(self->heard, TRUE);
	g_free(self);
}

struct helper *helper_start(const char *machine, GError **error)
{
	g_autoptr(GPtrArray) words = name_program("serve", machine, error);
	int sockets[2];

	if (!words)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "socketpair: %s",
			    g_strerror(errno));
		return NULL;
	}
	struct helper *self = g_new0(struct helper, 1);
	self->socket = sockets[0];
	self->heard = g_string_new(NULL);
	struct agent *agent = agent_start(getpid());
	self->process = spawn(words, sockets[1], error);
	close(sockets[1]);
	/* A person may take any time to authenticate. */
	g_autofree char *greeting = self->process ? hear(self, -1, error) : NULL;
	agent_end(agent);
	if (judge(greeting, NULL, error))
		return self;
	destroy(self);
	return NULL;
}

gboolean helper_ask(struct helper *self, char *const *words, char **value, GError **error)
{
	g_autofree char *request = g_strjoinv(" ", (char **)words);
	g_autofree char *line = g_strconcat(request, "\n", NULL);

	if (strlen(line) >= VERB_LINE || strcspn(line, "\n") + 1 != strlen(line)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			    "oriel-helper takes no such request: %.64s", request);
		return FALSE;
	}
	if (!send_line(self, line, error))
		return FALSE;
	g_autofree char *answer = hear(self, PATIENCE_MS, error);
	if (judge(answer, value, error))
		return TRUE;
	g_prefix_error(error, "%s: ", words[0]);
	return FALSE;
}

gboolean helper_end(struct helper *self, GError **error)
{
	if (!self)
		return TRUE;
	shutdown(self->socket, SHUT_WR);
	g_autofree char *last = hear(self, PATIENCE_MS, error);
	gboolean given_back = judge(last, NULL, error);
	destroy(self);
	return given_back;
}

/* ---- after a crash ---- */

/* The folder cannot be listed, but asked for one name. */
gboolean helper_left(const char *machine)
{
	g_autofree char *name = g_strdup_printf("/run/oriel/undo/%u-%s", getuid(), machine);
	return g_file_test(name, G_FILE_TEST_EXISTS);
}

gboolean helper_restore(const char *machine, GError **error)
{
	g_autofree char *said = NULL;

	if (!helper_left(machine))
		return TRUE;
	g_autoptr(GPtrArray) words = name_program("restore", machine, error);
	if (!words)
		return FALSE;
	struct agent *agent = agent_start(getpid());
	g_autoptr(GSubprocess) process = g_subprocess_newv((const char *const *)words->pdata,
							   G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
	gboolean ended = process &&
			 g_subprocess_communicate_utf8(process, NULL, NULL, NULL, &said, error);
	agent_end(agent);
	if (!ended || g_subprocess_get_successful(process))
		return ended;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s",
		    *said ? g_strchomp(said) : "oriel-helper could not give everything back");
	return FALSE;
}
