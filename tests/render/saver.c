#include "saver.h"

#include <gio/gio.h>

#include "view_rig.h"

#define NAME "org.freedesktop.ScreenSaver"

struct saver saver;

static struct {
	GTestDBus *bus;
	GDBusConnection *connection;
	GDBusNodeInfo *node;
	unsigned object, name;
	uint32_t cookie; /* the last one given; each is another */
} here;

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
						      g_variant_new("(u)", ++here.cookie));
		return;
	}
	uint32_t cookie;
	g_variant_get(arguments, "(u)", &cookie);
	saver.ends++;
	saver.held &= cookie != here.cookie;
	g_dbus_method_invocation_return_value(invocation, NULL);
}

static const GDBusInterfaceVTable calls = { .method_call = on_call };

void saver_come(void)
{
	here.name = g_bus_own_name_on_connection(here.connection, NAME, G_BUS_NAME_OWNER_FLAGS_NONE,
						 NULL, NULL, NULL, NULL);
	saver.held = false;
}

void saver_go(void)
{
	g_bus_unown_name(here.name);
}

void saver_start(void)
{
	here.bus = g_test_dbus_new(G_TEST_DBUS_NONE);
	g_test_dbus_up(here.bus);
	here.connection = g_dbus_connection_new_for_address_sync(
		g_test_dbus_get_bus_address(here.bus),
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, NULL);
	CHECK(here.connection);
	here.node = g_dbus_node_info_new_for_xml(interface, NULL);
	here.object = g_dbus_connection_register_object(
		here.connection, "/org/freedesktop/ScreenSaver", here.node->interfaces[0], &calls,
		NULL, NULL, NULL);
	saver_come();
}

void saver_stop(void)
{
	g_dbus_connection_unregister_object(here.connection, here.object);
	g_dbus_node_info_unref(here.node);
	g_dbus_connection_close_sync(here.connection, NULL, NULL);
	g_clear_object(&here.connection);
	g_test_dbus_down(here.bus);
	g_clear_object(&here.bus);
}

static bool is_held(void *data)
{
	return saver.held == *(bool *)data;
}

void saver_await(bool held)
{
	pump_until(is_held, &held, "the screen saver is held, or not");
}
