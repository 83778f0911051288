#include "view/spice/opener.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/err.h"
#include "link/opener.h"
#include "link/paths.h"

struct opener {
	struct link *link; /* NULL: there is none, or it is of no use any more */
	unsigned reader, refuser;
	uint32_t ids;
	struct {
		uint32_t id;
		opener_func answer; /* NULL: none is due */
		void *data;
	} file;
	struct {
		uint32_t id;
		opener_drop_func answer; /* NULL: none is due */
		void *data;
	} drop;
};

static void answer(struct opener *self, int fd, uint64_t size, const char *why)
{
	opener_func func = self->file.answer;

	self->file.answer = NULL;
	if (func)
		func(self->file.data, fd, size, why);
	else if (fd >= 0)
		close(fd);
}

static void answer_drop(struct opener *self, GPtrArray *paths, const char *why)
{
	opener_drop_func func = self->drop.answer;

	self->drop.answer = NULL;
	if (func)
		func(self->drop.data, paths, why);
}

static void stop(struct opener *self)
{
	if (self->reader)
		g_source_remove(self->reader);
	if (self->refuser)
		g_source_remove(self->refuser);
	self->reader = self->refuser = 0;
	link_destroy(self->link);
	self->link = NULL;
}

static void hear_opened(struct opener *self, struct link_message *message)
{
	const struct link_opener_file *body = message->body;
	int fd = message->fds[0];

	if (body->id != self->file.id)
		return;
	message->fds[0] = -1;
	answer(self, fd, body->size, NULL);
}

static void add(void *data, const char *path)
{
	g_ptr_array_add(data, g_strdup(path));
}

static void hear_granted(struct opener *self, struct link_message *message)
{
	const struct link_opener_id *body = message->body;
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

	if (body->id != self->drop.id)
		return;
	if (paths_unpack(message->fds[0], add, paths) < 0)
		answer_drop(self, NULL, "no list of files came back");
	else
		answer_drop(self, paths, NULL);
}

static void hear_refused(struct opener *self, struct link_message *message)
{
	const struct link_opener_id *body = message->body;

	if (body->id == self->file.id)
		answer(self, -1, 0, message->text);
	else if (body->id == self->drop.id)
		answer_drop(self, NULL, message->text);
}

static void hear(void *data, struct link_message *message)
{
	static void (*const hears[])(struct opener * self, struct link_message * message) = {
		[LINK_OPENER_OPENED] = hear_opened,
		[LINK_OPENER_REFUSED] = hear_refused,
		[LINK_OPENER_GRANTED] = hear_granted,
	};

	G_STATIC_ASSERT(G_N_ELEMENTS(hears) == LINK_OPENER_TELL_COUNT);
	hears[message->type](data, message);
}

static void refuse_all(struct opener *self, const char *why)
{
	answer_drop(self, NULL, why);
	answer(self, -1, 0, why);
}

static gboolean on_turn(gint fd, GIOCondition condition, gpointer data)
{
	struct opener *self = data;
	struct err err = { 0 };

	(void)fd, (void)condition;
	if (link_turn(self->link, hear, self, &err) == 0)
		return G_SOURCE_CONTINUE;
	self->reader = 0;
	stop(self);
	refuse_all(self, "who opens files has ended");
	return G_SOURCE_REMOVE;
}

static gboolean on_refused(gpointer data)
{
	struct opener *self = data;

	self->refuser = 0;
	refuse_all(self, "--sandbox=strict lets nobody open it");
	return G_SOURCE_REMOVE;
}

/* A link that breaks is told by its next turn; where there is none, everybody is refused. */
static uint32_t ask(struct opener *self, enum link_opener_ask type, const char *text,
		    const int *fds)
{
	const struct link_opener_id body = { ++self->ids };

	if (!self->link && !self->refuser)
		self->refuser = g_idle_add(on_refused, self);
	else if (self->link && link_send(self->link, type, &body, text, fds) == -EINVAL)
		self->refuser = g_idle_add(on_refused, self);
	return body.id;
}

void opener_ask(struct opener *self, const char *path, opener_func func, void *data)
{
	self->file.answer = func;
	self->file.data = data;
	self->file.id = ask(self, LINK_OPENER_OPEN, path, NULL);
}

static void drop(struct opener *self, enum link_opener_ask type, const char *text, const int *fds,
		 opener_drop_func func, void *data)
{
	if (self->drop.answer) {
		func(data, NULL, "those that were dropped before are still being asked about");
		return;
	}
	self->drop.answer = func;
	self->drop.data = data;
	self->drop.id = ask(self, type, text, fds);
}

void opener_drop_key(struct opener *self, const char *key, opener_drop_func func, void *data)
{
	drop(self, LINK_OPENER_KEY, key, NULL, func, data);
}

void opener_drop_list(struct opener *self, int list, opener_drop_func func, void *data)
{
	drop(self, LINK_OPENER_LIST, NULL, &list, func, data);
}

gboolean opener_cancel(struct opener *self)
{
	gboolean any = self->file.answer || self->drop.answer;

	self->file.answer = NULL;
	self->drop.answer = NULL;
	return any;
}

struct opener *opener_create(int fd)
{
	struct opener *self = g_new0(struct opener, 1);

	if (fd < 0 || link_create(&self->link, fd, &link_opener_asks, &link_opener_tells) < 0)
		return self;
	self->reader = g_unix_fd_add(link_fd(self->link), G_IO_IN, on_turn, self);
	return self;
}

void opener_destroy(struct opener *self)
{
	if (!self)
		return;
	stop(self);
	g_free(self);
}
