/* Where a real guest's tablet says that it is, when a user's pointer is in a corner of the viewer's
 * window: at every scale and turned every way, on X11 and on a Wayland compositor with a fractional
 * scale. One guest, a real server, and the viewer as a user starts it. */
#include <glib-unix.h>
#include <signal.h>
#include <xcb/xtest.h>

#include "e2e/guest.h"
#include "render/compositor.h"
#include "render/hands_wayland.h"
#include "render/view_rig.h"

#define BOOT_S     90
#define PATIENCE_S 20
#define LIFE_S     200 /* of each program we start, whatever happens */

/* The guest's screen: VGA's text mode. */
#define WIDTH      720u
#define HEIGHT     400u
#define TABLET_MAX 32767

static struct guest_machine machine;

static struct {
	unsigned console;
	pid_t viewer;
	bool ready, late;
	int at[2];
	struct server server;
	struct compositor compositor;
	struct hands hands;
} rig;

/* ---- the guest ---- */

static void hear_line(const char *line)
{
	const char *words = strstr(line, "input: ");

	if (!words)
		return;
	rig.ready |= strstr(words, "ready") != NULL;
	if (strstr(words, "abs"))
		CHECK_EQ(sscanf(words, "input: abs %d %d", &rig.at[0], &rig.at[1]), 2);
}

static gboolean on_console(gint fd, GIOCondition condition, gpointer data)
{
	(void)fd, (void)condition, (void)data;
	if (guest_machine_hear(&machine, hear_line))
		return G_SOURCE_CONTINUE;
	rig.console = 0;
	return G_SOURCE_REMOVE;
}

static void start_machine(void)
{
	static const char script[] =
		"exec qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu max -m 384 -nodefaults "
		"-no-user-config -display none -no-reboot -vga std "
		"-spice unix=on,addr=\"$3\"/spice,disable-ticketing=on "
		"-device qemu-xhci -device usb-tablet "
		"-chardev socket,id=console,fd=3 -serial chardev:console "
		"-kernel \"$1\" -initrd \"$2\" "
		"-append 'quiet console=ttyS0 tsc=reliable mitigations=off panic=-1 -- listener'";

	guest_machine_start(&machine, LIFE_S, script, NULL, NULL);
	rig.console = g_unix_fd_add(machine.console, G_IO_IN | G_IO_HUP, on_console, NULL);
}

static void needs_guest(void)
{
	if (!rig.ready)
		test_skip("there is no guest");
}

static gboolean on_tick(gpointer data)
{
	(void)data;
	return G_SOURCE_CONTINUE;
}

/* One turn of the main loop, of 20 ms at most. */
static void turn(void)
{
	unsigned tick = g_timeout_add(20, on_tick, NULL);

	g_main_context_iteration(NULL, TRUE);
	g_source_remove(tick);
}

/* ---- the viewer ---- */

static void stop_viewer(void)
{
	guest_end(&rig.viewer);
}

static void start_viewer(const char *window, unsigned degrees)
{
	char kind[32], rotate[32], spice[96];

	stop_viewer();
	snprintf(kind, sizeof(kind), "--window=%s", window);
	snprintf(rotate, sizeof(rotate), "--rotate=%u", degrees);
	snprintf(spice, sizeof(spice), "--spice=%s/spice", machine.folder);
	rig.viewer = fork();
	if (rig.viewer != 0)
		return;
	guest_limit_life(LIFE_S);
	execl(getenv("ORIEL_VIEW"), "oriel-view", "--no-config", "--source=spice", "--no-audio",
	      kind, rotate, spice, NULL);
	_exit(127);
}

/* ---- corners ---- */

struct glass {
	uint32_t width, height;
	void (*point)(const struct glass *self, uint32_t x, uint32_t y);
};

/* Which corner of the guest's screen lies in the window's, clockwise turns by 90 degrees: 1 is the
 * far end. Rows: turns; columns: top left, top right, bottom left, bottom right. */
static const uint8_t corners[4][4][2] = {
	{ { 0, 0 }, { 1, 0 }, { 0, 1 }, { 1, 1 } },
	{ { 0, 1 }, { 0, 0 }, { 1, 1 }, { 1, 0 } },
	{ { 1, 1 }, { 0, 1 }, { 1, 0 }, { 0, 0 } },
	{ { 1, 0 }, { 1, 1 }, { 0, 0 }, { 0, 1 } },
};

/* As QEMU makes it of a pixel: its scale ends one pixel after the last. */
static int tablet(bool far, uint32_t size)
{
	return far ? (int)((size - 1) * TABLET_MAX / size) : 0;
}

static bool is_at(const int want[2])
{
	return rig.at[0] == want[0] && rig.at[1] == want[1];
}

/* A viewer that has just been started or resized may not be there yet: until it is. */
static void check_corner(const struct glass *window, unsigned turns, unsigned corner)
{
	const uint8_t *far = corners[turns][corner];
	const int want[2] = { tablet(far[0], WIDTH), tablet(far[1], HEIGHT) };
	uint64_t until = clock_ns() + PATIENCE_S * NS_PER_S;

	do {
		uint64_t again = clock_ns() + 300 * NS_PER_MS;
		window->point(window, window->width / 2, window->height / 2);
		turn();
		window->point(window, corner % 2 ? window->width - 1 : 0,
			      corner / 2 ? window->height - 1 : 0);
		while (!is_at(want) && clock_ns() < again)
			turn();
	} while (!is_at(want) && clock_ns() < until);
	if (!is_at(want))
		test_fail("%ux%u turned by %u, corner %u: %d, %d, not %d, %d", window->width,
			  window->height, turns * 90, corner, rig.at[0], rig.at[1], want[0],
			  want[1]);
}

static void check_glass(const struct glass *window, unsigned turns)
{
	/* Never one that the tablet is at already. */
	static const unsigned order[] = { 3, 0, 1, 2, 3 };

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		check_corner(window, turns, order[i]);
}

/* ---- X11 ---- */

static void point_by_xtest(const struct glass *self, uint32_t x, uint32_t y)
{
	(void)self;
	xcb_test_fake_input(rig.server.xcb, XCB_MOTION_NOTIFY, 0, XCB_CURRENT_TIME,
			    rig.server.screen->root, (int16_t)x, (int16_t)y, 0);
	xcb_flush(rig.server.xcb);
}

/* The next one may have the number of the last. */
static xcb_window_t open_window(unsigned turns)
{
	xcb_window_t found = XCB_NONE;

	stop_viewer();
	GUEST_WAIT(!server_newest(&rig.server), PATIENCE_S * NS_PER_S, turn(), "a window stays");
	start_viewer("x11", turns * 90);
	GUEST_WAIT((found = server_newest(&rig.server)) && server_viewable(&rig.server, found),
		   PATIENCE_S * NS_PER_S, turn(), "no window comes");
	return found;
}

static const uint32_t percents[] = { 100, 125, 150, 200 };

static void corners_are_exact_on_x11(void)
{
	needs_guest();
	server_start(&rig.server, "1600x1600x24");
	for (unsigned turns = 0; turns < 4; turns++) {
		xcb_window_t window = open_window(turns);
		for (size_t i = 0; i < ARRAY_LEN(percents); i++) {
			struct glass at = { (turns % 2 ? HEIGHT : WIDTH) * percents[i] / 100,
					    (turns % 2 ? WIDTH : HEIGHT) * percents[i] / 100,
					    point_by_xtest };
			server_resize(&rig.server, window, at.width, at.height);
			check_glass(&at, turns);
		}
	}
	stop_viewer();
}

/* ---- Wayland ---- */

static void point_by_protocol(const struct glass *self, uint32_t x, uint32_t y)
{
	zwlr_virtual_pointer_v1_motion_absolute(rig.hands.pointer, ++rig.hands.time, x, y,
						self->width, self->height);
	zwlr_virtual_pointer_v1_frame(rig.hands.pointer);
	wl_display_roundtrip(rig.hands.display);
}

static void set_output(uint32_t width, uint32_t height, uint32_t percent)
{
	g_autofree char *command = g_strdup_printf(
		"output HEADLESS-1 mode --custom %ux%u scale %u.%02u", width, height, percent / 100,
		percent % 100);
	g_autofree char *said = compositor_tell(&rig.compositor, command);

	(void)said;
}

/* The display's pixels are twice the guest's; its units are fewer. */
static void corners_are_exact_on_wayland(void)
{
	needs_guest();
	compositor_start(&rig.compositor, SWAY, 2 * WIDTH, 2 * HEIGHT, "1", NULL);
	hands_open(&rig.hands, true);
	for (unsigned turns = 0; turns < 4; turns++) {
		struct glass at = { 2 * (turns % 2 ? HEIGHT : WIDTH),
				    2 * (turns % 2 ? WIDTH : HEIGHT), point_by_protocol };
		for (size_t i = 0; i < ARRAY_LEN(percents); i++) {
			set_output(at.width, at.height, percents[i]);
			if (i == 0)
				start_viewer("wayland", turns * 90);
			check_glass(&at, turns);
		}
	}
	stop_viewer();
}

static void a_guest_boots(void)
{
	guest_needs_spice();
	guest_machine_image(&machine, LIFE_S);
	start_machine();
	GUEST_WAIT(rig.ready, BOOT_S * NS_PER_S, turn(), "the guest does not boot");
}

static const struct test_case cases[] = {
	TEST(a_guest_boots),
	TEST(corners_are_exact_on_x11),
	TEST(corners_are_exact_on_wayland),
};

int main(int argc, char **argv)
{
	if (guest_make_folder(machine.folder, "corners") < 0)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	int status = test_main(argc, argv, cases, ARRAY_LEN(cases));
	stop_viewer();
	hands_close(&rig.hands);
	compositor_stop(&rig.compositor);
	server_stop(&rig.server);
	guest_machine_stop(&machine);
	guest_remove_folder(machine.folder);
	return status;
}
