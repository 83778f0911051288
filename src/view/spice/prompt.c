#include "view/spice/prompt.h"

#include <glib-unix.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

struct prompt {
	struct termios before;
	unsigned source;
	prompt_func answer;
	void *data;
	bool closed, busy; /* the second: `answer` runs */
};

/* Who asks from the background would be stopped for it. */
static bool is_ours(int fd)
{
	return isatty(fd) && tcgetpgrp(fd) == getpgrp();
}

static void restore(struct prompt *self)
{
	if (self->source)
		g_source_remove(self->source);
	self->source = 0;
	if (is_ours(STDIN_FILENO))
		tcsetattr(STDIN_FILENO, TCSANOW, &self->before);
}

/* The terminal gives whole lines, and no longer ones. */
static gboolean on_line(gint fd, GIOCondition condition, gpointer data)
{
	struct prompt *self = data;
	char line[256];
	ssize_t got = read(fd, line, sizeof(line) - 1);

	(void)condition;
	self->source = 0;
	restore(self);
	fputs("\n", stderr);
	self->busy = true;
	if (got > 0) {
		line[got] = '\0';
		line[strcspn(line, "\r\n")] = '\0';
		self->answer(self->data, line);
	}
	self->busy = false;
	explicit_bzero(line, sizeof(line));
	if (self->closed)
		g_free(self);
	return G_SOURCE_REMOVE;
}

struct prompt *prompt_open(const char *question, prompt_func answer, void *data)
{
	struct prompt *self;
	struct termios silent;

	if (!is_ours(STDIN_FILENO) || !isatty(STDERR_FILENO) || tcgetattr(STDIN_FILENO, &silent))
		return NULL;
	self = g_new0(struct prompt, 1);
	self->before = silent;
	self->answer = answer;
	self->data = data;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	fprintf(stderr, "%s: ", question);
	self->source = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_line, self);
	return self;
}

void prompt_close(struct prompt *self)
{
	if (!self || self->closed)
		return;
	if (self->source) {
		restore(self);
		fputs("\n", stderr);
	}
	self->closed = true;
	if (!self->busy)
		g_free(self);
}
