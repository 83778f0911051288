/* When the GPU's presenter draws: how often, and which of the guest's frames. Its swaps are counted
 * on their way into libplacebo (the linker wraps them). */
#include <gio/gio.h>

#include "base/clock.h"
#include "compositor.h"
#include "view/window/x11/x11.h"
#include "view_rig.h"

#include <libplacebo/swapchain.h>
#include <xcb/present.h>

#define WIDTH     160 /* smaller ones get bars */
#define HEIGHT    120
#define FRAMES    1000
#define RATE_MAX  72  /* drawings in a second at 60 Hz, with some at once at first */
#define BLOCK_MAX 150 /* ms; a refresh takes 16, but so may others before us */

static struct server server;
static struct compositor compositor;
static struct script script;
static struct viewer viewer;
static unsigned swaps;
static void (*after_swap)(void); /* or NULL */

void __real_pl_swapchain_swap_buffers(pl_swapchain chain);
void __wrap_pl_swapchain_swap_buffers(pl_swapchain chain);
void __wrap_pl_swapchain_swap_buffers(pl_swapchain chain)
{
	swaps++;
	__real_pl_swapchain_swap_buffers(chain);
	if (after_swap)
		after_swap();
}

static void open_viewer(void)
{
	viewer.options.way = "gpu";
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	script_draw(&script, (struct rect){ 0, 0, WIDTH, HEIGHT });
	script_post(&script, NULL);
	viewer_shown(&viewer, 1);
}

static void open_x11(struct options options)
{
	server_start(&server, "320x240x24");
	script_init(&script, WIDTH, HEIGHT, 0);
	viewer.options = options;
	open_viewer();
}

static void close_x11(void)
{
	viewer_stop(&viewer);
	script_finish(&script);
	server_stop(&server);
}

/* A frame each millisecond; the longest that the main loop stood still, in ms. */
static double post_many(unsigned count)
{
	uint64_t worst = 0, due = clock_ns();

	for (unsigned i = 0; i < count; i++) {
		due += NS_PER_MS;
		script_draw(&script, (struct rect){ 0, 0, WIDTH, HEIGHT });
		script_post(&script, NULL);
		do {
			uint64_t from = clock_ns();
			bool busy = g_main_context_iteration(NULL, FALSE);
			worst = MAX(worst, clock_ns() - from);
			if (!busy)
				g_usleep(100);
		} while (clock_ns() < due);
	}
	return (double)worst / NS_PER_MS;
}

/* Each was either drawn or replaced, those that the viewer asked for as well. */
static uint64_t untold(struct figures before, unsigned refreshes)
{
	const struct figures now = viewer_figures(&viewer);

	return before.shown + before.skipped + FRAMES + script.refreshes - refreshes - now.shown -
	       now.skipped;
}

struct count {
	struct figures before;
	unsigned refreshes;
};

static bool all_told(void *data)
{
	const struct count *count = data;

	return untold(count->before, count->refreshes) == 0;
}

/* Nothing is under way. */
static bool is_quiet(void *data)
{
	const struct figures now = viewer_figures(&viewer);

	(void)data;
	return now.shown + now.skipped >= now.in;
}

/* Posts for a second or more, after a while of that; every frame is accounted for, the last one is
 * drawn. */
static double flood(unsigned *drawn, double *seconds)
{
	post_many(100); /* until the rate is known, each is drawn at once */
	pump_until(is_quiet, NULL, "the last one is told of");
	struct count count = { viewer_figures(&viewer), script.refreshes };
	unsigned first = swaps;
	uint64_t from = clock_ns(), cpu = clock_cpu_ns();
	double worst = post_many(FRAMES);

	*seconds = (double)(clock_ns() - from) / 1e9;
	pump_until(all_told, &count, "all frames are accounted for");
	*drawn = swaps - first;
	/* A window that settles is drawn, too. */
	CHECK(viewer_figures(&viewer).shown - count.before.shown <= *drawn);
	printf("# %u frames in %.1f s: %u drawn, worst turn of the main loop %.1f ms, CPU %.2f s\n",
	       FRAMES, *seconds, *drawn, worst, (double)(clock_cpu_ns() - cpu) / 1e9);
	return worst;
}

/* ---- cases ---- */

static void once_per_refresh(const struct options options)
{
	unsigned drawn;
	double seconds;

	open_x11(options);
	double worst = flood(&drawn, &seconds);
	CHECK(drawn <= RATE_MAX * seconds);
	CHECK(drawn >= 10);
	CHECK(worst < BLOCK_MAX);
	pump_ms(50); /* what was asked for last is drawn by the server */
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 0, 0, WIDTH, HEIGHT, 1 });
	close_x11();
}

static void late(void)
{
	once_per_refresh((struct options){ .late_render = TRUE });
}

static void not_late(void)
{
	once_per_refresh((struct options){ .late_render = FALSE });
}

static void variable(void)
{
	once_per_refresh((struct options){ .sync = SYNC_VRR, .late_render = TRUE });
}

/* No refresh is waited for: more of them are drawn than there are refreshes. */
static void tearing(void)
{
	struct figures before;
	unsigned drawn;
	double seconds;

	open_x11((struct options){ .sync = SYNC_TEARING, .late_render = TRUE });
	before = viewer_figures(&viewer);
	for (int i = 0; i < 20; i++) {
		script_draw(&script, (struct rect){ 0, 0, WIDTH, HEIGHT });
		script_post(&script, NULL);
		CHECK_EQ(viewer_figures(&viewer).shown, before.shown + (unsigned)i + 1);
	}
	flood(&drawn, &seconds);
	close_x11();
}

static void still_picture_draws_nothing(void)
{
	unsigned drawn;
	double seconds;

	open_x11((struct options){ .late_render = TRUE });
	flood(&drawn, &seconds);
	pump_ms(100);
	unsigned before = swaps;
	pump_ms(500);
	CHECK_EQ(swaps, before);
	close_x11();
}

static bool many_swaps(void *data)
{
	return swaps >= *(unsigned *)data;
}

/* At least so often; and no more once that is taken back. */
static void fps_min(void)
{
	open_x11((struct options){ .late_render = TRUE, .fps_min = 20 });
	uint64_t from = clock_ns();
	unsigned goal = swaps + 10;
	pump_until(many_swaps, &goal, "the still picture is drawn again");
	uint64_t ms = (clock_ns() - from) / NS_PER_MS;
	printf("# ten drawings of a still picture took %" PRIu64 " ms\n", ms);
	CHECK(ms >= 300); /* one of them may be the settling window's */
	CHECK_EQ(viewer_figures(&viewer).shown, 1);
	viewer.options.fps_min = SETTING_WORD;
	app_apply(viewer.app, schema_find("view", "fps-min"));
	pump_ms(100);
	unsigned before = swaps;
	pump_ms(300);
	CHECK_EQ(swaps, before);
	close_x11();
}

/* Each kind of pacing while it runs; the picture stays right. */
static void sync_changes(void)
{
	static const enum sync_mode modes[] = { SYNC_VRR, SYNC_TEARING, SYNC_VSYNC, SYNC_TEARING };

	open_x11((struct options){ .late_render = TRUE });
	for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
		struct figures before = viewer_figures(&viewer);
		viewer.options.sync = modes[i];
		app_apply(viewer.app, schema_find("view", "sync"));
		script_draw(&script, (struct rect){ 0, 0, WIDTH, HEIGHT });
		script_post(&script, NULL);
		viewer_shown(&viewer, before.shown + before.skipped + 1);
		CHECK_STR(viewer_figures(&viewer).way, "gpu");
	}
	pump_ms(50);
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 0, 0, WIDTH, HEIGHT, 1 });
	close_x11();
}

/* Presentation feedback, where a compositor gives it and where it does not (sway): nobody's frames
 * are lost. */
static void on_wayland(enum compositor_kind kind)
{
	unsigned drawn;
	double seconds;

	g_unsetenv("DISPLAY"); /* of an X server that is gone: libdecor's D-Bus would ask there */
	compositor_start(&compositor, kind, 320, 240, NULL, NULL);
	script_init(&script, WIDTH, HEIGHT, 0);
	viewer.options = (struct options){ .window = &window_wayland, .late_render = TRUE };
	open_viewer();
	flood(&drawn, &seconds);
	CHECK(drawn >= 10);
	if (kind != SWAY)
		CHECK(drawn <= 2 * RATE_MAX * seconds); /* weston keeps no time */
	viewer_stop(&viewer);
	script_finish(&script);
	compositor_stop(&compositor);
}

static void wayland_with_feedback(void)
{
	on_wayland(WESTON_GL);
}

static void wayland_without_feedback(void)
{
	on_wayland(SWAY);
}

/* ---- windows that nobody can see ---- */

static bool is_suspended(void *data)
{
	return app_window(viewer.app)->suspended == *(bool *)data;
}

static void await_suspended(bool suspended)
{
	pump_until(is_suspended, &suspended, suspended ? "it is hidden" : "it is seen");
}

static bool last_is_shown(void *data)
{
	return viewer_figures(&viewer).shown > *(uint64_t *)data;
}

/* New frames, a pointer that moves, another look: nothing of it is drawn. */
static void disturb(void)
{
	static const uint8_t pixels[8 * 32] = { 0xff };
	struct figures before = viewer_figures(&viewer);
	unsigned drawn = swaps;

	for (int32_t i = 0; i < 10; i++) {
		const struct cursor cursor = {
			.visible = true,
			.has_position = true,
			.x = i,
			.y = i,
			.has_shape = i == 0,
			.shape = { CURSOR_COLOUR, 0, 0, 8, 8, 32, pixels },
		};
		script_draw(&script, (struct rect){ 0, 0, WIDTH, HEIGHT });
		script_post(&script, NULL);
		script.source.listener->cursor(script.source.data, &cursor);
		pump_ms(20);
	}
	viewer.options.brightness = 1.5;
	app_apply(viewer.app, schema_find("view", "brightness"));
	pump_ms(200);
	CHECK_EQ(swaps, drawn);
	CHECK_EQ(viewer_figures(&viewer).shown, before.shown);
}

/* What came meanwhile is brought by one drawing, or two: a pointer's place may come after it. */
static void come_back(unsigned drawn, uint64_t shown)
{
	await_suspended(false);
	pump_until(last_is_shown, &shown, "the newest picture is shown");
	pump_ms(200);
	CHECK(swaps > drawn && swaps <= drawn + 3);
}

static void hidden_on_wayland(void)
{
	g_unsetenv("DISPLAY");
	compositor_start(&compositor, SWAY, 320, 240, NULL, NULL);
	script_init(&script, WIDTH, HEIGHT, 0);
	viewer.options = (struct options){ .window = &window_wayland, .fps_min = 20 };
	open_viewer();
	g_free(compositor_tell(&compositor, "workspace 2"));
	script_post(&script, NULL);
	await_suspended(true);
	disturb();
	unsigned drawn = swaps;
	uint64_t shown = viewer_figures(&viewer).shown;
	viewer.options.fps_min = SETTING_WORD;
	app_apply(viewer.app, schema_find("view", "fps-min"));
	g_free(compositor_tell(&compositor, "workspace 1"));
	come_back(drawn, shown);
	viewer_stop(&viewer);
	script_finish(&script);
	compositor_stop(&compositor);
}

static void hidden_on_x11(void)
{
	open_x11((struct options){ .late_render = TRUE });
	xcb_window_t window = server_window(&server);
	xcb_unmap_window(server.xcb, window);
	server_sync(&server);
	await_suspended(true);
	disturb();
	unsigned drawn = swaps;
	uint64_t shown = viewer_figures(&viewer).shown;
	xcb_map_window(server.xcb, window);
	server_sync(&server);
	come_back(drawn, shown);
	close_x11();
}

/* ---- drivers that present by X11's extension ---- */

/* As such a driver does: one for each swap. Ours does not, and what it drew is not asked for. */
static void present(void)
{
	const struct x11 *x11 = (const struct x11 *)app_window(viewer.app);
	xcb_pixmap_t pixmap = xcb_generate_id(x11->xcb);

	xcb_create_pixmap(x11->xcb, server.screen->root_depth, pixmap, x11->pane, 8, 8);
	xcb_present_pixmap(x11->xcb, x11->pane, pixmap, swaps, XCB_NONE, XCB_NONE, 0, 0, XCB_NONE,
			   XCB_NONE, XCB_NONE, 0, 0, 0, 0, 0, NULL);
	xcb_free_pixmap(x11->xcb, pixmap);
	xcb_flush(x11->xcb);
}

/* The frame is shown when the server says so, not when it was handed over; each is told. */
static void presented_on_x11(void)
{
	after_swap = present;
	open_x11((struct options){ .late_render = FALSE });
	pump_ms(100); /* the first one tells that the driver is one of those */
	for (int i = 0; i < 20; i++) {
		struct figures before = viewer_figures(&viewer);
		unsigned drawn = swaps;
		script_draw(&script, (struct rect){ 0, 0, WIDTH, HEIGHT });
		script_post(&script, NULL);
		pump_until(many_swaps, &(unsigned){ drawn + 1 }, "it is drawn");
		CHECK_EQ(viewer_figures(&viewer).shown, before.shown);
		viewer_shown(&viewer, before.shown + before.skipped + 1);
	}
	after_swap = NULL;
	close_x11();
}

static const struct test_case cases[] = {
	TEST(late),
	TEST(not_late),
	TEST(variable),
	TEST(tearing),
	TEST(still_picture_draws_nothing),
	TEST(fps_min),
	TEST(sync_changes),
	TEST(wayland_with_feedback),
	TEST(wayland_without_feedback),
	TEST(hidden_on_wayland),
	TEST(hidden_on_x11),
	TEST(presented_on_x11),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, G_N_ELEMENTS(cases));
}
