#include "terminal.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define PATIENCE_NS (60 * NS_PER_S)

static struct {
	pid_t pid;
	int fd;
	GString *shown;
} terminal = { .fd = -1 };

static void run(char **words)
{
	guest_limit_life(300);
	g_setenv("TERM", "xterm", TRUE);
	if (chdir(rig_folder) == 0)
		execv(words[0], words);
	_exit(127);
}

void terminal_open(const char *word, ...)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	va_list rest;

	terminal_end();
	g_ptr_array_add(words, (char *)g_getenv("ORIEL"));
	va_start(rest, word);
	for (; word; word = va_arg(rest, const char *))
		g_ptr_array_add(words, (char *)word);
	va_end(rest);
	g_ptr_array_add(words, NULL);
	terminal.pid = forkpty(&terminal.fd, NULL, NULL, &size);
	if (terminal.pid == 0)
		run((char **)words->pdata);
	CHECK(terminal.pid > 0);
	terminal.shown = g_string_new(NULL);
}

void terminal_type(const char *text)
{
	CHECK_EQ(write(terminal.fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* Is there more? */
static bool look(int ms)
{
	struct pollfd ready = { .fd = terminal.fd, .events = POLLIN };
	char text[4096];

	if (poll(&ready, 1, ms) != 1)
		return false;
	ssize_t got = read(terminal.fd, text, sizeof(text));
	if (got > 0)
		g_string_append_len(terminal.shown, text, got);
	return got > 0;
}

bool terminal_has(const char *text)
{
	return strstr(terminal.shown->str, text) != NULL;
}

void terminal_await(const char *text)
{
	GUEST_WAIT(terminal_has(text), PATIENCE_NS, look(20), "\"%s\" instead of \"%s\"",
		   terminal.shown->str, text);
}

unsigned terminal_widest(void)
{
	g_auto(GStrv) lines = g_regex_split_simple("\r|\n|\033\\[[0-9;]*[A-Za-z]",
						   terminal.shown->str, 0, 0);
	glong widest = 0;

	for (char **line = lines; *line; line++)
		widest = MAX(widest, g_utf8_strlen(*line, -1));
	return (unsigned)widest;
}

int terminal_close(void)
{
	int status = 0;
	pid_t ended = 0;

	GUEST_WAIT((look(20), ended = waitpid(terminal.pid, &status, WNOHANG)) != 0, PATIENCE_NS,
		   g_usleep(1000), "still there: %s", terminal.shown->str);
	CHECK_EQ(ended, terminal.pid);
	terminal.pid = 0;
	while (look(0)) {
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void terminal_end(void)
{
	if (terminal.pid > 0 && kill(terminal.pid, SIGKILL) == 0)
		waitpid(terminal.pid, NULL, 0);
	terminal.pid = 0;
	if (terminal.fd >= 0)
		close(terminal.fd);
	terminal.fd = -1;
	if (terminal.shown)
		g_string_free(terminal.shown, TRUE);
	terminal.shown = NULL;
}
