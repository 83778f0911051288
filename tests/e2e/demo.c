/* `oriel demo` as a person runs it: a desktop out of nothing, measured, and nothing left behind. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <png.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "test.h"
#include "vm/run/image.h"

#define LIMIT_S 120 /* for a run of the demo */

struct run {
	GSubprocess *process;
	char *temp; /* its TMPDIR */
	int status;
	char *output, *errors;
};

static struct run run; /* a failed case leaves it, so the next one cleans up */

static void limit_child(gpointer data)
{
	(void)data;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	alarm(LIMIT_S); /* survives exec */
}

static void forget_run(void)
{
	if (run.process)
		g_subprocess_send_signal(run.process, SIGTERM);
	g_clear_object(&run.process);
	if (run.temp)
		g_rmdir(run.temp);
	g_clear_pointer(&run.temp, g_free);
	g_clear_pointer(&run.output, g_free);
	g_clear_pointer(&run.errors, g_free);
}

static void start(const char *const *argv, const char *image)
{
	GError *error = NULL;
	forget_run();
	g_autofree char *qemu = g_find_program_in_path("qemu-system-x86_64");
	if (!qemu)
		test_skip("qemu-system-x86_64 is not installed");
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
		G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
	g_subprocess_launcher_set_child_setup(launcher, limit_child, NULL, NULL);
	run.temp = g_dir_make_tmp("oriel-e2e-XXXXXX", NULL);
	g_subprocess_launcher_setenv(launcher, "TMPDIR", run.temp, TRUE);
	g_subprocess_launcher_unsetenv(launcher, "DISPLAY");
	if (image)
		g_subprocess_launcher_setenv(launcher, "ORIEL_IMAGE", image, TRUE);
	run.process = g_subprocess_launcher_spawnv(launcher, argv, &error);
	if (!run.process)
		test_fail("%s", error->message);
}

static void finish(void)
{
	g_subprocess_communicate_utf8(run.process, NULL, NULL, &run.output, &run.errors, NULL);
	run.status = g_subprocess_get_if_exited(run.process)
			     ? g_subprocess_get_exit_status(run.process)
			     : -g_subprocess_get_term_sig(run.process);
	g_auto(GStrv) lines = g_strsplit(run.errors, "\n", -1);
	for (char **line = lines; *line; line++)
		if (**line)
			printf("# %s\n", *line);
	if (run.status != 0 && strstr(run.errors, "exited with code 69"))
		test_skip("no guest to boot: neither packages nor installed programs");
}

/* ---- pictures ---- */

struct picture {
	png_image png;
	uint32_t *pixels; /* 0xAARRGGBB */
};

static struct picture read_picture(const char *path)
{
	struct picture out = { .png = { .version = PNG_IMAGE_VERSION } };
	if (!png_image_begin_read_from_file(&out.png, path))
		test_fail("%s: %s", path, out.png.message);
	out.png.format = PNG_FORMAT_BGRA;
	out.pixels = malloc(PNG_IMAGE_SIZE(out.png));
	if (!png_image_finish_read(&out.png, NULL, out.pixels, 0, NULL))
		test_fail("%s: %s", path, out.png.message);
	return out;
}

static unsigned count_of(const struct picture *self, uint32_t rgb)
{
	unsigned count = 0;
	for (size_t i = 0; i < (size_t)self->png.width * self->png.height; i++)
		count += (self->pixels[i] & 0xffffff) == rgb;
	return count;
}

static unsigned distinct_colours(const struct picture *self)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	for (size_t i = 0; i < (size_t)self->png.width * self->png.height; i++)
		g_hash_table_add(seen, GUINT_TO_POINTER(self->pixels[i]));
	return g_hash_table_size(seen);
}

static unsigned distance(uint32_t a, uint32_t b)
{
	unsigned sum = 0;
	for (unsigned shift = 0; shift < 24; shift += 8)
		sum += (unsigned)abs((int)(a >> shift & 255) - (int)(b >> shift & 255));
	return sum;
}

static struct picture show_desktop(const char *name, const char *seconds, const char *image)
{
	g_autofree char *path = g_build_filename(g_getenv("ORIEL_ARTEFACTS"), name, NULL);
	g_autofree char *shot = g_strconcat("--shot=", path, NULL);
	const char *argv[] = {
		g_getenv("ORIEL"), "demo",  "--headless", "--accel=tcg", "--size=1280x800",
		"--seconds",       seconds, shot,         NULL
	};
	g_remove(path);
	start(argv, image);
	finish();
	CHECK_EQ(run.status, 0);
	printf("# the picture is %s\n", path);
	return read_picture(path);
}

/* What data/demo/desktop.sh puts where, in colours of its own. Returns what is missing, or NULL. */
static const char *missing_from(const struct picture *shot)
{
	if (distance(shot->pixels[0], 0x0f2041) > 12)
		return "the background's upper left corner";
	if (distance(shot->pixels[760 * 1280 + 1270], 0x7d3f6b) > 24)
		return "the background's lower right corner";
	if ((shot->pixels[785 * 1280 + 700] & 0xffffff) != 0x16213a)
		return "the bar";
	if (count_of(shot, 0xf4f1e8) < 40000)
		return "the clock's face";
	if (count_of(shot, 0x10182c) < 50000)
		return "the lower terminal";
	if (count_of(shot, 0x00d7ff) + count_of(shot, 0xffaf00) < 1000)
		return "the moving picture";
	return distinct_colours(shot) > 500 ? NULL : "most colours";
}

/* A busy machine needs longer until all windows are there, so it is looked at again, later. */
static void desktop_arrives_as_it_was_drawn(void)
{
	static const char *const seconds[] = { "6", "20", "45" };
	const char *missing = "everything";
	for (size_t i = 0; missing && i < ARRAY_LEN(seconds); i++) {
		struct picture shot = show_desktop("desktop.png", seconds[i], NULL);
		CHECK_EQ(shot.png.width, 1280);
		CHECK_EQ(shot.png.height, 800);
		missing = missing_from(&shot);
		free(shot.pixels);
		if (missing)
			printf("# after %s s the picture lacks %s\n", seconds[i], missing);
	}
	CHECK(!missing);
}

static void picture_moves_and_is_not_copied(void)
{
	double frames = 0;
	if (!run.output || run.status != 0)
		test_skip("no desktop was shown before");
	const char *rate = strstr(run.output, "pictures shown");
	CHECK(rate != NULL);
	CHECK_EQ(sscanf(rate, "pictures shown %lf/s", &frames), 1);
	CHECK(frames > 1);
	CHECK_CONTAINS(run.output, "seen until shown         p50");
	CHECK_CONTAINS(run.output, "copied by the viewer     0 bytes");
	CHECK_CONTAINS(run.output, "woken by                 doorbell");
}

/* Other distributions' way: no package is unpacked, programs are copied. */
static void installed_programs_make_a_desktop_too(void)
{
	static const char *const needed[] = { "Xvfb", "xkbcomp", "xterm" };
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		g_autofree char *path = g_find_program_in_path(needed[i]);
		if (!path)
			test_skip("%s is not installed", needed[i]);
	}
	struct picture shot = show_desktop("installed.png", "3", "installed");
	CHECK_EQ(shot.png.width, 1280);
	CHECK_EQ(shot.png.height, 800);
	CHECK(distinct_colours(&shot) > 1);
	free(shot.pixels);
}

/* ---- nothing is left ---- */

static int parent_of(int pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid), *text = NULL;
	int parent = 0;
	char state = 'Z';
	if (!g_file_get_contents(path, &text, NULL, NULL) || !strrchr(text, ')'))
		return 0;
	sscanf(strrchr(text, ')') + 1, " %c %d", &state, &parent);
	return state == 'Z' ? 0 : parent;
}

static bool descends_from(int pid, int ancestor)
{
	while (pid > 1 && pid != ancestor)
		pid = parent_of(pid);
	return pid == ancestor;
}

static GArray *descendants(int ancestor)
{
	GArray *out = g_array_new(FALSE, FALSE, sizeof(int));
	g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
	for (const char *name; (name = g_dir_read_name(proc));) {
		int pid = atoi(name);
		if (pid > 1 && pid != ancestor && descends_from(pid, ancestor))
			g_array_append_val(out, pid);
	}
	return out;
}

static unsigned alive(const GArray *pids)
{
	unsigned count = 0;
	for (guint i = 0; i < pids->len; i++)
		count += parent_of(g_array_index(pids, int, i)) != 0;
	return count;
}

static unsigned entries_of(const char *directory, const char *prefix)
{
	unsigned count = 0;
	g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
	for (const char *name; dir && (name = g_dir_read_name(dir));)
		count += g_str_has_prefix(name, prefix);
	return count;
}

/* Reads the demo's words until one of its steps is done. */
static void wait_for_step(const char *name)
{
	GInputStream *errors = g_subprocess_get_stderr_pipe(run.process);
	g_autoptr(GDataInputStream) lines = g_data_input_stream_new(errors);
	g_filter_input_stream_set_close_base_stream(G_FILTER_INPUT_STREAM(lines), FALSE);
	for (;;) {
		g_autofree char *line = g_data_input_stream_read_line(lines, NULL, NULL, NULL);
		if (!line)
			test_skip("no guest to boot (the cases before say why)");
		printf("# %s\n", line);
		if (strstr(line, name))
			return;
	}
}

static GArray *start_and_see(const char *step)
{
	const char *argv[] = { g_getenv("ORIEL"), "demo",      "--headless", "--accel=tcg",
			       "--pattern",       "--seconds", "60",         NULL };
	start(argv, NULL);
	wait_for_step(step);
	return descendants(atoi(g_subprocess_get_identifier(run.process)));
}

static void check_nothing_is_left(const GArray *pids)
{
	for (int tries = 0; alive(pids) && tries < 100; tries++)
		g_usleep(50000);
	CHECK_EQ(alive(pids), 0);
	CHECK_EQ(entries_of(run.temp, ""), 0);
	CHECK_EQ(entries_of("/dev/shm", "oriel-demo"), 0);
}

static void interrupted_demo_leaves_nothing(void)
{
	g_autoptr(GArray) pids = start_and_see("first frame");
	CHECK(pids->len >= 1);
	g_subprocess_send_signal(run.process, SIGINT);
	g_subprocess_wait(run.process, NULL, NULL);
	CHECK(g_subprocess_get_if_exited(run.process));
	CHECK_EQ(g_subprocess_get_exit_status(run.process), 130);
	check_nothing_is_left(pids);
}

static void killed_demo_leaves_nothing(void)
{
	g_autoptr(GArray) pids = start_and_see("first frame");
	CHECK(pids->len >= 1);
	g_subprocess_force_exit(run.process);
	g_subprocess_wait(run.process, NULL, NULL);
	check_nothing_is_left(pids);
}

static const struct test_case cases[] = {
	TEST(desktop_arrives_as_it_was_drawn),
	TEST(picture_moves_and_is_not_copied),
	TEST(installed_programs_make_a_desktop_too),
	TEST(interrupted_demo_leaves_nothing),
	TEST(killed_demo_leaves_nothing),
};

int main(int argc, char **argv)
{
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	forget_run();
	return status;
}
