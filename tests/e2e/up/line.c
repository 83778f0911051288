#include "line.h"

#include "base/clock.h"
#include "rig.h"

#define PATIENCE_NS (180 * NS_PER_S)

static struct {
	GSubprocess *process;
	GOutputStream *in;
	GInputStream *out;
	GString *heard;
} line;

void line_hang_up(void)
{
	if (!line.process)
		return;
	g_subprocess_force_exit(line.process);
	g_subprocess_wait(line.process, NULL, NULL);
	g_clear_object(&line.process);
	g_string_free(line.heard, TRUE);
}

void line_call(const char *machine)
{
	line_hang_up();
	line.process = g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE |
						G_SUBPROCESS_FLAGS_STDOUT_PIPE,
					NULL, g_getenv("ORIEL"), "console", machine, NULL);
	CHECK(line.process);
	line.in = g_subprocess_get_stdin_pipe(line.process);
	line.out = g_subprocess_get_stdout_pipe(line.process);
	line.heard = g_string_new(NULL);
}

void line_say(const char *words)
{
	CHECK(g_output_stream_write_all(line.in, words, strlen(words), NULL, NULL, NULL));
}

const char *line_heard(void)
{
	return line.heard->str;
}

bool line_hears(const char *words)
{
	char text[512];
	gssize got = g_pollable_input_stream_read_nonblocking(G_POLLABLE_INPUT_STREAM(line.out),
							      text, sizeof(text), NULL, NULL);

	if (got > 0)
		g_string_append_len(line.heard, text, got);
	return strstr(line.heard->str, words) != NULL;
}

void line_expect(const char *words)
{
	GUEST_WAIT(line_hears(words), PATIENCE_NS, g_usleep(10000), "\"%s\" instead of \"%s\"",
		   line.heard->str, words);
}
