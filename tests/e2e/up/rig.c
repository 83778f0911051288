#include "rig.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#define PATIENCE_S 60

char rig_folder[GUEST_FOLDER_SIZE];
struct rig_answer rig_answer;

/* ---- folders ---- */

static char *place(const char *file)
{
	return g_build_filename(rig_folder, file, NULL);
}

static void set_folder(const char *variable, const char *name)
{
	g_autofree char *path = place(name);

	g_mkdir(path, 0700);
	g_setenv(variable, path, TRUE);
}

int rig_begin(void)
{
	if (guest_make_folder(rig_folder, "up") != 0)
		return -1;
	set_folder("XDG_RUNTIME_DIR", "run");
	set_folder("XDG_STATE_HOME", "state");
	set_folder("XDG_CONFIG_HOME", "config");
	g_unsetenv("DBUS_SESSION_BUS_ADDRESS");
	g_unsetenv("DISPLAY");
	g_unsetenv("WAYLAND_DISPLAY");
	return 0;
}

/* By number, since whoever fails may have left some. */
void rig_end(void)
{
	g_autofree char *runs = place("run/oriel");
	g_autoptr(GDir) dir = g_dir_open(runs, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(runs, name, "lock", NULL);
		g_autofree char *text = NULL;
		if (g_file_get_contents(path, &text, NULL, NULL) && atoi(text) > 1)
			kill(atoi(text), SIGKILL);
	}
	guest_remove_folder(rig_folder);
	g_free(rig_answer.output);
	g_free(rig_answer.errors);
}

char *rig_read(const char *file)
{
	g_autofree char *path = place(file);
	char *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

void rig_await_text(const char *file, const char *text)
{
	g_autofree char *got = rig_read(file);

	for (int waited = 0; !strstr(got, text) && waited < PATIENCE_S * 50; waited++) {
		g_usleep(20000);
		while (g_main_context_iteration(NULL, FALSE)) {
		}
		g_free(got);
		got = rig_read(file);
	}
	CHECK_CONTAINS(got, text);
}

void rig_write(const char *name, const char *more)
{
	rig_write_of(name, "64M", more);
}

void rig_write_of(const char *name, const char *memory, const char *more)
{
	g_autofree char *file = g_strconcat(name, ".yaml", NULL), *path = place(file);
	g_autofree char *text = g_strdup_printf(
		"name: %s\nos: other\nmemory: %s\ncpu: { cores: 1 }\n"
		"display: { resolution: 640x480, video: none }\n"
		"sound: { kind: none }\n%s",
		name, memory, more);

	CHECK(g_file_set_contents(path, text, -1, NULL));
}

void rig_check_clean(void)
{
	g_autofree char *path = place("run/oriel");
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name = dir ? g_dir_read_name(dir) : NULL;

	if (name)
		test_fail("%s is left in %s", name, path);
}

/* ---- typing ---- */

static GPtrArray *take_words(const char *word, va_list rest)
{
	GPtrArray *words = g_ptr_array_new();

	g_ptr_array_add(words, (char *)g_getenv("ORIEL"));
	for (; word; word = va_arg(rest, const char *))
		g_ptr_array_add(words, (char *)word);
	g_ptr_array_add(words, NULL);
	return words;
}

/* What it starts ends with it; it ends with us. */
static void limit(gpointer data)
{
	(void)data;
	guest_limit_life(5 * PATIENCE_S);
}

static GSubprocessLauncher *make_launcher(GSubprocessFlags flags)
{
	GSubprocessLauncher *launcher = g_subprocess_launcher_new(flags);

	g_subprocess_launcher_set_cwd(launcher, rig_folder);
	g_subprocess_launcher_set_child_setup(launcher, limit, NULL, NULL);
	return launcher;
}

static gboolean on_late(gpointer cancel)
{
	g_cancellable_cancel(cancel);
	return G_SOURCE_REMOVE;
}

static void on_text(GObject *source, GAsyncResult *result, gpointer data)
{
	g_subprocess_communicate_utf8_finish(G_SUBPROCESS(source), result, &rig_answer.output,
					     &rig_answer.errors, NULL);
	*(gboolean *)data = TRUE;
}

static void communicate(GSubprocess *process)
{
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	guint timer = g_timeout_add_seconds(PATIENCE_S, on_late, cancel);
	gboolean done = FALSE;

	g_subprocess_communicate_utf8_async(process, NULL, cancel, on_text, &done);
	while (!done)
		g_main_context_iteration(NULL, TRUE);
	gboolean late = g_cancellable_is_cancelled(cancel);
	if (!late)
		g_source_remove(timer);
	CHECK(!late);
	g_subprocess_wait(process, NULL, NULL);
	rig_answer.status = g_subprocess_get_if_exited(process)
				    ? g_subprocess_get_exit_status(process)
				    : -g_subprocess_get_term_sig(process);
}

void rig_type(const char *word, ...)
{
	g_autoptr(GSubprocessLauncher) launcher = make_launcher(G_SUBPROCESS_FLAGS_STDOUT_PIPE |
								G_SUBPROCESS_FLAGS_STDERR_PIPE);
	va_list rest;

	g_clear_pointer(&rig_answer.output, g_free);
	g_clear_pointer(&rig_answer.errors, g_free);
	va_start(rest, word);
	g_autoptr(GPtrArray) words = take_words(word, rest);
	va_end(rest);
	g_autoptr(GSubprocess) process = g_subprocess_launcher_spawnv(
		launcher, (const char *const *)words->pdata, NULL);
	CHECK(process);
	communicate(process);
}

GSubprocess *rig_start(const char *file, const char *word, ...)
{
	g_autoptr(GSubprocessLauncher) launcher = make_launcher(G_SUBPROCESS_FLAGS_NONE);
	g_autofree char *path = place(file);
	va_list rest;

	g_unlink(path); /* it would be appended to */
	g_subprocess_launcher_set_stderr_file_path(launcher, path);
	va_start(rest, word);
	g_autoptr(GPtrArray) words = take_words(word, rest);
	va_end(rest);
	GSubprocess *process = g_subprocess_launcher_spawnv(
		launcher, (const char *const *)words->pdata, NULL);
	CHECK(process);
	return process;
}

static void on_end(GObject *source, GAsyncResult *result, gpointer data)
{
	*(gboolean *)data = g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
}

int rig_await(GSubprocess *process)
{
	g_autoptr(GCancellable) cancel = g_cancellable_new();
	guint timer = g_timeout_add_seconds(PATIENCE_S / 2, on_late, cancel);
	gboolean done = FALSE;

	g_subprocess_wait_async(process, cancel, on_end, &done);
	while (!done && !g_cancellable_is_cancelled(cancel))
		g_main_context_iteration(NULL, TRUE);
	CHECK(done);
	g_source_remove(timer);
	return g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process)
						   : -g_subprocess_get_term_sig(process);
}

int rig_keeper(void)
{
	rig_do("ls", "--json");
	const char *pid = strstr(rig_answer.output, "\"pid\" : ");
	CHECK(pid);
	return atoi(pid + strlen("\"pid\" : "));
}
