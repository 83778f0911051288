#include "portal.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

static struct {
	GTestDBus *daemon;
	GDBusConnection *connection;
	const char *key;
	const char *const *paths;
	unsigned asked;
} here;

static void retrieve(const char *method, GVariant *parameters, GDBusMethodInvocation *invocation)
{
	const char *key;

	(void)method;
	here.asked++;
	g_variant_get(parameters, "(&sa{sv})", &key, NULL);
	if (here.key && strcmp(key, here.key) == 0)
		g_dbus_method_invocation_return_value(invocation,
						      g_variant_new("(^as)", here.paths));
	else
		g_dbus_method_invocation_return_dbus_error(
			invocation, "org.freedesktop.DBus.Error.AccessDenied", "Invalid transfer");
}

GDBusConnection *portal_connect(void)
{
	GDBusConnection *connection = g_dbus_connection_new_for_address_sync(
		g_test_dbus_get_bus_address(here.daemon),
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, NULL);

	CHECK(connection);
	return connection;
}

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
		    const char *of, const char *method, GVariant *parameters,
		    GDBusMethodInvocation *invocation, gpointer data)
{
	void (*handle)(const char *method, GVariant *parameters,
		       GDBusMethodInvocation *invocation) = data;

	(void)connection, (void)sender, (void)path, (void)of;
	handle(method, parameters, invocation);
}

void portal_serve(const char *name, const char *path, const char *interface,
		  void (*handle)(const char *method, GVariant *parameters,
				 GDBusMethodInvocation *invocation))
{
	static const GDBusInterfaceVTable table = { .method_call = on_call };
	g_autofree char *xml = g_strdup_printf("<node>%s</node>", interface);
	g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(xml, NULL);

	CHECK(node && g_dbus_connection_register_object(here.connection, path, node->interfaces[0],
							&table, handle, NULL, NULL));
	g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
		here.connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
		"org.freedesktop.DBus", "RequestName", g_variant_new("(su)", name, 0), NULL,
		G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
	CHECK(reply);
}

bool portal_possible(void)
{
	return system("dbus-daemon --version >/dev/null 2>&1") == 0;
}

void portal_start(void)
{
	if (here.daemon)
		return;
	if (!portal_possible())
		test_skip("dbus-daemon is not installed");
	here.daemon = g_test_dbus_new(G_TEST_DBUS_NONE);
	g_test_dbus_up(here.daemon);
	here.connection = portal_connect();
	portal_serve("org.freedesktop.portal.Documents", "/org/freedesktop/portal/documents",
		     "<interface name='org.freedesktop.portal.FileTransfer'>"
		     "<method name='RetrieveFiles'><arg type='s' direction='in'/>"
		     "<arg type='a{sv}' direction='in'/><arg type='as' direction='out'/></method>"
		     "</interface>",
		     retrieve);
}

void portal_stop(void)
{
	g_clear_object(&here.connection);
	if (here.daemon)
		g_test_dbus_stop(here.daemon);
	g_clear_object(&here.daemon);
}

void portal_has(const char *key, const char *const *paths)
{
	here.key = key;
	here.paths = paths;
}

unsigned portal_asked(void)
{
	return here.asked;
}

GDBusConnection *portal_connection(void)
{
	return here.connection;
}

void portal_emit(GDBusConnection *from, const char *to, const char *path, const char *interface,
		 const char *signal, GVariant *parameters)
{
	CHECK(g_dbus_connection_emit_signal(from, to, path, interface, signal, parameters, NULL));
	CHECK(g_dbus_connection_flush_sync(from, NULL, NULL));
}
