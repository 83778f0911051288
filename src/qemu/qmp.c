#include "qemu/qmp.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "qemu/line.h"

/* One that waits for its answer. */
struct question {
	struct qmp *qmp;
	gint64 id;
	GSource *deadline;
	char *command;
	qmp_answer answer;
	void *data;
};

struct qmp {
	int fd;
	int users; /* the owner, and each of our functions that calls back */
	GMainContext *context;
	GSource *reading, *writing, *greeting;
	GString *in, *out;
	size_t seen;           /* of `in`: no newline in there */
	GString *held;         /* commands that were given before it was ready */
	GHashTable *questions; /* by id */
	gint64 last;           /* id */
	bool ready, lost, greeted;
	const struct qmp_listener *listener;
	void *data;
};

enum { ID_HANDSHAKE = 0 };

/* ---- life ---- */

static void question_free(gpointer data)
{
	struct question *self = data;

	g_source_destroy(self->deadline);
	g_source_unref(self->deadline);
	g_free(self->command);
	g_free(self);
}

static void drop_source(GSource **source)
{
	if (!*source)
		return;
	g_source_destroy(*source);
	g_clear_pointer(source, g_source_unref);
}

static void hang_up(struct qmp *self)
{
	drop_source(&self->reading);
	drop_source(&self->writing);
	drop_source(&self->greeting);
	if (self->fd >= 0)
		close(self->fd);
	self->fd = -1;
}

static void release(struct qmp *self)
{
	if (--self->users > 0)
		return;
	hang_up(self);
	g_hash_table_unref(self->questions);
	g_string_free(self->in, TRUE);
	g_string_free(self->out, TRUE);
	g_string_free(self->held, TRUE);
	g_main_context_unref(self->context);
	g_free(self);
}

void qmp_destroy(struct qmp *self)
{
	if (!self)
		return;
	self->listener = NULL;
	g_hash_table_remove_all(self->questions);
	hang_up(self);
	release(self);
}

/* ---- what is lost ---- */

/* The question is off the list before its answer is told: that may ask more. */
static void settle(struct qmp *self, gint64 id, JsonNode *value, const GError *error)
{
	struct question *question = g_hash_table_lookup(self->questions, &id);

	if (!question)
		return; /* its deadline came first */
	g_hash_table_steal(self->questions, &id);
	if (question->answer)
		question->answer(question->data, value, error);
	question_free(question);
}

static void lose(struct qmp *self, const char *why)
{
	const GError error = { G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, (char *)why };

	if (self->lost)
		return;
	self->lost = true;
	self->ready = false;
	self->users++;
	hang_up(self);
	while (g_hash_table_size(self->questions)) {
		GHashTableIter iter;
		gpointer key;
		g_hash_table_iter_init(&iter, self->questions);
		g_hash_table_iter_next(&iter, &key, NULL);
		settle(self, *(gint64 *)key, NULL, &error);
	}
	if (self->listener && self->listener->lost)
		self->listener->lost(self->data, why);
	release(self);
}

/* ---- speaking ---- */

static gboolean on_writable(gint fd, GIOCondition condition, gpointer data);

static void watch_writing(struct qmp *self)
{
	if (self->writing || self->fd < 0)
		return;
	self->writing = g_unix_fd_source_new(self->fd, G_IO_OUT);
	g_source_set_callback(self->writing, G_SOURCE_FUNC(on_writable), self, NULL);
	g_source_attach(self->writing, self->context);
}

static void flush(struct qmp *self)
{
	while (self->fd >= 0 && self->out->len) {
		ssize_t sent = send(self->fd, self->out->str, self->out->len, MSG_NOSIGNAL);
		if (sent > 0)
			g_string_erase(self->out, 0, sent);
		else if (sent < 0 && errno == EINTR)
			continue;
		else
			break; /* full: later; broken: reading tells */
	}
	if (self->out->len)
		watch_writing(self);
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer data)
{
	struct qmp *self = data;

	(void)fd, (void)condition;
	drop_source(&self->writing);
	flush(self);
	return G_SOURCE_REMOVE;
}

static void say(struct qmp *self, const GString *line)
{
	g_string_append_len(self->out, line->str, (gssize)line->len);
	flush(self);
}

static gboolean on_deadline(gpointer data)
{
	struct question *question = data;
	struct qmp *self = question->qmp;
	g_autoptr(GError) error = g_error_new(G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
					      "QEMU does not answer to %s", question->command);

	settle(self, question->id, NULL, error);
	return G_SOURCE_REMOVE;
}

static GSource *attach_timer(struct qmp *self, unsigned ms, GSourceFunc callback, void *data)
{
	GSource *source = g_timeout_source_new(ms);

	g_source_set_callback(source, callback, data, NULL);
	g_source_attach(source, self->context);
	return source;
}

static gboolean on_dead(gpointer data)
{
	struct question *question = data;
	const GError error = { G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, (char *)"QEMU has hung up" };

	settle(question->qmp, question->id, NULL, &error);
	return G_SOURCE_REMOVE;
}

void qmp_ask(struct qmp *self, const char *command, JsonObject *arguments, unsigned patience_ms,
	     qmp_answer answer, void *data)
{
	struct question *question = g_new(struct question, 1);

	*question = (struct question){ self, ++self->last, NULL, g_strdup(command), answer, data };
	question->deadline = attach_timer(self, self->lost ? 0 : patience_ms,
					  self->lost ? on_dead : on_deadline, question);
	g_hash_table_insert(self->questions, &question->id, question);
	GString *line = line_make(command, arguments, question->id);
	if (self->ready)
		say(self, line);
	else
		g_string_append_len(self->held, line->str, (gssize)line->len);
	g_string_free(line, TRUE);
}

/* ---- listening ---- */

static void become_ready(struct qmp *self)
{
	drop_source(&self->greeting);
	self->ready = true;
	say(self, self->held);
	g_string_truncate(self->held, 0);
	if (self->listener && self->listener->ready)
		self->listener->ready(self->data);
}

static void take_greeting(struct qmp *self, JsonObject *object)
{
	if (!qmp_object(object, "QMP")) {
		lose(self, "what answers is not QEMU's monitor");
		return;
	}
	GString *line = line_make("qmp_capabilities", NULL, ID_HANDSHAKE);
	self->greeted = true;
	say(self, line);
	g_string_free(line, TRUE);
}

static void take_answer(struct qmp *self, JsonObject *object, gint64 id)
{
	JsonObject *refusal = qmp_object(object, "error");
	JsonNode *value = json_object_get_member(object, "return");
	const char *why = qmp_text(refusal, "desc");

	if (id == ID_HANDSHAKE && value && !self->ready) {
		become_ready(self);
		return;
	}
	if (id <= ID_HANDSHAKE || id > self->last || !(value || why)) {
		lose(self, "QEMU answers what nobody asked");
		return;
	}
	g_autoptr(GError) error = value ? NULL
					: g_error_new_literal(G_IO_ERROR, G_IO_ERROR_FAILED, why);
	settle(self, id, value, error);
}

static void take_object(struct qmp *self, JsonObject *object)
{
	const char *event = qmp_text(object, "event");
	JsonNode *id = json_object_get_member(object, "id");

	if (!self->greeted)
		take_greeting(self, object);
	else if (event && self->listener && self->listener->event)
		self->listener->event(self->data, event, qmp_object(object, "data"));
	else if (!event && id && JSON_NODE_HOLDS_VALUE(id) &&
		 json_node_get_value_type(id) == G_TYPE_INT64)
		take_answer(self, object, json_node_get_int(id));
	else if (!event)
		lose(self, "QEMU answers what nobody asked");
}

static void take_line(struct qmp *self, const char *text, size_t length)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(JsonNode) node = line_parse(text, length, &error);

	if (node)
		take_object(self, json_node_get_object(node));
	else
		lose(self, error->message);
}

static bool is_blank(const char *text, size_t length)
{
	while (length && g_ascii_isspace(*text))
		text++, length--;
	return length == 0;
}

/* A line's callbacks may destroy us, or lose us. */
static void take_lines(struct qmp *self)
{
	char *end;

	while (self->fd >= 0 && (end = memchr(self->in->str + self->seen, '\n',
					      self->in->len - self->seen)) != NULL) {
		size_t length = (size_t)(end - self->in->str);
		g_autofree char *line = g_strndup(self->in->str, length);
		g_string_erase(self->in, 0, (gssize)length + 1);
		self->seen = 0;
		if (!is_blank(line, length))
			take_line(self, line, length);
	}
	self->seen = self->in->len;
	if (self->in->len > QMP_LINE_MAX)
		lose(self, "QEMU sent a line without an end");
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct qmp *self = data;
	char text[16 << 10];
	ssize_t got = recv(fd, text, sizeof(text), MSG_DONTWAIT);

	(void)condition;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	self->users++;
	if (got > 0) {
		g_string_append_len(self->in, text, got);
		take_lines(self);
	} else {
		lose(self,
		     self->greeted ? "QEMU has hung up" : "QEMU hung up before it said a word");
	}
	release(self);
	return G_SOURCE_CONTINUE; /* if it is still there */
}

static gboolean on_silence(gpointer data)
{
	lose(data, "QEMU's monitor does not greet");
	return G_SOURCE_CONTINUE;
}

struct qmp *qmp_create(int fd, unsigned patience_ms, const struct qmp_listener *listener,
		       void *data)
{
	struct qmp *self = g_new0(struct qmp, 1);

	g_unix_set_fd_nonblocking(fd, TRUE, NULL);
	self->fd = fd;
	self->users = 1;
	self->context = g_main_context_ref_thread_default();
	self->in = g_string_new(NULL);
	self->out = g_string_new(NULL);
	self->held = g_string_new(NULL);
	self->questions = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, question_free);
	self->last = ID_HANDSHAKE;
	self->listener = listener;
	self->data = data;
	self->reading = g_unix_fd_source_new(fd, G_IO_IN | G_IO_HUP);
	g_source_set_callback(self->reading, G_SOURCE_FUNC(on_readable), self, NULL);
	g_source_attach(self->reading, self->context);
	self->greeting = attach_timer(self, patience_ms, on_silence, self);
	return self;
}

gboolean qmp_is_ready(const struct qmp *self)
{
	return self->ready;
}

/* ---- and waiting ---- */

struct waiting {
	bool done;
	JsonNode *value;
	GError *error;
};

static void on_answer(void *data, JsonNode *value, const GError *error)
{
	struct waiting *self = data;

	self->done = true;
	self->value = value ? json_node_ref(value) : NULL;
	self->error = error ? g_error_copy(error) : NULL;
}

JsonNode *qmp_call(struct qmp *self, const char *command, JsonObject *arguments, GError **error)
{
	struct waiting waiting = { 0 };

	qmp_ask(self, command, arguments, QMP_PATIENCE_MS, on_answer, &waiting);
	while (!waiting.done)
		g_main_context_iteration(self->context, TRUE);
	if (waiting.error)
		g_propagate_error(error, waiting.error);
	return waiting.value;
}

static int open_socket(const char *path, GError **error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) < sizeof(address.sun_path) && fd >= 0) {
		memcpy(address.sun_path, path, strlen(path));
		if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
			return fd;
	} else if (fd >= 0) {
		errno = ENAMETOOLONG;
	}
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path,
		    g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

struct qmp *qmp_connect(const char *path, unsigned patience_ms, GError **error)
{
	int fd = open_socket(path, error);

	if (fd < 0)
		return NULL;
	struct qmp *self = qmp_create(fd, patience_ms, NULL, NULL);
	while (!self->ready && !self->lost)
		g_main_context_iteration(self->context, TRUE);
	if (self->ready)
		return self;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE,
		    "%s: QEMU does not speak; something else may be talking to it", path);
	qmp_destroy(self);
	return NULL;
}
