/* `oriel up` as a service of the user's systemd: this program is that systemd, on a bus of its own.
 *
 * It knows what a transient service is made of and does with it what systemd.service(5) says; that
 * the real one takes the same, only a session with systemd can tell. */
#include <gio/gunixfdlist.h>
#include <signal.h>

#include "rig.h"

static const char interface[] =
	"<node><interface name='org.freedesktop.systemd1.Manager'>"
	"<method name='StartTransientUnit'><arg type='s' direction='in'/>"
	"<arg type='s' direction='in'/><arg type='a(sv)' direction='in'/>"
	"<arg type='a(sa(sv))' direction='in'/><arg type='o' direction='out'/></method>"
	"<signal name='JobRemoved'><arg type='u'/><arg type='o'/><arg type='s'/><arg type='s'/>"
	"</signal></interface></node>";

static struct {
	GTestDBus *bus;
	GDBusConnection *connection;
	GSubprocess *service;
	GVariant *properties;
	char *name;
	gboolean refuses;
	unsigned cleaned;
} manager;

static GVariant *property(const char *name)
{
	for (gsize i = 0; i < g_variant_n_children(manager.properties); i++) {
		const char *key;
		GVariant *value;
		g_variant_get_child(manager.properties, i, "(&sv)", &key, &value);
		if (strcmp(key, name) == 0)
			return value;
		g_variant_unref(value);
	}
	return NULL;
}

static char **command(const char *name)
{
	g_autoptr(GVariant) commands = property(name);
	char **words = NULL;

	g_variant_get_child(commands, 0, "(&s^asb)", NULL, &words, NULL);
	return words;
}

/* ---- what systemd does ---- */

static void on_cleaned(GObject *source, GAsyncResult *result, gpointer data)
{
	(void)data;
	manager.cleaned += g_subprocess_wait_check_finish(G_SUBPROCESS(source), result, NULL);
}

static void on_ended(GObject *source, GAsyncResult *result, gpointer data)
{
	g_auto(GStrv) words = command("ExecStopPost");
	g_autoptr(GSubprocess) clean = g_subprocess_newv((const char *const *)words,
							 G_SUBPROCESS_FLAGS_NONE, NULL);

	(void)data;
	g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
	g_subprocess_wait_async(clean, NULL, on_cleaned, NULL);
}

static int take_fd(GUnixFDList *fds, const char *name)
{
	g_autoptr(GVariant) handle = property(name);

	return g_unix_fd_list_get(fds, g_variant_get_handle(handle), NULL);
}

static void run_service(GUnixFDList *fds)
{
	g_autoptr(GSubprocessLauncher)
		launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
	g_autoptr(GVariant) environment = property("Environment"),
			    here = property("WorkingDirectory");
	g_auto(GStrv) variables = g_variant_dup_strv(environment, NULL);
	g_auto(GStrv) words = command("ExecStart");

	g_subprocess_launcher_set_environ(launcher, variables);
	g_subprocess_launcher_set_cwd(launcher, g_variant_get_string(here, NULL));
	g_subprocess_launcher_take_stdout_fd(launcher,
					     take_fd(fds, "StandardOutputFileDescriptor"));
	g_subprocess_launcher_take_stderr_fd(launcher, take_fd(fds, "StandardErrorFileDescriptor"));
	g_clear_object(&manager.service);
	manager.service = g_subprocess_launcher_spawnv(launcher, (const char *const *)words, NULL);
	g_subprocess_wait_async(manager.service, NULL, on_ended, NULL);
}

static void on_call(GDBusConnection *connection, const char *sender, const char *path,
		    const char *of, const char *method, GVariant *body,
		    GDBusMethodInvocation *invocation, gpointer data)
{
	static const char job[] = "/org/freedesktop/systemd1/job/7";
	GDBusMessage *message = g_dbus_method_invocation_get_message(invocation);

	(void)sender, (void)method, (void)data;
	if (manager.refuses) {
		g_dbus_method_invocation_return_dbus_error(
			invocation, "org.freedesktop.systemd1.NoSuchUnit", "not today");
		return;
	}
	g_clear_pointer(&manager.properties, g_variant_unref);
	g_clear_pointer(&manager.name, g_free);
	g_variant_get(body, "(ss@a(sv)@a(sa(sv)))", &manager.name, NULL, &manager.properties, NULL);
	run_service(g_dbus_message_get_unix_fd_list(message));
	g_dbus_connection_emit_signal(connection, NULL, path, of, "JobRemoved",
				      g_variant_new("(uoss)", 7, job, manager.name, "done"), NULL);
	g_dbus_method_invocation_return_value(invocation, g_variant_new("(o)", job));
}

static void start_manager(void)
{
	static const GDBusInterfaceVTable table = { .method_call = on_call };
	g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(interface, NULL);
	g_autoptr(GVariant) reply = NULL;

	guest_needs_qemu();
	if (manager.bus)
		return;
	if (system("dbus-daemon --version >/dev/null 2>&1") != 0)
		test_skip("dbus-daemon is not installed");
	manager.bus = g_test_dbus_new(G_TEST_DBUS_NONE);
	g_test_dbus_up(manager.bus);
	manager.connection = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
	CHECK(manager.connection);
	g_dbus_connection_register_object(manager.connection, "/org/freedesktop/systemd1",
					  node->interfaces[0], &table, NULL, NULL, NULL);
	reply = g_dbus_connection_call_sync(manager.connection, "org.freedesktop.DBus",
					    "/org/freedesktop/DBus", "org.freedesktop.DBus",
					    "RequestName",
					    g_variant_new("(su)", "org.freedesktop.systemd1", 0),
					    NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
	CHECK(reply);
}

static void await_cleaned(unsigned times)
{
	GUEST_WAIT(manager.cleaned >= times, 20 * NS_PER_S,
		   g_main_context_iteration(NULL, FALSE) || (g_usleep(5000), 0),
		   "cleared up %u times", manager.cleaned);
}

/* ---- cases ---- */

static void a_machine_is_a_service(void)
{
	start_manager();
	rig_write("one", "machine: { firmware: bios }\n");
	rig_do("up", "--emulate", "--detach", "one.yaml");
	CHECK_CONTAINS(rig_answer.errors, "one                      runs, process ");
	CHECK_STR(manager.name, "oriel-one.service");
	g_auto(GStrv) clean = command("ExecStopPost");
	CHECK_STR(clean[1], "down");
	CHECK_STR(clean[3], "one");
	CHECK(!property("LimitMEMLOCK"));
	rig_do("ls");
	CHECK_CONTAINS(rig_answer.output, "one              running");
	rig_do("down", "--force", "one");
	await_cleaned(1);
	rig_check_clean();
}

/* Killed with its keeper, it is cleared up all the same. */
static void what_was_killed_is_cleared_up(void)
{
	start_manager();
	unsigned before = manager.cleaned;
	rig_do("up", "--emulate", "--detach", "one.yaml");
	g_subprocess_force_exit(manager.service);
	await_cleaned(before + 1);
	rig_check_clean();
}

static void ctrl_c_reaches_the_service(void)
{
	start_manager();
	unsigned before = manager.cleaned;
	GSubprocess *up = rig_start("words", "up", "--emulate", "one.yaml", NULL);
	for (int i = 0; i < 2; i++) {
		static const char *const words[] = { "Ctrl-C asks it to shut down",
						     "was asked to shut down" };
		rig_await_text("words", words[i]);
		g_subprocess_send_signal(up, SIGINT);
	}
	CHECK_EQ(rig_await(up), 0);
	g_object_unref(up);
	await_cleaned(before + 1);
	rig_check_clean();
}

/* Who started it dies: the machine does not live on without anybody who knows of it. */
static void it_ends_with_who_started_it(void)
{
	start_manager();
	unsigned before = manager.cleaned;
	GSubprocess *up = rig_start("words", "up", "--emulate", "--wait=1", "one.yaml", NULL);
	rig_await_text("words", "Ctrl-C asks it to shut down");
	g_subprocess_force_exit(up);
	rig_await(up);
	g_object_unref(up);
	await_cleaned(before + 1);
	rig_await_text("words", "it is switched off");
	rig_check_clean();
}

static void failures_are_told(void)
{
	start_manager();
	rig_write("bad", "machine: { firmware: bios }\nqemu: [-nonsense]\n");
	rig_type("up", "--emulate", "bad.yaml", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "-nonsense: invalid option");
	rig_type("up", "--emulate", "--detach", "bad.yaml", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "-nonsense: invalid option");
	manager.refuses = TRUE;
	rig_type("up", "--emulate", "one.yaml", NULL);
	CHECK_EQ(rig_answer.status, 1);
	CHECK_CONTAINS(rig_answer.errors, "one: not today");
	manager.refuses = FALSE;
}

static void limits_are_asked_for(void)
{
	guint64 locked;
	gsize count;

	start_manager();
	g_autofree char *path = g_build_filename(rig_folder, "large.yaml", NULL);
	CHECK(g_file_set_contents(path,
				  "name: large\nos: other\nmemory: { size: 64M, locked: yes }\n"
				  "cpu: { cores: 1, pin: '0', emulator: '1' }\n"
				  "machine: { firmware: bios }\ndisplay: none\n",
				  -1, NULL));
	rig_type("up", "--emulate", "--detach", "large.yaml", NULL);
	g_autoptr(GVariant) limit = property("LimitMEMLOCK"), cpus = property("AllowedCPUs");
	CHECK(limit && cpus);
	locked = g_variant_get_uint64(limit);
	CHECK(locked > 64 << 20);
	const guint8 *bytes = g_variant_get_fixed_array(cpus, &count, 1);
	CHECK_EQ(count, 1);
	CHECK_EQ(bytes[0], 3);
	rig_type("down", "--force", "large", NULL);
}

static const struct test_case cases[] = {
	TEST(a_machine_is_a_service),     TEST(what_was_killed_is_cleared_up),
	TEST(ctrl_c_reaches_the_service), TEST(it_ends_with_who_started_it),
	TEST(failures_are_told),          TEST(limits_are_asked_for),
};

int main(int argc, char **argv)
{
	int result = rig_begin() == 0 ? test_main(argc, argv, cases, ARRAY_LEN(cases)) : 1;

	rig_end();
	if (manager.bus) {
		g_clear_object(&manager.connection);
		g_test_dbus_stop(manager.bus);
	}
	return result;
}
