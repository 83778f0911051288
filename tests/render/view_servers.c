/* X servers that are not what one expects: far away, of other depths, with a window manager. */
#include "view_rig.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct server server;
static struct script script;
static struct viewer viewer;

static void open_shown(uint32_t width, uint32_t height)
{
	script_init(&script, width, height, 0);
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	for (int i = 0; i < 2; i++) {
		script_draw(&script, (struct rect){ 0, 0, width, height });
		script_post(&script, NULL);
		pump_ms(150);
	}
}

static void close_all(void)
{
	viewer_stop(&viewer);
	script_finish(&script);
	server_stop(&server);
}

/* The same pixels reach a server that no descriptor can be sent to. */
static void far_servers_get_copies(void)
{
	server_start_listening(&server, "1280x1024x24");
	open_shown(683, 301);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 0, 0, 683, 301, 1 });
	CHECK_STR(viewer_figures(&viewer).way, "copy");
	struct region damage = { 1, { { 17, 33, 211, 99 } } };
	uint64_t before = viewer_figures(&viewer).bytes_copied;
	script_draw(&script, damage.rects[0]);
	script_post(&script, &damage);
	pump_ms(150);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 0, 0, 683, 301, 1 });
	CHECK_EQ(viewer_figures(&viewer).bytes_copied - before, 2 * 211 * 99 * 4);
	close_all();
}

/* Wider than one request may be. */
static void far_servers_get_large_pictures(void)
{
	server_start_listening(&server, "4096x1200x24");
	open_shown(3840, 1080);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 0, 0, 3840, 1080, 1 });
	close_all();
}

struct depth {
	const char *screen;
	uint32_t bytes;          /* of a pixel in GetImage */
	unsigned bits[3], at[3]; /* of red, green, blue */
};

static int64_t channel(uint64_t pixel, unsigned bits, unsigned at)
{
	return (int64_t)(pixel >> at & ((1u << bits) - 1)) * 255 / ((1 << bits) - 1);
}

static void check_depth(const struct depth *depth)
{
	xcb_get_image_reply_t *reply = xcb_get_image_reply(
		server.xcb,
		xcb_get_image(server.xcb, XCB_IMAGE_FORMAT_Z_PIXMAP, server_window(&server), 0, 0,
			      400, 300, ~0u),
		NULL);
	CHECK(reply);
	const uint8_t *bytes = xcb_get_image_data(reply);
	static const unsigned plain[] = { 16, 8, 0 };

	for (size_t i = 0; i < 400 * 300; i++) {
		uint32_t got = 0;
		memcpy(&got, bytes + i * depth->bytes, depth->bytes);
		for (int c = 0; c < 3; c++) {
			int64_t is = channel(got, depth->bits[c], depth->at[c]);
			int64_t want = channel(script.model[i], 8, plain[c]);
			if (llabs(is - want) > (255 >> depth->bits[c]) + 1)
				test_fail("pixel %zu channel %d is %" PRId64 ", wanted %" PRId64, i,
					  c, is, want);
		}
	}
	free(reply);
}

static void other_depths_are_drawn(void)
{
	static const struct depth depths[] = {
		{ "800x600x16", 2, { 5, 6, 5 }, { 11, 5, 0 } },
		{ "800x600x30", 4, { 10, 10, 10 }, { 20, 10, 0 } },
	};

	for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
		server_start(&server, depths[i].screen);
		open_shown(400, 300);
		CHECK_STR(viewer_figures(&viewer).way, "direct");
		check_depth(&depths[i]);
		close_all();
	}
}

/* ---- with a window manager ---- */

static int start_manager(void)
{
	int pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(126);
		execlp("openbox", "openbox", "--sm-disable", (char *)NULL);
		_exit(127);
	}
	return pid;
}

static xcb_atom_t atom(const char *name)
{
	xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(
		server.xcb, xcb_intern_atom(server.xcb, 0, (uint16_t)strlen(name), name), NULL);
	xcb_atom_t out = reply->atom;

	free(reply);
	return out;
}

/* The first word of a property, or 0. */
static uint32_t property(xcb_window_t window, const char *name)
{
	xcb_get_property_reply_t *reply = xcb_get_property_reply(
		server.xcb, xcb_get_property(server.xcb, 0, window, atom(name), 0, 0, 1), NULL);
	uint32_t out = reply && reply->value_len && reply->format == 32
			       ? *(uint32_t *)xcb_get_property_value(reply)
			       : 0;

	free(reply);
	return out;
}

static bool manager_is_there(void *data)
{
	(void)data;
	return property(server.screen->root, "_NET_SUPPORTING_WM_CHECK") != 0;
}

/* The viewer's window, wherever the manager has put it. */
static xcb_window_t managed_window(void)
{
	return property(server.screen->root, "_NET_CLIENT_LIST");
}

static bool is_managed(void *data)
{
	(void)data;
	return managed_window() != 0;
}

static void managers_make_windows_full_screen(void)
{
	uint32_t width, height;

	server_start(&server, "1000x700x24");
	int manager = start_manager();
	viewer.options.fullscreen = TRUE;
	if (waitpid(manager, NULL, WNOHANG) == 0)
		pump_ms(300);
	if (waitpid(manager, NULL, WNOHANG) != 0) {
		server_stop(&server);
		test_skip("no openbox here");
	}
	pump_until(manager_is_there, NULL, "the window manager is there");
	open_shown(500, 350);
	pump_until(is_managed, NULL, "the window is managed");
	pump_ms(200);
	CHECK_EQ(property(managed_window(), "_NET_WM_STATE"), atom("_NET_WM_STATE_FULLSCREEN"));
	CHECK_EQ(property(managed_window(), "_NET_WM_PID"), getpid());
	free(server_grab(&server, managed_window(), &width, &height));
	CHECK_EQ(width, 1000);
	CHECK_EQ(height, 700);
	check_window(&server, managed_window(), &script, (struct placement){ 0, 0, 1000, 700, 2 });
	kill(manager, SIGKILL);
	waitpid(manager, NULL, 0);
	close_all();
}

static void managed_windows_take_the_guests_size(void)
{
	server_start(&server, "1000x700x24");
	int manager = start_manager();
	pump_ms(300);
	if (waitpid(manager, NULL, WNOHANG) != 0) {
		server_stop(&server);
		test_skip("no openbox here");
	}
	pump_until(manager_is_there, NULL, "the window manager is there");
	open_shown(500, 350);
	pump_ms(200);
	script_draw(&script, (struct rect){ 0, 0, 500, 350 });
	script_post(&script, NULL);
	pump_ms(200);
	check_window(&server, managed_window(), &script, (struct placement){ 0, 0, 500, 350, 1 });
	kill(manager, SIGKILL);
	waitpid(manager, NULL, 0);
	close_all();
}

static const struct test_case cases[] = {
	TEST(far_servers_get_copies),
	TEST(far_servers_get_large_pictures),
	TEST(other_depths_are_drawn),
	TEST(managers_make_windows_full_screen),
	TEST(managed_windows_take_the_guests_size),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
