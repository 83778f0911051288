/* The window that `oriel up` opens and `oriel view` opens again: with this machine's memory and its
 * SPICE server, and it is not the machine. One guest that draws, and an X server. */
#include "line.h"
#include "linux.h"
#include "pixel/pattern.h"
#include "render/view_rig.h"
#include "rig.h"

#define PATIENCE_NS (60 * NS_PER_S)
#define WIDTH       640u
#define HEIGHT      480u

static struct {
	struct server server;
	GSubprocess *up, *view;
} rig;

static void turn(void)
{
	while (g_main_context_iteration(NULL, FALSE)) {
	}
	g_usleep(20000);
}

/* ---- windows ---- */

static xcb_window_t await_window(void)
{
	xcb_window_t found = XCB_NONE;

	GUEST_WAIT((found = server_newest(&rig.server)) && server_viewable(&rig.server, found),
		   PATIENCE_NS, turn(), "no window comes");
	return found;
}

static void await_no_window(void)
{
	GUEST_WAIT(!server_newest(&rig.server), PATIENCE_NS, turn(), "a window stays");
}

static xcb_atom_t atom(const char *name)
{
	xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(
		rig.server.xcb, xcb_intern_atom(rig.server.xcb, 0, (uint16_t)strlen(name), name),
		NULL);

	CHECK(reply);
	xcb_atom_t found = reply->atom;
	free(reply);
	return found;
}

/* As a window manager does when its button is pressed. */
static void close_window(xcb_window_t window)
{
	xcb_client_message_event_t event = {
		.response_type = XCB_CLIENT_MESSAGE,
		.format = 32,
		.window = window,
		.type = atom("WM_PROTOCOLS"),
		.data.data32 = { atom("WM_DELETE_WINDOW"), XCB_CURRENT_TIME },
	};

	xcb_send_event(rig.server.xcb, 0, window, 0, (const char *)&event);
	server_sync(&rig.server);
	await_no_window();
}

/* ---- what they show ---- */

/* The number of the guest's picture that the window shows exactly; 0: none, or not yet. */
static uint64_t number_shown(xcb_window_t window)
{
	const struct pixel_image shape = { PIXEL_BGRA, WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH * 4 };
	g_autofree uint32_t *want = g_new0(uint32_t, WIDTH * HEIGHT);
	uint32_t width, height;
	uint64_t number, stamp;
	g_autofree uint32_t *got = server_grab(&rig.server, window, &width, &height);

	if (width != WIDTH || height != HEIGHT || !pattern_read(&shape, got, &number, &stamp))
		return 0;
	pattern_draw(&shape, want, 0, HEIGHT, number, stamp);
	for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++)
		if (got[i] != (want[i] & 0xffffff))
			return 0;
	return number;
}

static void check_shown(xcb_window_t window)
{
	uint64_t first = 0;

	GUEST_WAIT((first = number_shown(window)), PATIENCE_NS, turn(), "not the guest's picture");
	GUEST_WAIT(number_shown(window) > first, PATIENCE_NS, turn(), "no picture after %d",
		   (int)first);
}

/* Only this machine's viewer can be on its server. */
static void check_spice(bool wanted)
{
	g_autofree char *command = g_strdup_printf(
		"echo info spice | '%s' console --monitor linux 2>&1", g_getenv("ORIEL"));
	g_autofree char *said = NULL;
	const char *words[] = { "sh", "-c", command, NULL };

	for (uint64_t until = clock_ns() + PATIENCE_NS;; turn()) {
		g_clear_pointer(&said, g_free);
		CHECK(g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
				   &said, NULL, NULL, NULL));
		if ((strstr(said, "Channel:") != NULL) == wanted)
			return;
		if (clock_ns() > until)
			test_fail("%s on its SPICE server: %s", wanted ? "nobody" : "somebody",
				  said);
	}
}

/* ---- cases, in this order ---- */

static void up_opens_a_window(void)
{
	linux_write("{ firmware: bios }");
	server_start(&rig.server, "1280x1024x24");
	rig.up = rig_start("up", "up", "--emulate", "--no-unit", "linux.yaml", NULL);
	rig_await_text("up", "Ctrl-C asks it to shut down");
	xcb_window_t window = await_window();
	linux_call();
	line_say("draw\n");
	line_expect("up: draws");
	check_shown(window);
	check_spice(true);
}

static void needs_machine(void)
{
	if (!rig.up)
		test_skip("there is no machine");
}

static void the_machine_outlives_it(void)
{
	needs_machine();
	close_window(await_window());
	rig_await_text("up", "was closed; linux runs on (oriel view linux)");
	check_spice(false);
	rig_do("ls");
	CHECK_CONTAINS(rig_answer.output, "linux            running");
	line_say("still there\n");
	line_expect("up: heard still there");
}

static void view_opens_it_again(void)
{
	needs_machine();
	rig.view = rig_start("view", "view", "linux", NULL);
	check_shown(await_window());
	check_spice(true);
	close_window(await_window());
	CHECK_EQ(rig_await(rig.view), 0);
	g_clear_object(&rig.view);
	rig.view = rig_start("view", "view", "linux", NULL);
	check_shown(await_window());
}

static void down_ends_all_of_it(void)
{
	needs_machine();
	rig_do("down", "linux");
	CHECK_EQ(rig_await(rig.up), 0);
	CHECK_EQ(rig_await(rig.view), 0);
	await_no_window();
	rig_await_text("up", "linux                    has shut down");
	rig_check_clean();
}

static const struct test_case cases[] = {
	TEST(up_opens_a_window),
	TEST(the_machine_outlives_it),
	TEST(view_opens_it_again),
	TEST(down_ends_all_of_it),
};

int main(int argc, char **argv)
{
	int result = rig_begin() == 0 && linux_begin() == 0
			     ? test_main(argc, argv, cases, ARRAY_LEN(cases))
			     : 1;

	g_clear_object(&rig.up);
	g_clear_object(&rig.view);
	line_hang_up();
	rig_end();
	linux_end();
	server_stop(&rig.server);
	return result;
}
