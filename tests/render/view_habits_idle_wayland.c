/* A compositor that has no word for a screen that stays on, as GNOME's: the desktop's own screen
 * saver is asked. */
#include "saver.h"
#include "stub.h"
#include "view_rig.h"

static struct script script;
static struct viewer viewer;

static void open_viewer(void)
{
	stub_start();
	viewer.options.window = &window_wayland;
	viewer.options.idle_inhibit = IDLE_NEVER;
	script_init(&script, 320, 240, 0);
	viewer_start(&viewer, &script);
}

static void close_viewer(void)
{
	viewer_stop(&viewer);
	script_finish(&script);
	stub_stop();
}

static void the_desktop_is_asked_in_its_place(void)
{
	stub.no_inhibitor = true;
	open_viewer();
	window_inhibit_idle(app_window(viewer.app), true);
	saver_await(true);
	window_inhibit_idle(app_window(viewer.app), false);
	saver_await(false);
	CHECK_EQ(saver.inhibits, 1);
	close_viewer();
}

static void who_can_be_asked_is_enough(void)
{
	unsigned before = saver.inhibits;

	open_viewer();
	window_inhibit_idle(app_window(viewer.app), true);
	script_status(&script, SOURCE_RUNNING, "");
	script_post(&script, NULL);
	viewer_shown(&viewer, 1);
	CHECK_EQ(stub_heard("zwp_idle_inhibit_manager_v1.create_inhibitor"), 1);
	CHECK_EQ(saver.inhibits, before);
	close_viewer();
}

static const struct test_case cases[] = {
	TEST(the_desktop_is_asked_in_its_place),
	TEST(who_can_be_asked_is_enough),
};

int main(int argc, char **argv)
{
	g_autofree char *daemon = g_find_program_in_path("dbus-daemon");

	if (!daemon) {
		printf("1..0 # SKIP no dbus-daemon here\n");
		return 0;
	}
	saver_start();
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	saver_stop();
	return status;
}
