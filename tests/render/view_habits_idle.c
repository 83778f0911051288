/* A screen that stays on, as the desktop's own screen saver hears of it. The bus is our own. */
#include "saver.h"
#include "view_rig.h"

#include "view/settings/schema.h"

static struct server server;
static struct script script;
static struct viewer viewer;

static void wish(enum idle_inhibit when)
{
	const struct setting *row = schema_find("view", "idle-inhibit");

	viewer.options.idle_inhibit = when;
	app_apply(viewer.app, row);
}

static void open_viewer(enum idle_inhibit when)
{
	saver.held = false; /* those that are gone are forgotten */
	viewer.options.idle_inhibit = when;
	script_init(&script, 320, 240, 0);
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
}

static void close_viewer(void)
{
	viewer_stop(&viewer);
	script_finish(&script);
}

static void the_desktop_stays_awake(void)
{
	unsigned before = saver.inhibits;

	open_viewer(IDLE_ALWAYS);
	saver_await(true);
	wish(IDLE_NEVER);
	saver_await(false);
	wish(IDLE_ALWAYS);
	saver_await(true);
	CHECK_EQ(saver.inhibits, before + 2);
	CHECK_EQ(saver.ends, 1);
	close_viewer();
}

/* On off on, before anybody could answer: once asked is enough. */
static void haste_is_no_harm(void)
{
	open_viewer(IDLE_NEVER);
	for (int i = 0; i < 5; i++) {
		wish(IDLE_ALWAYS);
		wish(IDLE_NEVER);
	}
	wish(IDLE_ALWAYS);
	saver_await(true);
	for (int i = 0; i < 5; i++) {
		wish(IDLE_NEVER);
		wish(IDLE_ALWAYS);
	}
	wish(IDLE_NEVER);
	saver_await(false);
	close_viewer();
}

static void another_saver_is_asked_again(void)
{
	open_viewer(IDLE_ALWAYS);
	saver_await(true);
	saver_go();
	saver_come();
	saver_await(true);
	close_viewer();
}

static void the_strict_ask_nobody(void)
{
	unsigned before = saver.inhibits;

	viewer.options.sandbox = SANDBOX_STRICT;
	open_viewer(IDLE_ALWAYS);
	script_post(&script, NULL);
	viewer_shown(&viewer, 1);
	close_viewer();
	viewer.options.sandbox = SANDBOX_AUTO;
	open_viewer(IDLE_ALWAYS);
	saver_await(true);
	close_viewer();
	CHECK_EQ(saver.inhibits, before + 1);
}

static void without_a_bus_nothing_happens(void)
{
	g_autofree char *address = g_strdup(g_getenv("DBUS_SESSION_BUS_ADDRESS"));
	unsigned before = saver.inhibits;

	g_setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus", TRUE);
	open_viewer(IDLE_ALWAYS);
	script_post(&script, NULL);
	viewer_shown(&viewer, 1);
	close_viewer();
	g_setenv("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
	CHECK_EQ(saver.inhibits, before);
}

static const struct test_case cases[] = {
	TEST(the_desktop_stays_awake),       TEST(haste_is_no_harm),
	TEST(another_saver_is_asked_again),  TEST(the_strict_ask_nobody),
	TEST(without_a_bus_nothing_happens),
};

int main(int argc, char **argv)
{
	g_autofree char *xvfb = g_find_program_in_path("Xvfb");
	g_autofree char *daemon = g_find_program_in_path("dbus-daemon");

	if (!xvfb || !daemon) {
		printf("1..0 # SKIP no %s here\n", xvfb ? "dbus-daemon" : "Xvfb");
		return 0;
	}
	saver_start();
	server_start(&server, "640x480x24");
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	server_stop(&server);
	saver_stop();
	return status;
}
