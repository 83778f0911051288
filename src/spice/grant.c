#include "spice/grant.h"

#define DOCUMENTS  "org.freedesktop.portal.Documents"
#define TRANSFERS  "org.freedesktop.portal.FileTransfer"
#define NOTICES    "org.freedesktop.Notifications"
#define ANSWER_MS  5000 /* of a program on the bus */
#define PATIENCE_S 60   /* with a person */
#define SHOWN      10   /* paths in a question */

struct grant {
	GDBusConnection *bus; /* NULL: not yet connected */

	/* The question at hand. */
	guint32 notice;         /* its number at the desktop; 0: there is none */
	guint answered, closed; /* subscriptions */
	guint timer;
	grant_func answer;
	void *data;
};

/* ---- the bus ---- */

/* GDBus would start a bus of its own where there is none. */
static GDBusConnection *connect_bus(GError **error)
{
	g_autofree char *usual = g_build_filename(g_get_user_runtime_dir(), "bus", NULL);

	if (g_getenv("DBUS_SESSION_BUS_ADDRESS") || g_file_test(usual, G_FILE_TEST_EXISTS))
		return g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, error);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no session bus");
	return NULL;
}

static gboolean need_bus(struct grant *self, GError **error)
{
	if (!self->bus)
		self->bus = connect_bus(error);
	if (self->bus)
		g_dbus_connection_set_exit_on_close(self->bus, FALSE);
	return self->bus != NULL;
}

/* ---- the portal ---- */

char **grant_by_portal(struct grant *self, const char *key, GError **error)
{
	GVariantBuilder options;
	char **paths = NULL;

	if (!need_bus(self, error))
		return NULL;
	g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
	g_autoptr(GVariant) answer = g_dbus_connection_call_sync(
		self->bus, DOCUMENTS, "/org/freedesktop/portal/documents", TRANSFERS,
		"RetrieveFiles", g_variant_new("(sa{sv})", key, &options), G_VARIANT_TYPE("(as)"),
		G_DBUS_CALL_FLAGS_NONE, ANSWER_MS, NULL, error);
	if (answer)
		g_variant_get(answer, "(^as)", &paths);
	return paths;
}

/* ---- a person ---- */

static GVariant *call_desktop(struct grant *self, const char *what, GVariant *parameters,
			      const char *type, GError **error)
{
	return g_dbus_connection_call_sync(self->bus, NOTICES, "/org/freedesktop/Notifications",
					   NOTICES, what, parameters, G_VARIANT_TYPE(type),
					   G_DBUS_CALL_FLAGS_NONE, ANSWER_MS, NULL, error);
}

static void forget(struct grant *self)
{
	if (self->timer)
		g_source_remove(self->timer);
	if (self->answered)
		g_dbus_connection_signal_unsubscribe(self->bus, self->answered);
	if (self->closed)
		g_dbus_connection_signal_unsubscribe(self->bus, self->closed);
	self->timer = self->answered = self->closed = 0;
	self->notice = 0;
	self->answer = NULL;
}

static void answer(struct grant *self, const char *why)
{
	grant_func func = self->answer;
	void *data = self->data;

	forget(self);
	func(data, why);
}

static void on_answered(GDBusConnection *bus, const char *sender, const char *path,
			const char *interface, const char *signal, GVariant *parameters,
			gpointer data)
{
	struct grant *self = data;
	const char *key = NULL;
	guint32 notice = 0;

	(void)bus, (void)sender, (void)path, (void)interface, (void)signal;
	if (!g_variant_is_of_type(parameters, G_VARIANT_TYPE("(us)")))
		return;
	g_variant_get(parameters, "(u&s)", &notice, &key);
	if (self->notice && notice == self->notice)
		answer(self, g_str_equal(key, "give") ? NULL : "you said no");
}

static void on_closed(GDBusConnection *bus, const char *sender, const char *path,
		      const char *interface, const char *signal, GVariant *parameters,
		      gpointer data)
{
	struct grant *self = data;
	guint32 notice = 0, reason = 0;

	(void)bus, (void)sender, (void)path, (void)interface, (void)signal;
	if (!g_variant_is_of_type(parameters, G_VARIANT_TYPE("(uu)")))
		return;
	g_variant_get(parameters, "(uu)", &notice, &reason);
	if (self->notice && notice == self->notice)
		answer(self, "the question on your desktop was closed");
}

static void take_back(struct grant *self)
{
	g_autoptr(GVariant) done = call_desktop(self, "CloseNotification",
						g_variant_new("(u)", self->notice), "()", NULL);
}

static gboolean on_late(gpointer data)
{
	struct grant *self = data;

	self->timer = 0;
	take_back(self);
	answer(self, "nobody answered the question on your desktop");
	return G_SOURCE_REMOVE;
}

static guint listen(struct grant *self, const char *owner, const char *signal,
		    GDBusSignalCallback func)
{
	return g_dbus_connection_signal_subscribe(self->bus, owner, NOTICES, signal, NULL, NULL,
						  G_DBUS_SIGNAL_FLAGS_NONE, func, self, NULL);
}

/* To nobody but who shows the question: GLib before 2.80.1 takes what any program says in the name
 * of another, unless that is the bus's own. */
static gboolean listen_to_desktop(struct grant *self, GError **error)
{
	const char *owner;
	g_autoptr(GVariant) answer = g_dbus_connection_call_sync(
		self->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
		"GetNameOwner", g_variant_new("(s)", NOTICES), G_VARIANT_TYPE("(s)"),
		G_DBUS_CALL_FLAGS_NONE, ANSWER_MS, NULL, error);

	if (!answer)
		return FALSE;
	g_variant_get(answer, "(&s)", &owner);
	self->answered = listen(self, owner, "ActionInvoked", on_answered);
	self->closed = listen(self, owner, "NotificationClosed", on_closed);
	return TRUE;
}

/* No line, no direction and no picture of its own. */
char *grant_presentable(const char *path)
{
	g_autofree char *valid = g_filename_display_name(path);
	GString *shown = g_string_new(NULL);

	for (const char *c = valid; *c; c = g_utf8_next_char(c))
		if (g_unichar_isprint(g_utf8_get_char(c)))
			g_string_append_unichar(shown, g_utf8_get_char(c));
		else
			g_string_append_c(shown, '?');
	return g_string_free(shown, FALSE);
}

static char *question(const char *const *paths, guint count, gboolean markup)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "%u %s said to be dropped on its window:", count,
			       count == 1 ? "file is" : "files are");
	for (guint i = 0; i < count && i < SHOWN; i++) {
		g_autofree char *plain = grant_presentable(paths[i]);
		g_autofree char *safe = markup ? g_markup_escape_text(plain, -1) : NULL;
		g_string_append_printf(text, "\n%s", safe ? safe : plain);
	}
	if (count > SHOWN)
		g_string_append_printf(text, "\nand %u more", count - SHOWN);
	return g_string_free(text, FALSE);
}

/* Whether it has buttons. */
static gboolean can_ask(struct grant *self, gboolean *markup, GError **error)
{
	g_autoptr(GVariant) answer = call_desktop(self, "GetCapabilities", NULL, "(as)", error);
	g_auto(GStrv) abilities = NULL;

	if (!answer)
		return FALSE;
	g_variant_get(answer, "(^as)", &abilities);
	*markup = g_strv_contains((const char *const *)abilities, "body-markup");
	if (g_strv_contains((const char *const *)abilities, "actions"))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "the desktop's notifications have no buttons");
	return FALSE;
}

static GVariant *notice_of(const char *text)
{
	GVariantBuilder actions, hints;

	g_variant_builder_init(&actions, G_VARIANT_TYPE_STRING_ARRAY);
	g_variant_builder_add(&actions, "s", "refuse");
	g_variant_builder_add(&actions, "s", "Do not");
	g_variant_builder_add(&actions, "s", "give");
	g_variant_builder_add(&actions, "s", "Give them");
	g_variant_builder_init(&hints, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&hints, "{sv}", "urgency", g_variant_new_byte(2));
	return g_variant_new("(susssasa{sv}i)", "Oriel", (guint32)0, "oriel",
			     "Give files to the virtual machine?", text, &actions, &hints, 0);
}

gboolean grant_by_person(struct grant *self, const char *const *paths, guint count, grant_func func,
			 void *data, GError **error)
{
	gboolean markup;

	if (self->notice) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY,
			    "the question on your desktop is still open");
		return FALSE;
	}
	if (!need_bus(self, error) || !can_ask(self, &markup, error) ||
	    !listen_to_desktop(self, error))
		return FALSE;
	g_autofree char *text = question(paths, count, markup);
	g_autoptr(GVariant) told = call_desktop(self, "Notify", notice_of(text), "(u)", error);
	if (!told) {
		forget(self);
		return FALSE;
	}
	g_variant_get(told, "(u)", &self->notice);
	self->answer = func;
	self->data = data;
	self->timer = g_timeout_add_seconds(PATIENCE_S, on_late, self);
	return TRUE;
}

/* ---- its life ---- */

struct grant *grant_create(void)
{
	return g_new0(struct grant, 1);
}

void grant_destroy(struct grant *self)
{
	if (!self)
		return;
	if (self->notice)
		take_back(self);
	forget(self);
	g_clear_object(&self->bus);
	g_free(self);
}
