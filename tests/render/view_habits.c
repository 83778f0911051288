/* How the window behaves over a day: sizes, places, suspended and in its sandbox. */
#include "view_rig.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pixel/pattern.h"

#define LIMIT 60 /* s, for what hangs */

static const char *view_program, *guest_program;
static char *dir, *memory;
static struct server server;

/* ---- programs ---- */

static void before_exec(gpointer data)
{
	(void)data;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIMIT);
}

static GSubprocess *start(const char *program, const char *format, ...) G_GNUC_PRINTF(2, 3);
static GSubprocess *start(const char *program, const char *format, ...)
{
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(0);
	va_list args;

	va_start(args, format);
	g_autofree char *words = g_strdup_vprintf(format, args);
	va_end(args);
	g_autofree char *line = g_strconcat(program, " ", words, NULL);
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	g_subprocess_launcher_set_child_setup(launcher, before_exec, NULL, NULL);
	GSubprocess *child = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv,
							  NULL);
	CHECK(child);
	return child;
}

static GSubprocess *start_guest(const char *pattern)
{
	return start(guest_program, "-q -m %s --create 32M -c pattern:%s", memory, pattern);
}

static void end(GSubprocess *child, int signal)
{
	g_subprocess_send_signal(child, signal);
	g_subprocess_wait(child, NULL, NULL);
	g_object_unref(child);
}

/* The window is that large, and shows the guest's pattern from edge to edge. */
struct wanted {
	uint32_t width, height;
};

static bool has_size(void *data)
{
	const struct wanted *wanted = data;
	xcb_window_t window = server_newest(&server);

	if (!window || !server_viewable(&server, window))
		return false;
	g_autofree xcb_get_geometry_reply_t *at = xcb_get_geometry_reply(
		server.xcb, xcb_get_geometry(server.xcb, window), NULL);
	return at && at->width == wanted->width && at->height == wanted->height;
}

static bool shows_pattern(void *data)
{
	const struct wanted *wanted = data;
	struct pixel_image image;
	uint32_t width, height;
	uint64_t number, stamp;

	if (!has_size(data))
		return false;
	g_autofree uint32_t *pixels = server_grab(&server, server_newest(&server), &width, &height);
	return pixels && width == wanted->width && height == wanted->height &&
	       pixel_image_init(&image, PIXEL_BGRA, width, height) == 0 &&
	       (image.pitch = width * 4, pattern_read(&image, pixels, &number, &stamp));
}

/* ---- cases ---- */

static void sizes_come_back(void)
{
	struct wanted guest = { 640, 480 }, chosen = { 700, 500 };

	server_start(&server, "1600x1200x24");
	GSubprocess *source = start_guest("640x480@20");
	GSubprocess *viewer = start(view_program, "-m %s", memory);
	pump_until(shows_pattern, &guest, "the window has the guest's size");
	server_resize(&server, server_newest(&server), chosen.width, chosen.height);
	pump_until(has_size, &chosen, "the user's size");
	pump_ms(200);
	end(viewer, SIGTERM);
	viewer = start(view_program, "-m %s", memory);
	pump_until(has_size, &chosen, "the user's size has come back");
	pump_ms(300);
	CHECK(has_size(&chosen));
	end(viewer, SIGTERM);
	viewer = start(view_program, "-m %s --no-remember-size", memory);
	pump_until(shows_pattern, &guest, "the guest's size again");
	end(viewer, SIGTERM);
	end(source, SIGTERM);
	server_stop(&server);
}

/* ICCCM 4.1.2.3, by number of the word. */
enum { FLAGS, MIN_WIDTH = 5, MAX_WIDTH = 7, MAX_HEIGHT, ASPECT_X = 11, ASPECT_Y, HINTS = 18 };

static void normal_hints(uint32_t out[HINTS])
{
	g_autofree xcb_get_property_reply_t *reply = xcb_get_property_reply(
		server.xcb,
		xcb_get_property(server.xcb, 0, server_newest(&server), XCB_ATOM_WM_NORMAL_HINTS,
				 XCB_ATOM_WM_SIZE_HINTS, 0, HINTS),
		NULL);

	CHECK(reply && reply->value_len == HINTS);
	memcpy(out, xcb_get_property_value(reply), HINTS * 4);
}

static void managers_learn_the_wishes(void)
{
	struct wanted guest = { 640, 480 };
	uint32_t hints[HINTS];

	server_start(&server, "1600x1200x24");
	GSubprocess *source = start_guest("640x480@20");
	GSubprocess *viewer = start(view_program,
				    "-m %s --position=30,40 --no-resizable --force-aspect "
				    "--no-remember-size",
				    memory);
	pump_until(shows_pattern, &guest, "the window has the guest's size");
	normal_hints(hints);
	CHECK_EQ(hints[FLAGS], 1 << 0 | 1 << 4 | 1 << 5 | 1 << 7);
	CHECK_EQ(hints[MIN_WIDTH], 640);
	CHECK_EQ(hints[MAX_WIDTH], 640);
	CHECK_EQ(hints[MAX_HEIGHT], 480);
	CHECK_EQ(hints[ASPECT_X] * 480, hints[ASPECT_Y] * 640);
	g_autofree xcb_get_geometry_reply_t *at = xcb_get_geometry_reply(
		server.xcb, xcb_get_geometry(server.xcb, server_newest(&server)), NULL);
	CHECK_EQ(at->x, 30);
	CHECK_EQ(at->y, 40);
	end(viewer, SIGTERM);
	end(source, SIGTERM);
	server_stop(&server);
}

/* Xvfb has one monitor, and that is number 1. */
static void windows_open_in_the_middle_of_a_monitor(void)
{
	struct wanted size = { 600, 400 };

	server_start(&server, "1600x1200x24");
	GSubprocess *viewer = start(view_program,
				    "--source=pattern:300x200@20 --size=600x400 --monitor=1");
	pump_until(has_size, &size, "the size asked for");
	g_autofree xcb_get_geometry_reply_t *at = xcb_get_geometry_reply(
		server.xcb, xcb_get_geometry(server.xcb, server_newest(&server)), NULL);
	CHECK_EQ(at->x, 500);
	CHECK_EQ(at->y, 400);
	end(viewer, SIGTERM);
	server_stop(&server);
}

static void windows_follow_guests_that_they_should(void)
{
	struct wanted first = { 640, 480 }, chosen = { 700, 500 }, second = { 800, 600 };

	server_start(&server, "1600x1200x24");
	GSubprocess *source = start_guest("640x480@20");
	GSubprocess *viewer = start(view_program, "-m %s --follow-guest --no-remember-size",
				    memory);
	pump_until(shows_pattern, &first, "the first guest");
	server_resize(&server, server_newest(&server), chosen.width, chosen.height);
	pump_until(has_size, &chosen, "the user's size");
	end(source, SIGTERM);
	source = start_guest("800x600@20");
	pump_until(shows_pattern, &second, "the second guest");
	end(viewer, SIGTERM);
	end(source, SIGTERM);
	server_stop(&server);
}

/* Each of its threads. */
static void check_confined(const char *pid)
{
	g_autofree char *tasks = g_strdup_printf("/proc/%s/task", pid);
	GDir *entries = g_dir_open(tasks, 0, NULL);
	const char *entry;

	CHECK(entries);
	while ((entry = g_dir_read_name(entries))) {
		g_autofree char *path = g_strdup_printf("%s/%s/status", tasks, entry);
		g_autofree char *status = NULL;
		CHECK(g_file_get_contents(path, &status, NULL, NULL));
		CHECK_CONTAINS(status, "NoNewPrivs:\t1");
		CHECK_CONTAINS(status, "Seccomp:\t2");
	}
	g_dir_close(entries);
}

/* The computer slept, in effect; the machine was started anew meanwhile, with a new file. */
static void sleepers_find_the_guest_again(void)
{
	struct wanted first = { 640, 480 }, second = { 800, 600 };

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 6)
		test_skip("this kernel's Landlock is too old for --sandbox=strict");
	server_start(&server, "1600x1200x24");
	GSubprocess *source = start_guest("640x480@20");
	GSubprocess *viewer = start(view_program, "-m %s --sandbox=strict --no-remember-size",
				    memory);
	pump_until(shows_pattern, &first, "the guest before");
	check_confined(g_subprocess_get_identifier(viewer));
	g_subprocess_send_signal(viewer, SIGSTOP);
	end(source, SIGKILL);
	g_unlink(memory);
	source = start_guest("800x600@20");
	pump_ms(5000);
	g_subprocess_send_signal(viewer, SIGCONT);
	pump_until(shows_pattern, &second, "the guest after");
	end(viewer, SIGTERM);
	end(source, SIGTERM);
	server_stop(&server);
}

/* ---- without a flicker ---- */

static struct script script;
static struct viewer viewer;

#define GRACE_MS 100 /* a guest that is away for longer may get a notice: see NOTICE_DELAY */

/* Another client's eyes on the window while the main loop runs for a while: they see nothing but
 * the guest's colours, no black, no notice. */
static void watch(xcb_window_t window, unsigned rounds)
{
	gint64 end = g_get_monotonic_time() + GRACE_MS * 1000;

	for (unsigned i = 0; i < rounds && g_get_monotonic_time() < end; i++) {
		uint32_t width, height;
		g_main_context_iteration(NULL, FALSE);
		server_sync(&server);
		g_autofree uint32_t *pixels = server_grab(&server, window, &width, &height);
		/* Where both modes' pictures are, whatever size the window has just now. */
		uint32_t at = pixels[height / 4 * width + width / 4] & 0xffffff;
		if (at != 0x336699 && at != 0x996633 && at != 0x339966)
			test_fail("round %u: %06x at %ux%u", i, at, width, height);
		g_usleep(500);
	}
}

static void check_never_unmapped(void)
{
	xcb_generic_event_t *event;

	while ((event = xcb_poll_for_event(server.xcb))) {
		uint8_t type = event->response_type & 0x7f;
		free(event);
		CHECK(type != XCB_UNMAP_NOTIFY && type != XCB_DESTROY_NOTIFY);
	}
}

static void fill(uint32_t colour)
{
	uint32_t width = script.image.width, height = script.image.height;
	struct region all;

	for (size_t i = 0; i < (size_t)width * height; i++)
		script.model[i] = colour;
	region_clear(&all);
	region_add(&all, (struct rect){ 0, 0, width, height });
	script_post(&script, &all);
}

static void changes_of_mode_do_not_flicker(void)
{
	static const uint32_t modes[][2] = { { 640, 480 }, { 320, 240 }, { 800, 300 } };
	struct pixel_image image;

	server_start(&server, "1600x1200x24");
	script_init(&script, 800, 600, 0);
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	fill(0x336699);
	viewer_shown(&viewer, 1);
	pump_ms(200);
	xcb_window_t window = server_window(&server);
	xcb_change_window_attributes(server.xcb, window, XCB_CW_EVENT_MASK,
				     &(uint32_t){ XCB_EVENT_MASK_STRUCTURE_NOTIFY });
	watch(window, 20);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		CHECK_EQ(pixel_image_init(&image, PIXEL_BGRA, modes[i][0], modes[i][1]), 0);
		script_change_mode(&script, &image);
		fill(0x996633);
		watch(window, 100);
		script_status(&script, SOURCE_RESTART, "");
		script_status(&script, SOURCE_RUNNING, "");
		watch(window, 40);
		fill(0x339966);
		watch(window, 40);
	}
	check_never_unmapped();
	viewer_stop(&viewer);
	script_finish(&script);
	server_stop(&server);
}

static const struct test_case cases[] = {
	TEST(sizes_come_back),
	TEST(managers_learn_the_wishes),
	TEST(windows_open_in_the_middle_of_a_monitor),
	TEST(windows_follow_guests_that_they_should),
	TEST(sleepers_find_the_guest_again),
	TEST(changes_of_mode_do_not_flicker),
};

/* PROGRAM oriel-view oriel-guest [CASE] */
int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	view_program = argv[1];
	guest_program = argv[2];
	dir = g_dir_make_tmp("oriel-habits-XXXXXX", NULL);
	g_autofree char *folder = g_build_filename(dir, "oriel", NULL);
	g_autofree char *sizes = g_build_filename(folder, "windows", NULL);
	g_setenv("XDG_CONFIG_HOME", dir, TRUE); /* nobody's own settings */
	g_setenv("XDG_STATE_HOME", dir, TRUE);
	memory = g_build_filename(dir, "memory", NULL);
	int status = test_main(argc - 2, argv + 2, cases, ARRAY_LEN(cases));
	g_unlink(memory);
	g_unlink(sizes);
	g_rmdir(folder);
	bool clean = g_rmdir(dir) == 0;
	if (!clean)
		printf("# %s holds more than it should\n", dir);
	g_free(memory);
	g_free(dir);
	return status || !clean;
}
