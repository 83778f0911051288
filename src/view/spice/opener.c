#include "view/spice/opener.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/err.h"
#include "link/opener.h"

struct opener {
	struct link *link; /* NULL: there is none, or it is of no use any more */
	unsigned reader, refuser;
	uint32_t id;        /* of the last question */
	opener_func answer; /* NULL: none is due */
	void *data;
};

static void answer(struct opener *self, int fd, uint64_t size, const char *why)
{
	opener_func func = self->answer;

	self->answer = NULL;
	if (func)
		func(self->data, fd, size, why);
	else if (fd >= 0)
		close(fd);
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

	if (body->id != self->id)
		return;
	message->fds[0] = -1;
	answer(self, fd, body->size, NULL);
}

static void hear(struct opener *self, struct link_message *message)
{
	const struct link_opener_id *refused = message->body;

	if (message->type == LINK_OPENER_OPENED)
		hear_opened(self, message);
	else if (refused->id == self->id)
		answer(self, -1, 0, message->text);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct opener *self = data;
	struct link_message *message;
	struct err err = { 0 };
	int result = link_receive(self->link, &message, &err);

	(void)fd, (void)condition;
	if (result == 0)
		hear(self, message);
	if (result >= 0)
		return G_SOURCE_CONTINUE;
	self->reader = 0;
	stop(self);
	answer(self, -1, 0, "who opens files has ended");
	return G_SOURCE_REMOVE;
}

static gboolean on_refused(gpointer data)
{
	struct opener *self = data;

	self->refuser = 0;
	answer(self, -1, 0, "--sandbox=strict lets nobody open it");
	return G_SOURCE_REMOVE;
}

void opener_ask(struct opener *self, const char *path, opener_func func, void *data)
{
	const struct link_opener_id body = { ++self->id };
	int result = -ENOTCONN;

	self->answer = func;
	self->data = data;
	if (self->link)
		result = link_send(self->link, LINK_OPENER_OPEN, &body, path, NULL);
	if (result < 0 && !self->refuser)
		self->refuser = g_idle_add(on_refused, self);
}

void opener_cancel(struct opener *self)
{
	self->answer = NULL;
}

struct opener *opener_create(int fd)
{
	struct opener *self = g_new0(struct opener, 1);

	if (fd < 0 || link_create(&self->link, fd, &link_opener_asks, &link_opener_tells) < 0)
		return self;
	self->reader = g_unix_fd_add(link_fd(self->link), G_IO_IN, on_readable, self);
	return self;
}

void opener_destroy(struct opener *self)
{
	if (!self)
		return;
	stop(self);
	g_free(self);
}
