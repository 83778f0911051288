/* A keyboard and a mouse at an X11 window, as XTEST has them, and what the guest gets of them. */
#include "view_hands.h"

#include <glib/gstdio.h>
#include <linux/input-event-codes.h>
#include <unistd.h>

#include "view/app_impl.h"
#include "view/settings/value.h"
#include "view/shot.h"

static struct server server;
static struct script script;
static struct viewer viewer;
static char record[] = "/tmp/oriel-input-XXXXXX";
static int record_fd = -1;
static GString *lines; /* what was recorded since forget() */
static char alert[512];
static unsigned helps;

static void tidy(void)
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

static void prepare(void)
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

static xcb_window_t window(void)
{
	return server_window(&server);
}

static void post(void)
{
	struct figures figures;

	app_figures(viewer.app, &figures);
	script_post(&script, NULL);
	viewer_shown(&viewer, figures.shown + figures.skipped + 1);
}

static bool is_open(void *data)
{
	(void)data;
	return server_newest(&server) && server_viewable(&server, server_newest(&server));
}

/* A window that shows a guest of that size and has the focus; the pointer is in its middle. */
static void open_window(uint32_t width, uint32_t height)
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

static void read_more(void)
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

static void await(const char *line)
{
	pump_until(has_line, (void *)(uintptr_t)line, line);
}

/* What it says up to a key of our own, which nobody else presses. */
static void settle(void)
{
	hands_tap(&server, KEY_F9);
	await("key f9 0\n");
	*strstr(lines->str, "key f9 1\n") = 0;
	lines->len = strlen(lines->str);
}

static void forget(void)
{
	settle();
	g_string_truncate(lines, 0);
}

static const char *without_positions(void)
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

static void await_capture(bool captured)
{
	pump_until(is_captured, &captured, "the capture is as wished");
}

static void capture(void)
{
	hands_tap(&server, KEY_SCROLLLOCK);
	await_capture(true);
}

static void chord(uint32_t code)
{
	hands_key(&server, KEY_SCROLLLOCK, true);
	hands_tap(&server, code);
	hands_key(&server, KEY_SCROLLLOCK, false);
}

/* ---- keys ---- */

static bool set_layout(const char *layout)
{
	g_autofree char *command = g_strdup_printf("setxkbmap -display %s %s", g_getenv("DISPLAY"),
						   layout);
	int status;

	return g_spawn_command_line_sync(command, NULL, NULL, &status, NULL) && status == 0;
}

static void keys_are_where_they_are(void)
{
	static const char *const layouts[] = { "us", "de", "us -variant dvorak", "ru", "fr" };

	for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
		if (!set_layout(layouts[i]))
			test_skip("no setxkbmap here");
		prepare();
		open_window(640, 480);
		forget();
		hands_tap(&server, KEY_Q);
		hands_tap(&server, KEY_Z);
		hands_tap(&server, KEY_SEMICOLON);
		hands_tap(&server, KEY_102ND);
		hands_tap(&server, KEY_UP);
		hands_tap(&server, KEY_KPPLUS);
		hands_tap(&server, KEY_RIGHTALT);
		settle();
		CHECK_STR(without_positions(),
			  "key q 1 key q 0 key z 1 key z 0 key semicolon 1 key semicolon 0 "
			  "key 102nd 1 key 102nd 0 key up 1 key up 0 key kpplus 1 key kpplus 0 "
			  "key rightalt 1 key rightalt 0");
		chord(KEY_S);
		settle();
		CHECK_EQ(viewer.app->window->scale, SCALE_ONE);
	}
	CHECK(set_layout("us"));
	tidy();
}

static void held_keys_come_once(void)
{
	prepare();
	open_window(640, 480);
	forget();
	hands_key(&server, KEY_A, true);
	pump_ms(900); /* servers repeat after 660 */
	hands_key(&server, KEY_A, false);
	settle();
	CHECK_STR(without_positions(), "key a 1 key a 0");
	tidy();
}

static void lost_focus_releases(void)
{
	prepare();
	open_window(640, 480);
	forget();
	hands_key(&server, KEY_LEFTCTRL, true);
	hands_button(&server, 1, true);
	await("button 272 1\n");
	hands_focus(&server, XCB_NONE);
	await("key leftctrl 0\n");
	await("button 272 0\n");
	hands_key(&server, KEY_LEFTCTRL, false);
	hands_button(&server, 1, false);
	hands_key(&server, KEY_B, true); /* nobody's */
	hands_focus(&server, window());
	hands_key(&server, KEY_B, false);
	settle();
	CHECK(!strstr(lines->str, "key b"));
	tidy();
}

static bool is_helped(void *data)
{
	(void)data;
	return helps > 0;
}

static void a_tap_captures_and_holding_helps(void)
{
	prepare();
	open_window(640, 480);
	capture();
	hands_tap(&server, KEY_SCROLLLOCK);
	await_capture(false);
	CHECK_EQ(helps, 0);
	hands_key(&server, KEY_SCROLLLOCK, true);
	pump_until(is_helped, NULL, "help is shown");
	hands_key(&server, KEY_SCROLLLOCK, false);
	settle();
	CHECK(!input_captured(viewer.app->input));
	CHECK(!strstr(lines->str, "scrolllock"));
	tidy();
}

/* ---- the pointer ---- */

static const char *last_position(void)
{
	static char line[80];
	const char *at = g_strrstr(lines->str, "position ");

	g_strlcpy(line, at ? at : "", sizeof(line));
	*strchrnul(line, '\n') = 0;
	return line;
}

static void check_corner(int16_t x, int16_t y, const char *want)
{
	hands_point(&server, 5, 5); /* so that the next one is a change */
	forget();
	hands_point(&server, x, y);
	settle();
	CHECK_STR(last_position(), want);
}

static bool is_as_wide(void *data)
{
	return viewer.app->window->width == *(uint32_t *)data;
}

static void corners_are_exact(void)
{
	static const uint32_t percents[] = { 100, 125, 150, 200, 50 };
	static const char *const corners[4][4] = {
		{ "position 0 0", "position 399 0", "position 0 299", "position 399 299" },
		{ "position 0 299", "position 0 0", "position 399 299", "position 399 0" },
		{ "position 399 299", "position 0 299", "position 399 0", "position 0 0" },
		{ "position 399 0", "position 399 299", "position 0 0", "position 0 299" },
	};

	for (size_t i = 0; i < ARRAY_LEN(percents) * 4; i++) {
		int turn = (int)i % 4;
		prepare();
		viewer.options.rotate = turn;
		open_window(400, 300);
		uint32_t w = (turn % 2 ? 300 : 400) * percents[i / 4] / 100;
		uint32_t h = (turn % 2 ? 400 : 300) * percents[i / 4] / 100;
		server_resize(&server, window(), w, h);
		pump_until(is_as_wide, &w, "the window has its size");
		post();
		for (int c = 0; c < 4; c++) {
			g_autofree char *want = g_strdup_printf("%s of 400x300", corners[turn][c]);
			check_corner(c % 2 ? (int16_t)(w - 1) : 0, c / 2 ? (int16_t)(h - 1) : 0,
				     want);
		}
	}
	tidy();
}

static void buttons_and_wheels_arrive(void)
{
	prepare();
	open_window(640, 480);
	forget();
	for (uint8_t number = 1; number <= 9; number++) {
		hands_button(&server, number, true);
		hands_button(&server, number, false);
	}
	settle();
	CHECK_STR(without_positions(),
		  "button 272 1 button 272 0 button 274 1 button 274 0 button 273 1 button 273 0 "
		  "scroll 0 -120 scroll 0 120 scroll -120 0 scroll 120 0 "
		  "button 275 1 button 275 0 button 276 1 button 276 0");
	tidy();
}

/* 4000 of them, at a wall and back: all count, whatever the pointer could follow. */
static void motion_adds_up(void)
{
	int64_t x = 0, y = 0, got_x = 0, got_y = 0;

	prepare();
	viewer.options.input.raw = TRUE;
	open_window(640, 480);
	capture();
	forget();
	for (int i = 0; i < 4000; i++) {
		int16_t dx = (int16_t)g_random_int_range(-20, 31);
		int16_t dy = (int16_t)g_random_int_range(-30, 21);
		hands_move(&server, dx, dy);
		x += dx;
		y += dy;
		if (i % 100 == 0)
			pump_ms(1);
	}
	settle();
	g_auto(GStrv) all = g_strsplit(lines->str, "\n", -1);
	for (char **line = all; *line; line++) {
		int dx, dy;
		if (sscanf(*line, "motion %d %d", &dx, &dy) == 2) {
			got_x += dx;
			got_y += dy;
		}
	}
	CHECK_EQ(got_x, x);
	CHECK_EQ(got_y, y);
	CHECK(!strstr(lines->str, "position"));
	tidy();
}

/* ---- capture ---- */

static xcb_query_pointer_reply_t *pointer(void)
{
	return xcb_query_pointer_reply(server.xcb,
				       xcb_query_pointer(server.xcb, server.screen->root), NULL);
}

static uint8_t steal_keyboard(void)
{
	xcb_grab_keyboard_reply_t *reply = xcb_grab_keyboard_reply(
		server.xcb,
		xcb_grab_keyboard(server.xcb, 0, server.screen->root, XCB_CURRENT_TIME,
				  XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC),
		NULL);
	uint8_t status = reply->status;

	free(reply);
	xcb_ungrab_keyboard(server.xcb, XCB_CURRENT_TIME);
	server_sync(&server);
	return status;
}

static void captured_is_captured(void)
{
	prepare();
	open_window(640, 480);
	CHECK_EQ(steal_keyboard(), XCB_GRAB_STATUS_SUCCESS);
	pump_ms(30);
	capture();
	CHECK_EQ(steal_keyboard(), XCB_GRAB_STATUS_ALREADY_GRABBED);
	hands_point(&server, 1500, 1100);
	xcb_query_pointer_reply_t *at = pointer();
	CHECK(at->root_x < 640 && at->root_y < 480);
	free(at);
	forget();
	hands_button(&server, 1, true);
	hands_button(&server, 1, false);
	hands_button(&server, 5, true);
	hands_button(&server, 5, false);
	hands_tap(&server, KEY_A);
	hands_tap(&server, KEY_F11);
	settle();
	CHECK_STR(without_positions(), "button 272 1 button 272 0 scroll 0 120 key a 1 key a 0 "
				       "key f11 1 key f11 0");
	hands_key(&server, KEY_A, true);
	hands_tap(&server, KEY_SCROLLLOCK);
	await_capture(false);
	await("key a 0\n");
	hands_key(&server, KEY_A, false);
	CHECK_EQ(steal_keyboard(), XCB_GRAB_STATUS_SUCCESS);
	hands_point(&server, 1500, 1100);
	at = pointer();
	CHECK_EQ(at->root_x, 1500);
	free(at);
	tidy();
}

/* Without a window manager the focus is where the pointer is. */
static void a_focus_that_is_the_pointers_will_do(void)
{
	prepare();
	viewer.options.input.capture_on_focus = TRUE;
	open_window(640, 480);
	hands_tap(&server, KEY_SCROLLLOCK);
	await_capture(false);
	hands_point(&server, 1500, 1000);
	hands_focus(&server, XCB_INPUT_FOCUS_POINTER_ROOT);
	pump_ms(50);
	hands_point(&server, 100, 100);
	await_capture(true);
	pump_ms(100);
	CHECK(input_captured(viewer.app->input));
	forget();
	hands_move(&server, 3, 4);
	settle();
	CHECK_STR(without_positions(), "motion 3 4");
	hands_tap(&server, KEY_SCROLLLOCK);
	await_capture(false);
	pump_ms(100);
	CHECK(!input_captured(viewer.app->input));
	hands_tap(&server, KEY_A);
	await("key a 0\n");
	hands_point(&server, 1500, 1000);
	hands_tap(&server, KEY_B); /* nobody's */
	pump_ms(50);
	read_more();
	CHECK(!strstr(lines->str, "key b"));
	tidy();
}

static void the_end_of_the_guest_ends_the_capture(void)
{
	prepare();
	open_window(640, 480);
	capture();
	hands_key(&server, KEY_A, true);
	await("key a 1\n");
	script_status(&script, SOURCE_LOST, "");
	await("key a 0\n");
	CHECK(!input_captured(viewer.app->input));
	CHECK_EQ(steal_keyboard(), XCB_GRAB_STATUS_SUCCESS);
	hands_key(&server, KEY_A, false);
	tidy();
}

static void a_refusal_is_told(void)
{
	prepare();
	open_window(640, 480);
	free(xcb_grab_pointer_reply(server.xcb,
				    xcb_grab_pointer(server.xcb, 0, server.screen->root, 0,
						     XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC,
						     XCB_NONE, XCB_NONE, XCB_CURRENT_TIME),
				    NULL));
	hands_tap(&server, KEY_SCROLLLOCK);
	pump_ms(50);
	CHECK(!input_captured(viewer.app->input));
	CHECK_EQ(steal_keyboard(), XCB_GRAB_STATUS_SUCCESS);
	xcb_ungrab_pointer(server.xcb, XCB_CURRENT_TIME);
	server_sync(&server);
	CHECK_CONTAINS(alert, "another program holds");
	capture();
	tidy();
}

/* ---- the guest's pointer ---- */

/* 6 by 4 pixels, opaque red, its tip at 1, 1. */
static void tell_pointer(int32_t x, int32_t y, bool visible, bool shape)
{
	static uint32_t pixels[6 * 4];
	struct cursor cursor = {
		.visible = visible,
		.has_position = true,
		.x = x,
		.y = y,
		.has_shape = shape,
		.shape = { CURSOR_COLOUR, 1, 1, 6, 4, 6 * 4, (const uint8_t *)pixels },
	};

	for (size_t i = 0; i < ARRAY_LEN(pixels); i++)
		pixels[i] = 0xffff0000;
	script.source.listener->cursor(script.source.data, &cursor);
	pump_ms(50);
}

/* How many pixels are red, and the first of them. The root is asked, or panels would be missing. */
static unsigned red_pixels(uint32_t *x, uint32_t *y)
{
	uint32_t width, height;
	unsigned count = 0;
	g_autofree uint32_t *got = server_grab(&server, server.screen->root, &width, &height);

	for (uint32_t i = 0; i < width * height; i++)
		if (got[i] == 0xff0000 && count++ == 0) {
			*x = i % width;
			*y = i / width;
		}
	return count;
}

static void check_pointer(unsigned count, uint32_t x, uint32_t y)
{
	uint32_t got_x = 0, got_y = 0;

	CHECK_EQ(red_pixels(&got_x, &got_y), count);
	CHECK_EQ(got_x, x);
	CHECK_EQ(got_y, y);
}

/* Pictures here are black. */
static void captured_pointers_are_the_guests(void)
{
	prepare();
	open_window(320, 240);
	tell_pointer(10, 20, true, true);
	check_pointer(0, 0, 0); /* the X server's own, which no picture shows */
	capture();
	pump_ms(50);
	check_pointer(24, 10, 20);
	tell_pointer(100, 50, true, false);
	check_pointer(24, 100, 50);
	tell_pointer(100, 50, false, false);
	check_pointer(0, 0, 0);
	tell_pointer(100, 50, true, false);
	chord(KEY_R); /* upright, at its tip */
	pump_ms(50);
	post();
	check_pointer(24, 240 - 1 - 51 - 1, 101 - 1);
	hands_tap(&server, KEY_SCROLLLOCK);
	await_capture(false);
	pump_ms(50);
	check_pointer(0, 0, 0);
	tidy();
}

static void captured_pointers_grow_with_the_picture(void)
{
	uint32_t wide = 640;

	prepare();
	open_window(320, 240);
	tell_pointer(10, 20, true, true);
	capture();
	server_resize(&server, window(), 640, 480);
	pump_until(is_as_wide, &wide, "the window has its size");
	pump_ms(50);
	check_pointer(24 * 4, 20, 40);
	script_status(&script, SOURCE_LOST, "");
	pump_ms(400);
	check_pointer(0, 0, 0);
	tidy();
}

/* ---- actions ---- */

static void keys_act(void)
{
	prepare();
	open_window(640, 480);
	struct app *app = viewer.app;

	chord(KEY_S);
	settle();
	CHECK_EQ(app->window->scale, SCALE_ONE);
	chord(KEY_F);
	settle();
	CHECK(app->window->fullscreen);
	chord(KEY_F);
	settle();
	CHECK(!app->window->fullscreen);
	chord(KEY_R);
	settle();
	CHECK_EQ(app->turn, PIXEL_ROTATE_90);
	CHECK_EQ(app->picture.width, 480);
	chord(KEY_B);
	chord(KEY_N);
	settle();
	CHECK_EQ(app->look.vision, LOOK_PROTAN);
	CHECK_EQ(app->look.boost * 2, 3);
	chord(KEY_V);
	settle();
	CHECK(app->video_off);
	chord(KEY_M);
	settle();
	CHECK_CONTAINS(alert, "mute: sound is not");
	chord(KEY_EQUAL);
	settle();
	CHECK_CONTAINS(alert, "size");
	chord(KEY_INSERT);
	settle();
	CHECK_STR(alert, "sensitivity +1");
	chord(KEY_I);
	pump_ms(50);
	hands_tap(&server, KEY_A);
	chord(KEY_I);
	settle();
	CHECK(!strstr(lines->str, "key a"));
	tidy();
}

/* What is under the pointer stays there, and is the guest's pixel still. */
static void zooming_keeps_what_is_looked_at(void)
{
	prepare();
	open_window(640, 480);
	script_draw(&script, (struct rect){ 0, 0, 640, 480 });
	post();
	hands_point(&server, 200, 100);
	for (int i = 0; i < 3; i++) {
		chord(KEY_KPPLUS);
		settle();
	}
	CHECK_EQ(viewer.app->window->zoom.percent, 200);
	pump_ms(50);
	check_window(&server, window(), &script, (struct placement){ -200, -100, 1280, 960, 2 });
	check_corner(200, 100, "position 200 100 of 640x480");
	check_corner(639, 479, "position 419 289 of 640x480");
	script_draw(&script, (struct rect){ 250, 150, 60, 40 });
	post();
	pump_ms(30);
	check_window(&server, window(), &script, (struct placement){ -200, -100, 1280, 960, 2 });
	for (int i = 0; i < 5; i++) {
		chord(KEY_KPMINUS);
		settle();
	}
	CHECK_EQ(viewer.app->window->zoom.percent, 50);
	check_corner(160, 120, "position 0 0 of 640x480");
	chord(KEY_KPPLUS);
	chord(KEY_KPPLUS);
	settle();
	pump_ms(50);
	check_window(&server, window(), &script, (struct placement){ 0, 0, 640, 480, 1 });
	tidy();
}

static void presenters_change(void)
{
	struct figures figures;

	prepare();
	open_window(640, 480);
	app_figures(viewer.app, &figures);
	CHECK_STR(figures.way, "direct");
	for (int i = 0; i < 8; i++) {
		chord(KEY_G);
		settle();
		pump_ms(100);
		script_draw(&script, (struct rect){ 0, 0, 640, 480 });
		post();
		app_figures(viewer.app, &figures);
		if (strcmp(figures.way, "gpu") != 0) /* may be no device here */
			check_window(&server, window(), &script,
				     (struct placement){ 0, 0, 640, 480, 1 });
	}
	CHECK(!app_ended(viewer.app, NULL));
	tidy();
}

static void pictures_are_kept(void)
{
	const char *folder = g_getenv("XDG_STATE_HOME"), *name;

	prepare();
	open_window(640, 480);
	chord(KEY_P);
	settle();
	pump_ms(50);
	CHECK_CONTAINS(alert, "wrote ");
	g_autofree char *ours = shot_folder();
	GDir *dir = g_dir_open(ours, 0, NULL);
	unsigned count = 0;
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(ours, name, NULL);
		count += g_str_has_suffix(name, ".png");
		g_unlink(path);
	}
	g_dir_close(dir);
	CHECK_EQ(count, 1);
	CHECK(g_str_has_prefix(ours, folder));
	g_rmdir(ours);
	tidy();
}

static void the_quit_key_quits(void)
{
	prepare();
	open_window(640, 480);
	chord(KEY_Q);
	pump_ms(100);
	CHECK(app_ended(viewer.app, NULL));
	tidy();
}

static const struct test_case cases[] = {
	TEST(keys_are_where_they_are),
	TEST(held_keys_come_once),
	TEST(lost_focus_releases),
	TEST(a_tap_captures_and_holding_helps),
	TEST(corners_are_exact),
	TEST(buttons_and_wheels_arrive),
	TEST(motion_adds_up),
	TEST(captured_is_captured),
	TEST(a_focus_that_is_the_pointers_will_do),
	TEST(the_end_of_the_guest_ends_the_capture),
	TEST(a_refusal_is_told),
	TEST(captured_pointers_are_the_guests),
	TEST(captured_pointers_grow_with_the_picture),
	TEST(keys_act),
	TEST(zooming_keeps_what_is_looked_at),
	TEST(presenters_change),
	TEST(pictures_are_kept),
	TEST(the_quit_key_quits),
};

int main(int argc, char **argv)
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
	status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	tidy();
	server_stop(&server);
	g_string_free(lines, TRUE);
	close(record_fd);
	g_unlink(record);
	g_rmdir(state);
	return status;
}
