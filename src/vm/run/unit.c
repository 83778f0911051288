#include "vm/run/unit.h"

#include <gio/gunixfdlist.h>
#include <string.h>

#include "vm/run/pins.h"

#define MANAGER   "org.freedesktop.systemd1"
#define OBJECT    "/org/freedesktop/systemd1"
#define INTERFACE "org.freedesktop.systemd1.Manager"

#define ASK_MS   1000
#define START_MS 30000
#define STOP_S   90 /* for the guest to shut down when the session ends */

char *unit_name(const char *machine)
{
	return g_strdup_printf("oriel-%s.service", machine);
}

/* GDBus would start a bus of its own where there is none. */
static GDBusConnection *connect_bus(GError **error)
{
	g_autofree char *usual = g_build_filename(g_get_user_runtime_dir(), "bus", NULL);

	if (!g_getenv("DBUS_SESSION_BUS_ADDRESS") && !g_file_test(usual, G_FILE_TEST_EXISTS)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no session bus");
		return NULL;
	}
	return g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, error);
}

gboolean unit_possible(void)
{
	g_autoptr(GDBusConnection) bus = connect_bus(NULL);
	gboolean owned = FALSE;

	if (!bus)
		return FALSE;
	g_autoptr(GVariant) answer = g_dbus_connection_call_sync(
		bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
		"NameHasOwner", g_variant_new("(s)", MANAGER), G_VARIANT_TYPE("(b)"),
		G_DBUS_CALL_FLAGS_NONE, ASK_MS, NULL, NULL);
	if (answer)
		g_variant_get(answer, "(b)", &owned);
	return owned;
}

/* ---- properties ---- */

static void add(GVariantBuilder *properties, const char *name, GVariant *value)
{
	g_variant_builder_add(properties, "(sv)", name, value);
}

static GVariant *command(const char *const *words, gboolean may_fail)
{
	GVariantBuilder commands;

	g_variant_builder_init(&commands, G_VARIANT_TYPE("a(sasb)"));
	g_variant_builder_add(&commands, "(s^asb)", words[0], words, may_fail);
	return g_variant_builder_end(&commands);
}

/* What a service manager tells its services is not for this one. */
static gboolean is_of_service(const char *variable)
{
	static const char *const names[] = {
		"INVOCATION_ID=", "JOURNAL_STREAM=",   "LISTEN_",  "MANAGERPID=",
		"NOTIFY_SOCKET=", "SYSTEMD_EXEC_PID=", "WATCHDOG_"
	};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_str_has_prefix(variable, names[i]))
			return TRUE;
	return !g_utf8_validate(variable, -1, NULL);
}

/* The window's display, the sound server, the language: all that a terminal knows. */
static GVariant *environment(void)
{
	g_auto(GStrv) all = g_get_environ();
	GVariantBuilder kept;

	g_variant_builder_init(&kept, G_VARIANT_TYPE("as"));
	for (char **variable = all; *variable; variable++)
		if (!is_of_service(*variable))
			g_variant_builder_add(&kept, "s", *variable);
	return g_variant_builder_end(&kept);
}

/* As systemd wants sets of CPUs: bytes, the first CPU lowest. */
static GVariant *cpu_bytes(const struct vm_cpu *cpu)
{
	uint8_t bytes[VM_CPUS_MAX / 8] = { 0 };
	size_t used = 0;

	for (unsigned i = 0; i < VM_CPUS_MAX; i++) {
		uint64_t words = cpu->pin.bits[i / 64] | cpu->emulator.bits[i / 64];
		if (words >> i % 64 & 1) {
			bytes[i / 8] |= (uint8_t)(1 << i % 8);
			used = i / 8 + 1;
		}
	}
	return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bytes, used, 1);
}

/* Of the guest's memory all is locked, and some of QEMU's own for each device. */
static gboolean locks_memory(const struct vm *vm)
{
	for (unsigned i = 0; i < vm->gpus->len; i++)
		if (((const struct vm_gpu *)vm->gpus->pdata[i])->mode < VM_GPU_VIRGL)
			return TRUE;
	return vm->memory.locked;
}

static void add_limits(GVariantBuilder *properties, const struct vm *vm)
{
	uint64_t locked = vm->memory.size + ((uint64_t)(vm->gpus->len + 4) << 28);

	if (locks_memory(vm))
		add(properties, "LimitMEMLOCK", g_variant_new_uint64(locked));
	if (pins_count(&vm->cpu.pin) && pins_count(&vm->cpu.emulator))
		add(properties, "AllowedCPUs", cpu_bytes(&vm->cpu));
}

static GVariant *properties(const struct unit_params *params)
{
	const char *const clean[] = { params->oriel, "down", "--clean", params->vm->name, NULL };
	g_autofree char *title = g_strdup_printf("Virtual machine %s", params->vm->name);
	g_autofree char *here = g_get_current_dir();
	GVariantBuilder all;

	g_variant_builder_init(&all, G_VARIANT_TYPE("a(sv)"));
	add(&all, "Description", g_variant_new_string(title));
	add(&all, "Type", g_variant_new_string("exec"));
	add(&all, "ExecStart", command((const char *const *)params->words, FALSE));
	add(&all, "ExecStopPost", command(clean, TRUE));
	add(&all, "Environment", environment());
	add(&all, "WorkingDirectory", g_variant_new_string(here));
	add(&all, "StandardInput", g_variant_new_string("null"));
	add(&all, "StandardOutputFileDescriptor", g_variant_new_handle(0));
	add(&all, "StandardErrorFileDescriptor", g_variant_new_handle(1));
	add(&all, "KillMode", g_variant_new_string("mixed")); /* the keeper ends the others */
	add(&all, "TimeoutStopUSec", g_variant_new_uint64((guint64)STOP_S * G_USEC_PER_SEC));
	add(&all, "CollectMode", g_variant_new_string("inactive-or-failed"));
	add_limits(&all, params->vm);
	return g_variant_builder_end(&all);
}

/* ---- starting ---- */

struct waiting {
	char *job, *result;
	GHashTable *results; /* of jobs that ended before we knew ours */
	gboolean late;
};

static void on_job(GDBusConnection *bus, const char *sender, const char *path,
		   const char *interface, const char *signal, GVariant *body, gpointer data)
{
	struct waiting *self = data;
	const char *job, *result;

	(void)bus, (void)sender, (void)path, (void)interface, (void)signal;
	if (!g_variant_is_of_type(body, G_VARIANT_TYPE("(uoss)")))
		return;
	g_variant_get(body, "(u&os&s)", NULL, &job, NULL, &result);
	g_hash_table_replace(self->results, g_strdup(job), g_strdup(result));
}

static gboolean on_late(gpointer data)
{
	((struct waiting *)data)->late = TRUE;
	return G_SOURCE_CONTINUE;
}

static gboolean await_job(struct waiting *self, const char *job, GError **error)
{
	guint timer = g_timeout_add(START_MS, on_late, self);
	const char *result;

	while (!(result = g_hash_table_lookup(self->results, job)) && !self->late)
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(timer);
	if (g_strcmp0(result, "done") == 0)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
		    "systemd does not start it (%s); --no-unit does without systemd",
		    result ? result : "no answer");
	return FALSE;
}

static GVariant *ask(GDBusConnection *bus, const struct unit_params *params, GError **error)
{
	g_autofree char *name = unit_name(params->vm->name);
	g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();

	if (g_unix_fd_list_append(fds, params->output, error) < 0 ||
	    g_unix_fd_list_append(fds, params->errors, error) < 0)
		return NULL;
	GVariant *body = g_variant_new("(ss@a(sv)a(sa(sv)))", name, "fail", properties(params),
				       NULL);
	return g_dbus_connection_call_with_unix_fd_list_sync(
		bus, MANAGER, OBJECT, INTERFACE, "StartTransientUnit", body, G_VARIANT_TYPE("(o)"),
		G_DBUS_CALL_FLAGS_NONE, START_MS, fds, NULL, NULL, error);
}

gboolean unit_start(const struct unit_params *params, GError **error)
{
	g_autoptr(GDBusConnection) bus = connect_bus(error);
	struct waiting waiting = { 0 };
	const char *job;

	if (!bus)
		return FALSE;
	waiting.results = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	guint hearing = g_dbus_connection_signal_subscribe(bus, MANAGER, INTERFACE, "JobRemoved",
							   OBJECT, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
							   on_job, &waiting, NULL);
	g_autoptr(GVariant) answer = ask(bus, params, error);
	gboolean started = FALSE;
	if (answer) {
		g_variant_get(answer, "(&o)", &job);
		started = await_job(&waiting, job, error);
	} else if (error) {
		g_dbus_error_strip_remote_error(*error);
	}
	g_dbus_connection_signal_unsubscribe(bus, hearing);
	g_hash_table_unref(waiting.results);
	return started;
}
