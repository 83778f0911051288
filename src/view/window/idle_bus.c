#include "view/window/idle_bus.h"

#include <gio/gio.h>
#include <stdint.h>

#include "base/log.h"

#define NAME "org.freedesktop.ScreenSaver"
#define PATH "/org/freedesktop/ScreenSaver"

struct idle_bus {
	GCancellable *cancellable;
	GDBusConnection *connection; /* NULL: not yet, or never */
	unsigned watch;              /* of the name; 0: none */
	bool wanted, present, asked; /* asked: the answer, a cookie, is due */
	bool given;                  /* `cookie` holds */
	uint32_t cookie;
};

static void settle(struct idle_bus *self);

/* What was cancelled has nobody to hear of it any more. */
static void on_cookie(GObject *source, GAsyncResult *result, gpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant)
		answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
	struct idle_bus *self = data;

	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	self->asked = false;
	if (error) {
		log_info("the desktop's screen saver: %s", error->message);
		self->present = false; /* until there is another */
		return;
	}
	g_variant_get(answer, "(u)", &self->cookie);
	self->given = true;
	settle(self);
}

static void ask(struct idle_bus *self)
{
	self->asked = true;
	g_dbus_connection_call(self->connection, NAME, PATH, NAME, "Inhibit",
			       g_variant_new("(ss)", "oriel-view", "A virtual machine is shown"),
			       G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
			       self->cancellable, on_cookie, self);
}

static void give_back(struct idle_bus *self)
{
	self->given = false;
	g_dbus_connection_call(self->connection, NAME, PATH, NAME, "UnInhibit",
			       g_variant_new("(u)", self->cookie), NULL,
			       G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static void settle(struct idle_bus *self)
{
	if (!self->present || self->asked)
		return;
	if (self->wanted && !self->given)
		ask(self);
	else if (!self->wanted && self->given)
		give_back(self);
}

static void on_appeared(GDBusConnection *connection, const char *name, const char *owner,
			gpointer data)
{
	struct idle_bus *self = data;

	(void)connection, (void)name, (void)owner;
	self->present = true;
	settle(self);
}

static void on_vanished(GDBusConnection *connection, const char *name, gpointer data)
{
	struct idle_bus *self = data;

	(void)connection, (void)name;
	self->present = self->given = false;
}

static void on_connected(GObject *source, GAsyncResult *result, gpointer data)
{
	g_autoptr(GError) error = NULL;
	GDBusConnection *connection = g_dbus_connection_new_finish(result, &error);
	struct idle_bus *self = data;

	(void)source;
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	if (!connection) {
		log_info("the session bus: %s", error->message);
		return;
	}
	self->connection = connection;
	self->watch = g_bus_watch_name_on_connection(connection, NAME,
						     G_BUS_NAME_WATCHER_FLAGS_NONE, on_appeared,
						     on_vanished, self, NULL);
}

/* Only a socket: other kinds of addresses would start programs. */
static char *address(void)
{
	const char *given = g_getenv("DBUS_SESSION_BUS_ADDRESS");
	g_autofree char *usual = g_build_filename(g_get_user_runtime_dir(), "bus", NULL);

	if (given)
		return g_str_has_prefix(given, "unix:") ? g_strdup(given) : NULL;
	if (!g_file_test(usual, G_FILE_TEST_EXISTS))
		return NULL;
	g_autofree char *escaped = g_dbus_address_escape_value(usual);
	return g_strconcat("unix:path=", escaped, NULL);
}

struct idle_bus *idle_bus_create(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *where = address();
	g_autoptr(GIOStream)
		stream = where ? g_dbus_address_get_stream_sync(where, NULL, NULL, &error) : NULL;

	if (!stream) {
		log_info("no session bus%s%s", error ? ": " : "", error ? error->message : "");
		return NULL;
	}
	struct idle_bus *self = g_new0(struct idle_bus, 1);
	self->cancellable = g_cancellable_new();
	g_dbus_connection_new(stream, NULL,
			      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
				      G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
			      NULL, self->cancellable, on_connected, self);
	return self;
}

void idle_bus_inhibit(struct idle_bus *self, bool on)
{
	if (!self)
		return;
	self->wanted = on;
	settle(self);
}

void idle_bus_destroy(struct idle_bus *self)
{
	if (!self)
		return;
	g_cancellable_cancel(self->cancellable);
	if (self->watch)
		g_bus_unwatch_name(self->watch);
	g_clear_object(&self->connection);
	g_object_unref(self->cancellable);
	g_free(self);
}
