/* A screen that stays on, as the desktop's own screen saver hears of it. The bus is our own. */
#include "view_rig.h"

#include <gio/gio.h>

#include "view/settings/schema.h"

#define NAME "org.freedesktop.ScreenSaver"

static struct server server;
static struct script script;
static struct viewer viewer;

static struct {
	GDBusConnection *connection;
	GDBusNodeInfo *node;
	unsigned object, name;
	unsigned inhibits, ends;
	uint32_t cookie; /* the last one given; each is another */
	bool held;
} saver;

static const char interface[] =
	"<node><interface name='" NAME "'>"
	"<method name='Inhibit'><arg type='s' direction='in'/><arg type='s' direction='in'/>"
	"<arg type='u' direction='out'/></method>"
	"<method name='UnInhibit'><arg type='u' direction='in'/></method>"
	"</interface></node>";

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
		    const char *interface_name, const char *method, GVariant *arguments,
		    GDBusMethodInvocation *invocation, gpointer data)
{
	(void)connection, (void)sender, (void)path, (void)interface_name, (void)data;
	if (strcmp(method, "Inhibit") == 0) {
		saver.inhibits++;
		saver.held = true;
		g_dbus_method_invocation_return_value(invocation,
						      g_variant_new("(u)", ++saver.cookie));
		return;
	}
	uint32_t cookie;
	g_variant_get(arguments, "(u)", &cookie);
	saver.ends++;
	saver.held &= cookie != saver.cookie;
	g_dbus_method_invocation_return_value(invocation, NULL);
}

static const GDBusInterfaceVTable calls = { .method_call = on_call };

static void saver_come(void)
{
	saver.name = g_bus_own_name_on_connection(
		saver.connection, NAME, G_BUS_NAME_OWNER_FLAGS_NONE, NULL, NULL, NULL, NULL);
	saver.held = false;
}

static void saver_go(void)
{
	g_bus_unown_name(saver.name);
}

static void saver_start(const char *address)
{
	saver.connection = g_dbus_connection_new_for_address_sync(
		address,
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, NULL);
	CHECK(saver.connection);
	saver.node = g_dbus_node_info_new_for_xml(interface, NULL);
	saver.object = g_dbus_connection_register_object(
		saver.connection, "/org/freedesktop/ScreenSaver", saver.node->interfaces[0], &calls,
		NULL, NULL, NULL);
	saver_come();
}

static void saver_stop(void)
{
	g_dbus_connection_unregister_object(saver.connection, saver.object);
	g_dbus_node_info_unref(saver.node);
	g_dbus_connection_close_sync(saver.connection, NULL, NULL);
	g_clear_object(&saver.connection);
}

static bool is_held(void *data)
{
	return saver.held == *(bool *)data;
}

static void await_held(bool held)
{
	pump_until(is_held, &held, "the screen saver is held, or not");
}

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
	await_held(true);
	wish(IDLE_NEVER);
	await_held(false);
	wish(IDLE_ALWAYS);
	await_held(true);
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
	await_held(true);
	for (int i = 0; i < 5; i++) {
		wish(IDLE_NEVER);
		wish(IDLE_ALWAYS);
	}
	wish(IDLE_NEVER);
	await_held(false);
	close_viewer();
}

static void another_saver_is_asked_again(void)
{
	open_viewer(IDLE_ALWAYS);
	await_held(true);
	saver_go();
	saver_come();
	await_held(true);
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
	await_held(true);
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
	GTestDBus *bus = g_test_dbus_new(G_TEST_DBUS_NONE);
	g_test_dbus_up(bus);
	saver_start(g_test_dbus_get_bus_address(bus));
	server_start(&server, "640x480x24");
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	server_stop(&server);
	saver_stop();
	g_test_dbus_down(bus);
	g_object_unref(bus);
	return status;
}
