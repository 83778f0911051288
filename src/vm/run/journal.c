#include "vm/run/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_MAX_BYTES (1 << 20) /* of the file, before a new one is begun */
#define LINE_MAX_BYTES 2048
#define LAST_MAX       8

/* One program's standard error. */
struct voice {
	struct journal *journal;
	char *who;
	int fd;
	guint source;
	GString *partial;
	GQueue last; /* char *: lines */
};

struct journal {
	char *path;
	FILE *file;
	GPtrArray *voices;
};

/* ---- writing ---- */

void journal_write(struct journal *self, const char *who, const char *line)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	g_autofree char *time = g_date_time_format(now, "%F %T");

	fprintf(self->file, "%s.%03d %s: %s\n", time, g_date_time_get_microsecond(now) / 1000, who,
		line);
	fflush(self->file);
}

/* QEMU puts a time of its own before what it says (-msg timestamp=on), and its name. */
static const char *without_stamp(const char *line)
{
	static const char stamp[] = "dddd-dd-ddTdd:dd:dd.ddddddZ ";
	static const char name[] = "qemu-system-x86_64: ";
	size_t i = 0;

	while (stamp[i] && (stamp[i] == 'd' ? g_ascii_isdigit(line[i]) : line[i] == stamp[i]))
		i++;
	line += stamp[i] ? 0 : i;
	return g_str_has_prefix(line, name) ? line + strlen(name) : line;
}

static void take_line(struct voice *self)
{
	const char *line = without_stamp(g_strchomp(self->partial->str));

	if (*line) {
		journal_write(self->journal, self->who, line);
		g_queue_push_tail(&self->last, g_strdup(line));
		if (self->last.length > LAST_MAX)
			g_free(g_queue_pop_head(&self->last));
	}
	g_string_truncate(self->partial, 0);
}

/* What a guest makes a program say must not steer a terminal. */
static void take_text(struct voice *self, const char *text, gssize length)
{
	for (gssize i = 0; i < length; i++) {
		if (text[i] == '\n' || self->partial->len >= LINE_MAX_BYTES)
			take_line(self);
		if ((guchar)text[i] >= ' ' && text[i] != 0x7f)
			g_string_append_c(self->partial, text[i]);
	}
}

/* ---- listening ---- */

/* FALSE: nobody will say more. */
static gboolean hear(struct voice *self)
{
	char text[4096];
	ssize_t got;

	while ((got = read(self->fd, text, sizeof(text))) > 0)
		take_text(self, text, got);
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct voice *self = data;

	(void)fd, (void)condition;
	if (hear(self))
		return G_SOURCE_CONTINUE;
	take_line(self);
	self->source = 0;
	return G_SOURCE_REMOVE;
}

static void voice_free(gpointer data)
{
	struct voice *self = data;

	hear(self);
	take_line(self);
	if (self->source)
		g_source_remove(self->source);
	close(self->fd);
	g_queue_clear_full(&self->last, g_free);
	g_string_free(self->partial, TRUE);
	g_free(self->who);
	g_free(self);
}

int journal_pipe(struct journal *self, const char *who, GError **error)
{
	int ends[2];

	if (!g_unix_open_pipe(ends, FD_CLOEXEC, error))
		return -1;
	g_unix_set_fd_nonblocking(ends[0], TRUE, NULL);
	struct voice *voice = g_new0(struct voice, 1);
	voice->journal = self;
	voice->who = g_strdup(who);
	voice->fd = ends[0];
	voice->partial = g_string_new(NULL);
	g_queue_init(&voice->last);
	voice->source = g_unix_fd_add(voice->fd, G_IO_IN | G_IO_HUP, on_readable, voice);
	g_ptr_array_add(self->voices, voice);
	return ends[1];
}

void journal_drain(struct journal *self)
{
	for (unsigned i = 0; i < self->voices->len; i++)
		hear(self->voices->pdata[i]);
}

char *journal_last(struct journal *self, const char *who)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = 0; i < self->voices->len; i++) {
		const struct voice *voice = self->voices->pdata[i];
		if (strcmp(voice->who, who) != 0)
			continue;
		for (const GList *line = voice->last.head; line; line = line->next)
			g_string_append_printf(text, "\n    %s", (const char *)line->data);
	}
	return g_string_free(text, FALSE);
}

/* ---- the file ---- */

static void begin_anew(const char *path)
{
	g_autofree char *old = g_strconcat(path, ".old", NULL);
	GStatBuf status;

	if (g_stat(path, &status) == 0 && status.st_size > SIZE_MAX_BYTES)
		g_rename(path, old);
}

struct journal *journal_open(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);

	g_mkdir_with_parents(folder, 0700);
	begin_anew(path);
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "a");
	if (!file) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path,
			    g_strerror(errno));
		return NULL;
	}
	struct journal *self = g_new0(struct journal, 1);
	self->path = g_strdup(path);
	self->file = file;
	self->voices = g_ptr_array_new_with_free_func(voice_free);
	return self;
}

void journal_close(struct journal *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->voices);
	fclose(self->file);
	g_free(self->path);
	g_free(self);
}

const char *journal_path(const struct journal *self)
{
	return self->path;
}
