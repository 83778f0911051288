#include "view_input_rig.h"

#include <glib/gstdio.h>
#include <linux/input-event-codes.h>
#include <unistd.h>

#include "view/settings/value.h"

struct server server;
struct script script;
struct viewer viewer;
static char record[] = "/tmp/oriel-input-XXXXXX";
static int record_fd = -1;
GString *lines; /* what was recorded since forget() */
char alert[512];
unsigned helps;

void tidy(void)
{
	if (!viewer.app)
		return;
	viewer_stop(&viewer);
	script_finish(&script);
}

/* As the settings begin; none of these holds memory. */
static void take_defaults(const char *section)
{
	const struct section *from = schema_find_section(section, strlen(section));
	g_autoptr(GString) why = g_string_new(NULL);

	for (size_t i = 0; i < from->count; i++)
		if (from->rows[i].kind != SETTING_LIST)
			CHECK(value_set(&viewer.options, &from->rows[i], from->rows[i].initial,
					why));
}

static void on_alert(void *data, const char *text)
{
	(void)data;
	g_strlcpy(alert, text, sizeof(alert));
}

static void on_help(void *data, bool shown)
{
	(void)data;
	helps += shown;
}

void prepare(void)
{
	tidy();
	take_defaults("input");
	take_defaults("keys");
	CHECK_EQ(truncate(record, 0), 0);
	CHECK_EQ(lseek(record_fd, 0, SEEK_SET), 0);
	g_string_truncate(lines, 0);
	viewer.options.record_input = record;
	alert[0] = 0;
	helps = 0;
}

xcb_window_t window(void)
{
	return server_window(&server);
}

void post(void)
{
	viewer_post(&viewer, &script, NULL);
}

static bool is_open(void *data)
{
	(void)data;
	return server_newest(&server) && server_viewable(&server, server_newest(&server));
}

/* A window that shows a guest of that size and has the focus; the pointer is in its middle. */
void open_window(uint32_t width, uint32_t height)
{
	script_init(&script, width, height, 0);
	viewer_start(&viewer, &script);
	app_on_alert(viewer.app, on_alert, NULL);
	app_on_help(viewer.app, on_help, NULL);
	script_status(&script, SOURCE_RUNNING, "");
	post();
	pump_until(is_open, NULL, "there is a window");
	hands_point(&server, (int16_t)(width / 2), (int16_t)(height / 2));
	hands_focus(&server, window());
	pump_ms(30);
}

/* ---- what was recorded ---- */

void read_more(void)
{
	char text[4096];
	ssize_t length;

	while ((length = read(record_fd, text, sizeof(text))) > 0)
		g_string_append_len(lines, text, length);
}

static bool has_line(void *data)
{
	read_more();
	return strstr(lines->str, data) != NULL;
}

void await(const char *line)
{
	pump_until(has_line, (void *)(uintptr_t)line, line);
}

/* What it says up to a key of our own, which nobody else presses. */
void settle(void)
{
	hands_tap(&server, KEY_F9);
	await("key f9 0\n");
	*strstr(lines->str, "key f9 1\n") = 0;
	lines->len = strlen(lines->str);
}

void forget(void)
{
	settle();
	g_string_truncate(lines, 0);
}

const char *without_positions(void)
{
	g_auto(GStrv) all = g_strsplit(lines->str, "\n", -1);

	g_string_truncate(lines, 0);
	for (char **line = all; *line && **line; line++)
		if (!g_str_has_prefix(*line, "position"))
			g_string_append_printf(lines, "%s%s", lines->len ? " " : "", *line);
	return lines->str;
}

static bool is_captured(void *data)
{
	return input_captured(viewer.app->input) == *(bool *)data;
}

void await_capture(bool captured)
{
	pump_until(is_captured, &captured, "the capture is as wished");
}

void capture(void)
{
	hands_tap(&server, KEY_SCROLLLOCK);
	await_capture(true);
}

void chord(uint32_t code)
{
	hands_key(&server, KEY_SCROLLLOCK, true);
	hands_tap(&server, code);
	hands_key(&server, KEY_SCROLLLOCK, false);
}

static const char *last_position(void)
{
	static char line[80];
	const char *at = g_strrstr(lines->str, "position ");

	g_strlcpy(line, at ? at : "", sizeof(line));
	*strchrnul(line, '\n') = 0;
	return line;
}

void check_corner(int16_t x, int16_t y, const char *want)
{
	hands_point(&server, 5, 5); /* so that the next one is a change */
	forget();
	hands_point(&server, x, y);
	settle();
	CHECK_STR(last_position(), want);
}

static bool is_as_wide_as(void *data)
{
	return viewer.app->window->width == *(uint32_t *)data;
}

void await_width(uint32_t width)
{
	pump_until(is_as_wide_as, &width, "the window has its size");
}

int input_main(int argc, char **argv, const struct test_case *cases, size_t count)
{
	int status;

	g_autofree char *state = g_dir_make_tmp("oriel-state-XXXXXX", NULL);

	g_setenv("XDG_CONFIG_HOME", "/nowhere", TRUE);
	g_setenv("XDG_STATE_HOME", state, TRUE);
	record_fd = g_mkstemp(record);
	lines = g_string_new(NULL);
	g_autofree char *xvfb = g_find_program_in_path("Xvfb");
	if (!xvfb) {
		printf("1..0 # SKIP no Xvfb here (package xvfb)\n");
		return 0;
	}
	server_start(&server, "1600x1200x24");
	status = test_main(argc, argv, cases, count);
	tidy();
	server_stop(&server);
	g_string_free(lines, TRUE);
	close(record_fd);
	g_unlink(record);
	g_rmdir(state);
	return status;
}
