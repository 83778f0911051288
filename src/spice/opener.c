#include "spice/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "link/opener.h"
#include "link/paths.h"
#include "spice/grant.h"

#define GRANTS_MAX 5000 /* that were not opened yet */

struct opener {
	struct link *link;
	GMainLoop *loop;
	bool trusting;
	struct grant *grant;
	GHashTable *granted; /* paths without links: how often they may be opened */
	GPtrArray *asked;    /* those that a person is asked about; NULL: none are */
	uint32_t question;   /* its number */
	int result;
};

/* ---- one file ---- */

#define SELF_MAX 32

static void name_of(char out[SELF_MAX], int fd)
{
	snprintf(out, SELF_MAX, "/proc/self/fd/%d", fd);
}

/* Where it really lies, whatever links led there. */
static bool find_place(int fd, char place[PATH_MAX])
{
	char name[SELF_MAX];

	name_of(name, fd);
	ssize_t length = readlink(name, place, PATH_MAX - 1);
	place[length > 0 ? length : 0] = '\0';
	return length > 0;
}

/* NULL: nothing is. What was granted must not be another file by now: links lead nowhere. */
static const char *fault(int fd, const char *path, bool hidden, struct stat *st)
{
	char place[PATH_MAX];

	if (fstat(fd, st) < 0)
		return strerror(errno);
	if (S_ISDIR(st->st_mode))
		return "is a folder; only files can be sent";
	if (!S_ISREG(st->st_mode))
		return "is no file";
	if (!find_place(fd, place) || strcmp(path, place) != 0)
		return "is not where it was when it was dropped";
	if (!hidden && strstr(place, "/."))
		return "is hidden, or lies in a hidden folder, which the sandbox keeps closed";
	return NULL;
}

/* What is no file must not notice that somebody looked at it. */
int opener_open(const char *path, bool hidden, uint64_t *size, const char **why)
{
	int place = *path == '/' ? open(path, O_PATH | O_CLOEXEC) : -1;
	char name[SELF_MAX];
	struct stat st;
	int fd = -1;

	if (place < 0) {
		*why = *path == '/' ? strerror(errno) : "is no path";
		return -1;
	}
	const char *wrong = fault(place, path, hidden, &st);
	name_of(name, place);
	if (!wrong && (fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) < 0)
		wrong = errno == EACCES ? "may not be read by you" : strerror(errno);
	close(place);
	if (wrong)
		*why = wrong;
	else
		*size = (uint64_t)st.st_size;
	return fd;
}

/* ---- what was dropped ---- */

static void refuse(struct opener *self, uint32_t id, const char *why)
{
	char words[256];

	g_strlcpy(words, why, sizeof(words));
	link_send(self->link, LINK_OPENER_REFUSED, &(struct link_opener_id){ id }, words, NULL);
}

/* Whatever links led there: this is what a person sees and grants. What does not lie anywhere is
 * refused when it is opened. */
static void add_place(void *data, const char *path)
{
	char place[PATH_MAX];

	g_ptr_array_add(data, g_strdup(realpath(path, place) ? place : path));
}

static void allow(struct opener *self, const char *path)
{
	unsigned times = GPOINTER_TO_UINT(g_hash_table_lookup(self->granted, path));

	g_hash_table_insert(self->granted, g_strdup(path), GUINT_TO_POINTER(times + 1));
}

/* Uses it up. */
static bool is_allowed(struct opener *self, const char *path)
{
	unsigned times = GPOINTER_TO_UINT(g_hash_table_lookup(self->granted, path));

	if (times > 1)
		g_hash_table_insert(self->granted, g_strdup(path), GUINT_TO_POINTER(times - 1));
	else if (times == 1)
		g_hash_table_remove(self->granted, path);
	return times > 0;
}

static void give(struct opener *self, uint32_t id, GPtrArray *paths)
{
	const struct link_opener_id body = { id };
	bool room = g_hash_table_size(self->granted) + paths->len <= GRANTS_MAX;
	int list = room ? paths_pack((const char *const *)paths->pdata, paths->len) : -ENOSPC;

	if (list < 0) {
		refuse(self, id, strerror(-list));
		return;
	}
	for (unsigned i = 0; i < paths->len; i++)
		allow(self, paths->pdata[i]);
	link_send(self->link, LINK_OPENER_GRANTED, &body, NULL, &list);
	close(list);
}

static void hear_key(struct opener *self, const struct link_message *message)
{
	const struct link_opener_id *body = message->body;
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) found = grant_by_portal(self->grant, message->text, &error);

	for (char **path = found; path && *path; path++)
		add_place(paths, *path);
	if (found)
		give(self, body->id, paths);
	else
		refuse(self, body->id, error->message);
}

static void on_answer(void *data, const char *why)
{
	struct opener *self = data;
	g_autoptr(GPtrArray) paths = g_steal_pointer(&self->asked);

	if (why)
		refuse(self, self->question, why);
	else
		give(self, self->question, paths);
}

static void ask(struct opener *self, uint32_t id, GPtrArray *paths)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *why = NULL;

	if (grant_by_person(self->grant, (const char *const *)paths->pdata, paths->len, on_answer,
			    self, &error)) {
		self->asked = g_ptr_array_ref(paths);
		self->question = id;
		return;
	}
	why = g_strdup_printf("the program that had them does not use the file portal, and nobody "
			      "can ask you: %s",
			      error->message);
	refuse(self, id, why);
}

static void hear_list(struct opener *self, const struct link_message *message)
{
	const struct link_opener_id *body = message->body;
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

	if (paths_unpack(message->fds[0], add_place, paths) < 0)
		refuse(self, body->id, "is no list of files");
	else if (self->trusting)
		give(self, body->id, paths);
	else
		ask(self, body->id, paths);
}

/* ---- the viewer ---- */

static void hear_open(struct opener *self, const struct link_message *message)
{
	const struct link_opener_id *body = message->body;
	struct link_opener_file file = { .id = body->id };
	const char *why = "was not dropped";
	int fd = -1;

	if (is_allowed(self, message->text))
		fd = opener_open(message->text, self->trusting, &file.size, &why);
	if (fd < 0) {
		refuse(self, body->id, why);
		return;
	}
	link_send(self->link, LINK_OPENER_OPENED, &file, NULL, &fd);
	close(fd);
}

static void hear(void *data, struct link_message *message)
{
	static void (*const hears[])(struct opener * self, const struct link_message *message) = {
		[LINK_OPENER_OPEN] = hear_open,
		[LINK_OPENER_KEY] = hear_key,
		[LINK_OPENER_LIST] = hear_list,
	};

	G_STATIC_ASSERT(G_N_ELEMENTS(hears) == LINK_OPENER_ASK_COUNT);
	hears[message->type](data, message);
}

static gboolean on_turn(gint fd, GIOCondition condition, gpointer data)
{
	struct opener *self = data;
	struct err err = { 0 };
	int result = link_turn(self->link, hear, self, &err);

	(void)fd, (void)condition;
	if (result == 0)
		return G_SOURCE_CONTINUE;
	if (result != -ECONNRESET)
		log_warn("the viewer's files: %s", err.text);
	self->result = result == -ECONNRESET ? 0 : result;
	g_main_loop_quit(self->loop);
	return G_SOURCE_REMOVE;
}

int opener_run(int fd, bool trusting)
{
	struct opener self = { .trusting = trusting };
	int result = link_create(&self.link, fd, &link_opener_tells, &link_opener_asks);

	if (result < 0)
		return result;
	self.loop = g_main_loop_new(NULL, FALSE);
	self.grant = grant_create();
	self.granted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_unix_fd_add(link_fd(self.link), G_IO_IN, on_turn, &self);
	g_main_loop_run(self.loop);
	grant_destroy(self.grant);
	g_clear_pointer(&self.asked, g_ptr_array_unref);
	g_hash_table_unref(self.granted);
	link_destroy(self.link);
	g_main_loop_unref(self.loop);
	return self.result;
}
