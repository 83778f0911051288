/* A keyboard and a mouse at an X11 window, as XTEST has them, and what the guest gets of them. */
#include "view_input_rig.h"

#include <glib/gstdio.h>
#include <linux/input-event-codes.h>

#include "view/shot.h"

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

static gpointer let_go(gpointer data)
{
	window_let_go(data);
	return NULL;
}

/* By the watchdog's thread, while the main loop does not turn. */
static void hung_viewers_let_go(void)
{
	prepare();
	open_window(640, 480);
	pump_ms(30);
	capture();
	CHECK_EQ(steal_keyboard(), XCB_GRAB_STATUS_ALREADY_GRABBED);
	g_thread_join(g_thread_new("let go", let_go, app_window(viewer.app)));
	CHECK_EQ(steal_keyboard(), XCB_GRAB_STATUS_SUCCESS);
	hands_point(&server, 1500, 1100);
	xcb_query_pointer_reply_t *at = pointer();
	CHECK_EQ(at->root_x, 1500);
	free(at);
	hands_tap(&server, KEY_SCROLLLOCK); /* the state here is as it was */
	await_capture(false);
	tidy();
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
	CHECK_CONTAINS(alert, "sound comes through SPICE");
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

static bool is_elsewhere(void *data)
{
	xcb_window_t newest = server_newest(&server);

	return newest && newest != *(xcb_window_t *)data && server_viewable(&server, newest);
}

static bool holds(void *data)
{
	const char *const *both = data; /* a file, and what it is to say */
	g_autofree char *text = NULL;

	return g_file_get_contents(both[0], &text, NULL, NULL) && strstr(text, both[1]);
}

static void await_in(const char *path, const char *text)
{
	const char *both[] = { path, text };

	pump_until(holds, both, text);
}

/* Two viewers of one guest: what is down by the one comes up before the other has its turn, and who
 * is only looked at, or pointed at, says nothing. */
static void the_focused_viewer_has_the_guest(void)
{
	static struct script script2;
	static struct viewer second;
	g_autofree char *path = g_strdup("/tmp/oriel-input2-XXXXXX"), *text = NULL;

	close(g_mkstemp(path));
	prepare();
	open_window(320, 240);
	xcb_window_t first = window();
	script_init(&script2, 320, 240, 0);
	second.options = viewer.options;
	second.options.record_input = path;
	viewer_start(&second, &script2);
	script_status(&script2, SOURCE_RUNNING, "");
	script_post(&script2, NULL);
	viewer_shown(&second, 1);
	pump_until(is_elsewhere, &first, "there is a second window");
	xcb_configure_window(server.xcb, window(), XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y,
			     (const uint32_t[]){ 800, 600 });
	forget();
	hands_key(&server, KEY_A, true);
	await("key a 1\n");
	hands_focus(&server, window());
	await("key a 0\n");
	hands_key(&server, KEY_A, false);
	hands_tap(&server, KEY_B);
	await_in(path, "key b 0\n");
	hands_point(&server, 100, 100); /* over the first, which has no focus */
	hands_button(&server, 5, true);
	hands_button(&server, 5, false);
	hands_point(&server, 900, 700);
	await_in(path, "position 100 100 of 320x240\n");
	hands_key(&server, KEY_C, true);
	await_in(path, "key c 1\n");
	hands_focus(&server, first);
	await_in(path, "key c 0\n");
	hands_key(&server, KEY_C, false);
	settle();
	CHECK_STR(without_positions(), "key a 1 key a 0");
	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	CHECK(!strstr(text, "key a") && !strstr(text, "scroll"));
	viewer_stop(&second);
	script_finish(&script2);
	g_unlink(path);
	tidy();
}

static void guests_follow_the_window(void)
{
	prepare();
	viewer.options.resize_guest = TRUE;
	script.wants = 0;
	open_window(640, 480); /* whose size is the guest's: nothing to ask for */
	for (uint32_t more = 0; more <= 160; more += 40)
		server_resize(&server, window(), 640 + more, 440 + more);
	await("resize 800x600\n"); /* once, when it is calm */
	CHECK_EQ(script.wants, 1);
	CHECK_EQ(script.want.width, 800);
	CHECK_EQ(script.want.height, 600);
	chord(KEY_R); /* it lies on its side */
	await("resize 600x800\n");
	forget();
	script_status(&script, SOURCE_LOST, "");
	script_status(&script, SOURCE_RUNNING, ""); /* another one has not heard of it */
	await("resize 600x800\n");
	CHECK_EQ(script.wants, 3);
	viewer.options.resize_guest = FALSE;
	server_resize(&server, window(), 700, 500);
	await_width(700);
	forget();
	chord(KEY_EQUAL);
	await("resize 500x700\n");
	CHECK_CONTAINS(alert, "500x700");
	CHECK_EQ(script.wants, 4);
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
	prepare();
	open_window(640, 480);
	CHECK_STR(viewer_figures(&viewer).way, "direct");
	for (int i = 0; i < 8; i++) {
		chord(KEY_G);
		settle();
		pump_ms(100);
		script_draw(&script, (struct rect){ 0, 0, 640, 480 });
		post();
		if (strcmp(viewer_figures(&viewer).way, "gpu") != 0) /* may be no device here */
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
	TEST(captured_is_captured),
	TEST(hung_viewers_let_go),
	TEST(a_focus_that_is_the_pointers_will_do),
	TEST(the_end_of_the_guest_ends_the_capture),
	TEST(a_refusal_is_told),
	TEST(keys_act),
	TEST(the_focused_viewer_has_the_guest),
	TEST(guests_follow_the_window),
	TEST(zooming_keeps_what_is_looked_at),
	TEST(presenters_change),
	TEST(pictures_are_kept),
	TEST(the_quit_key_quits),
};

int main(int argc, char **argv)
{
	return input_main(argc, argv, cases, ARRAY_LEN(cases));
}
