/* oriel-view and oriel-guest as programs: what a person types, and what comes of it. */
#include "view_rig.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <png.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "pixel/convert.h"
#include "pixel/pattern.h"

static const char *view_program, *guest_program;
static char *dir, *memory, *shot;

/* ---- programs ---- */

#define LIMIT 60 /* s, for what hangs */

/* In the child: it dies with us, and of old age. */
static void before_exec(gpointer data)
{
	(void)data;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIMIT);
}

/* Words of `line` behind the program's. */
static GSubprocess *start(const char *program, const char *line)
{
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
		G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
	g_autofree char *all = g_strconcat(program, " ", line, NULL);
	g_auto(GStrv) argv = g_strsplit(all, " ", -1);

	g_subprocess_launcher_set_child_setup(launcher, before_exec, NULL, NULL);
	GSubprocess *child = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv,
							  NULL);
	CHECK(child);
	return child;
}

struct result {
	int status;
	char out[4000], err[4000];
};

static struct result finish(GSubprocess *child)
{
	g_autofree char *out = NULL, *err = NULL;
	struct result result;

	CHECK(g_subprocess_communicate_utf8(child, NULL, NULL, &out, &err, NULL));
	result.status = g_subprocess_get_if_exited(child) ? g_subprocess_get_exit_status(child)
							  : -1;
	g_strlcpy(result.out, out, sizeof(result.out));
	g_strlcpy(result.err, err, sizeof(result.err));
	g_object_unref(child);
	return result;
}

static struct result view(const char *format, ...) G_GNUC_PRINTF(1, 2);
static struct result view(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *line = g_strdup_vprintf(format, args);
	va_end(args);
	return finish(start(view_program, line));
}

static GSubprocess *start_guest(const char *capture)
{
	g_autofree char *line = g_strdup_printf("-q -m %s --create 32M -c %s", memory, capture);

	return start(guest_program, line);
}

static void end(GSubprocess *child)
{
	g_subprocess_send_signal(child, SIGTERM);
	g_subprocess_wait(child, NULL, NULL);
	g_object_unref(child);
}

static bool exists(const char *path)
{
	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* ---- pictures ---- */

/* Are `pixels` (BGRX, width * height) the pattern, as a guest with that format draws it? The number
 * of the first wrong pixel, or -1; below -1 where they are no pattern at all. */
static int64_t find_wrong(const uint32_t *pixels, uint32_t width, uint32_t height,
			  enum pixel_format format)
{
	struct pixel_image seen, drawn;
	uint64_t number, stamp;

	CHECK_EQ(pixel_image_init(&seen, PIXEL_BGRA, width, height), 0);
	seen.pitch = width * 4;
	CHECK_EQ(pixel_image_init(&drawn, format, width, height), 0);
	if (!pattern_read(&seen, pixels, &number, &stamp))
		return -2;
	g_autofree uint8_t *foreign = g_malloc(pixel_image_size(&drawn));
	g_autofree uint32_t *want = g_new(uint32_t, (size_t)width * height);
	pattern_draw(&drawn, foreign, 0, height, number, stamp);
	pixel_to_bgrx(&drawn, foreign, want, (size_t)width * 4,
		      (struct rect){ 0, 0, width, height });
	for (size_t i = 0; i < (size_t)width * height; i++)
		if ((pixels[i] ^ want[i]) & 0xffffff)
			return (int64_t)i;
	return -1;
}

static uint32_t *read_png(const char *path, uint32_t *width, uint32_t *height)
{
	png_image image = { .version = PNG_IMAGE_VERSION };

	CHECK(png_image_begin_read_from_file(&image, path));
	image.format = PNG_FORMAT_BGRA;
	uint32_t *pixels = g_malloc(PNG_IMAGE_SIZE(image));
	CHECK(png_image_finish_read(&image, NULL, pixels, 0, NULL));
	*width = image.width;
	*height = image.height;
	return pixels;
}

static void check_shot(uint32_t want_width, uint32_t want_height, enum pixel_format format)
{
	uint32_t width, height;
	g_autofree uint32_t *pixels = read_png(shot, &width, &height);

	CHECK_EQ(width, want_width);
	CHECK_EQ(height, want_height);
	CHECK_EQ(find_wrong(pixels, width, height, format), -1);
	g_unlink(shot);
}

static void shots_equal_the_guests_picture(void)
{
	for (uint32_t format = PIXEL_BGRA; format < PIXEL_FORMAT_COUNT; format++) {
		g_autofree char *capture = g_strdup_printf("pattern:1366x768@60:%s",
							   pixel_format_info(format)->name);
		GSubprocess *guest = start_guest(capture);
		struct result got = view("--headless -m %s --shot=%s --shot-after=3", memory, shot);
		CHECK_STR(got.err, "");
		CHECK_EQ(got.status, 0);
		check_shot(1366, 768, (enum pixel_format)format);
		end(guest);
		g_unlink(memory);
	}
}

static void shots_need_no_display(void)
{
	g_autofree char *display = g_strdup(g_getenv("DISPLAY"));

	g_unsetenv("DISPLAY");
	struct result got = view("--headless --source=pattern:640x48 --shot=%s", shot);
	CHECK_STR(got.err, "");
	CHECK_EQ(got.status, 0);
	check_shot(640, 48, PIXEL_BGRA);
	got = view("--source=pattern:640x48");
	CHECK_EQ(got.status, 1);
	CHECK_CONTAINS(got.err, "set DISPLAY, or use --headless");
	if (display)
		g_setenv("DISPLAY", display, TRUE);
}

static void shots_replace_older_ones(void)
{
	CHECK(g_file_set_contents(shot, "old", -1, NULL));
	struct result got = view("--headless --source=pattern:640x48 --shot=%s", shot);
	CHECK_EQ(got.status, 0);
	check_shot(640, 48, PIXEL_BGRA);
}

static void no_guest_is_an_error_in_time(void)
{
	struct result got = view("--headless -m %s --shot=%s --timeout=0.5", memory, shot);

	CHECK_EQ(got.status, 1);
	CHECK_CONTAINS(got.err, "no picture within 0.5 s");
	CHECK_CONTAINS(got.err, memory);
	CHECK(!exists(shot));
	got = view("--headless --source=pattern:640x48,frames=2 --shot=%s --shot-after=9 "
		   "--timeout=0.5",
		   shot);
	CHECK_EQ(got.status, 1);
	CHECK_CONTAINS(got.err, "only 2 pictures came");
}

static void wrong_words_are_answered(void)
{
	struct result got = view("--shot");

	CHECK_EQ(got.status, 2);
	got = view("--memory=/etc --headless");
	CHECK_EQ(got.status, 1);
	CHECK_CONTAINS(got.err, "/etc");
	got = view("--version");
	CHECK_EQ(got.status, 0);
	CHECK_CONTAINS(got.out, "oriel-view ");
	got = view("--headless --presenter=direct --source=pattern:64x48");
	CHECK_EQ(got.status, 1);
	CHECK_CONTAINS(got.err, "no presenter \"direct\"");
}

static void help_fits_the_terminal(void)
{
	struct result got = view("--help");
	g_auto(GStrv) lines = g_strsplit(got.out, "\n", -1);

	CHECK_EQ(got.status, 0);
	CHECK(g_strv_length(lines) > 10);
	for (int i = 0; lines[i]; i++)
		if (g_utf8_strlen(lines[i], -1) > 80)
			test_fail("longer than 80: %s", lines[i]);
}

/* ---- with a window ---- */

static double total(const char *out, const char *what)
{
	const char *line = strstr(out, "total: ");

	CHECK(line);
	const char *at = strstr(line, what);
	CHECK(at);
	return g_ascii_strtod(at + strlen(what), NULL);
}

static void two_viewers_share_a_guest(void)
{
	struct server server;
	GSubprocess *viewers[2];

	server_start(&server, "1920x1080x24");
	GSubprocess *guest = start_guest("pattern:1366x768@60");
	for (int i = 0; i < 2; i++) {
		g_autofree char *line = g_strdup_printf(
			"-m %s --exit-after=60 --timeout=20 --stats", memory);
		viewers[i] = start(view_program, line);
	}
	for (int i = 0; i < 2; i++) {
		struct result got = finish(viewers[i]);
		CHECK_STR(got.err, "");
		CHECK_EQ(got.status, 0);
		CHECK_EQ(total(got.out, "copied "), 0);
		CHECK(total(got.out, "shown ") > 0);
		CHECK_CONTAINS(got.out, "presenter direct");
	}
	end(guest);
	g_unlink(memory);
	server_stop(&server);
}

struct wanted {
	struct server *server;
	uint32_t width, height;
};

/* The topmost window shows the pattern in that size, every pixel of it. */
static bool shows_pattern(void *data)
{
	const struct wanted *wanted = data;
	uint32_t width, height;
	xcb_window_t window = server_newest(wanted->server);

	if (!window || !server_viewable(wanted->server, window))
		return false;
	g_autofree uint32_t *got = server_grab(wanted->server, window, &width, &height);
	return width == wanted->width && height == wanted->height &&
	       find_wrong(got, width, height, PIXEL_BGRA) == -1;
}

static void pictures_return_with_the_guest(void)
{
	struct server server;
	struct wanted first = { &server, 1366, 768 }, second = { &server, 800, 600 };
	g_autofree char *line = g_strdup_printf("-m %s", memory);

	server_start(&server, "1920x1080x24");
	GSubprocess *viewer = start(view_program, line); /* before there is memory */
	g_usleep(300000);
	GSubprocess *guest = start_guest("pattern:1366x768@20:still");
	pump_until(shows_pattern, &first, "the window shows the first guest");
	g_subprocess_force_exit(guest); /* no goodbye */
	end(guest);
	guest = start_guest("pattern:800x600@20:still");
	pump_until(shows_pattern, &second, "the window shows the second guest");
	end(viewer);
	end(guest);
	g_unlink(memory);
	server_stop(&server);
}

struct title {
	struct server *server;
	const char *text;
};

static bool has_title(void *data)
{
	const struct title *wanted = data;
	xcb_window_t window = server_newest(wanted->server);

	if (!window)
		return false;
	g_autofree xcb_get_property_reply_t *reply = xcb_get_property_reply(
		wanted->server->xcb,
		xcb_get_property(wanted->server->xcb, 0, window, XCB_ATOM_WM_NAME, XCB_ATOM_ANY, 0,
				 64),
		NULL);
	return reply && reply->value_len == strlen(wanted->text) &&
	       memcmp(xcb_get_property_value(reply), wanted->text, reply->value_len) == 0;
}

static char *property_of(struct server *server, xcb_window_t window, const char *name)
{
	g_autofree xcb_intern_atom_reply_t *atom = xcb_intern_atom_reply(
		server->xcb, xcb_intern_atom(server->xcb, 0, (uint16_t)strlen(name), name), NULL);
	g_autofree xcb_get_property_reply_t *reply = xcb_get_property_reply(
		server->xcb,
		xcb_get_property(server->xcb, 0, window, atom->atom, XCB_ATOM_ANY, 0, 64), NULL);

	CHECK(reply);
	char *out = g_malloc0(64);
	memcpy(out, xcb_get_property_value(reply), MIN(64, xcb_get_property_value_length(reply)));
	return out;
}

/* As a window manager would find it, of which there is none. */
static void windows_look_as_asked(void)
{
	struct server server;
	struct title title = { &server, "mine" };

	server_start(&server, "1280x1024x24");
	GSubprocess *viewer = start(view_program, "--source=pattern:800x600@0 --size=640x480 "
						  "--app-id=box --borderless --title=mine");
	pump_until(has_title, &title, "the window is there");
	pump_ms(300);
	xcb_window_t window = server_newest(&server);
	g_autofree char *class = property_of(&server, window, "WM_CLASS");
	g_autofree uint32_t *motif = (void *)property_of(&server, window, "_MOTIF_WM_HINTS");
	g_autofree xcb_get_geometry_reply_t *geometry = xcb_get_geometry_reply(
		server.xcb, xcb_get_geometry(server.xcb, window), NULL);
	CHECK(memcmp(class, "box\0box", 8) == 0);
	CHECK_EQ(motif[0], 2);
	CHECK_EQ(motif[2], 0);
	CHECK_EQ(geometry->width, 640); /* though the guest's picture is larger */
	CHECK_EQ(geometry->height, 480);
	end(viewer);
	server_stop(&server);
}

/* The usual file, read before anything and again when it changes. */
static void settings_reach_the_window(void)
{
	struct server server;
	struct title one = { &server, "one" }, two = { &server, "two" };
	g_autofree char *folder = g_build_filename(dir, "oriel", NULL);
	g_autofree char *path = g_build_filename(folder, "view.conf", NULL);

	server_start(&server, "1280x1024x24");
	CHECK_EQ(g_mkdir(folder, 0700), 0);
	CHECK(g_file_set_contents(path, "[vm test pattern]\ntitle = two\n[view]\nnonsense\n", -1,
				  NULL));
	GSubprocess *viewer = start(view_program, "--source=pattern:800x600@0");
	pump_until(has_title, &two, "the guest's own title"); /* it told its name */
	CHECK(g_file_set_contents(path, "[view]\ntitle = one\n", -1, NULL));
	pump_until(has_title, &one, "the new title");
	g_subprocess_send_signal(viewer, SIGTERM);
	struct result got = finish(viewer);
	g_unlink(path);
	g_rmdir(folder);
	CHECK_EQ(got.status, 0);
	CHECK_CONTAINS(got.err, "view.conf:4: nonsense: [view] has no such setting");
	server_stop(&server);
}

static void killed_servers_are_reported(void)
{
	struct server server;

	server_start(&server, "1280x1024x24");
	GSubprocess *viewer = start(view_program, "--source=pattern:800x600@60 --stats");
	struct wanted wanted = { &server, 800, 600 };
	pump_until(shows_pattern, &wanted, "the window is there");
	server_stop(&server);
	struct result got = finish(viewer);
	CHECK_EQ(got.status, 1);
	CHECK_CONTAINS(got.err, "the X server went away");
	CHECK_CONTAINS(got.out, "total: ");
}

static void signals_end_it_in_order(void)
{
	GSubprocess *viewer = start(view_program, "--headless --source=pattern:800x600@60 --stats");

	g_usleep(500000);
	g_subprocess_send_signal(viewer, SIGTERM);
	struct result got = finish(viewer);
	CHECK_EQ(got.status, 0);
	CHECK_CONTAINS(got.out, "total: ");
	CHECK_STR(got.err, "");
}

/* What a still picture costs: the timer of --stats, and nothing else of the viewer's. */
static void still_pictures_wake_nobody(void)
{
	struct server server;

	server_start(&server, "1280x1024x24");
	struct result got = view("--source=pattern:800x600@0 --exit-after=3.5s --stats");
	const char *last = g_strrstr(got.out, "stats: ");
	CHECK(last);
	double wakeups = g_ascii_strtod(strstr(last, "wakeups ") + 8, NULL);
	if (wakeups > 5)
		test_fail("%.1f wake-ups per second", wakeups);
	server_stop(&server);
}

static const struct test_case cases[] = {
	TEST(shots_equal_the_guests_picture), TEST(shots_need_no_display),
	TEST(shots_replace_older_ones),       TEST(no_guest_is_an_error_in_time),
	TEST(wrong_words_are_answered),       TEST(help_fits_the_terminal),
	TEST(two_viewers_share_a_guest),      TEST(pictures_return_with_the_guest),
	TEST(killed_servers_are_reported),    TEST(signals_end_it_in_order),
	TEST(still_pictures_wake_nobody),     TEST(settings_reach_the_window),
	TEST(windows_look_as_asked),
};

/* PROGRAM oriel-view oriel-guest [CASE] */
int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	view_program = argv[1];
	guest_program = argv[2];
	dir = g_dir_make_tmp("oriel-view-XXXXXX", NULL);
	g_setenv("XDG_CONFIG_HOME", dir, TRUE); /* nobody's own settings */
	g_autofree char *state = g_build_filename(dir, "state", NULL);
	g_setenv("XDG_STATE_HOME", state, TRUE);
	memory = g_build_filename(dir, "memory", NULL);
	shot = g_build_filename(dir, "shot.png", NULL);
	int status = test_main(argc - 2, argv + 2, cases, ARRAY_LEN(cases));
	g_unlink(memory);
	g_unlink(shot);
	g_autofree char *folder = g_build_filename(state, "oriel", NULL);
	g_autofree char *sizes = g_build_filename(folder, "windows", NULL);
	g_unlink(sizes);
	g_rmdir(folder);
	g_rmdir(state);
	bool clean = g_rmdir(dir) == 0;
	if (!clean)
		printf("# %s holds more than it should\n", dir);
	g_free(memory);
	g_free(shot);
	g_free(dir);
	return status || !clean;
}
