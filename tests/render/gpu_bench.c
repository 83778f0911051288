/* How fast the GPU's presenter is, beside a bare libplacebo loop (upload, render, swap) of the same
 * run: both in windows of one X server, by turns. `test-gpu-bench API [FRAMES]`; prints ms. */
#include <EGL/egl.h>
#include <libplacebo/renderer.h>
#include <stdlib.h>

#include "base/clock.h"
#include "easel.h"
#include "pixel/pattern.h"
#include "view/present/present.h"
#include "view_rig.h"

#define WIDTH       1920
#define HEIGHT      1080
#define BURST       5   /* frames of one side in a row */
#define RATIO_MAX   2.0 /* the goal is 1.3; a test that others disturb may be worse */
#define BLOCKED_MAX 400 /* ms, p50; hidden windows get a refresh per second */

static const struct gpu_impl *api;
static unsigned frames = 40;
static struct server server;

/* ---- figures ---- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double percentile(GArray *times, double part)
{
	guint at = (guint)(part * (times->len - 1) + 0.5);

	return g_array_index(times, double, at);
}

/* Sorts. */
static void print_times(const char *what, GArray *times)
{
	qsort(times->data, times->len, sizeof(double), by_value);
	printf("# %-8s %-22s p50 %6.2f  p95 %6.2f  p99 %6.2f  worst %6.2f ms\n", api->name, what,
	       percentile(times, 0.5), percentile(times, 0.95), percentile(times, 0.99),
	       percentile(times, 1));
}

static void add_ms(GArray *times, uint64_t since_ns)
{
	double ms = (double)(clock_ns() - since_ns) / 1e6;

	g_array_append_val(times, ms);
}

/* ---- who draws ---- */

/* OpenGL's context is the thread's: who takes his turn brings his own. */
struct turn {
	EGLDisplay display;
	EGLSurface surface;
	EGLContext context;
};

static struct turn turn_save(void)
{
	return (struct turn){ eglGetCurrentDisplay(), eglGetCurrentSurface(EGL_DRAW),
			      eglGetCurrentContext() };
}

static void turn_take(const struct turn *self)
{
	if (self->context)
		eglMakeCurrent(self->display, self->surface, self->surface, self->context);
}

/* ---- windows ---- */

static void resized(void *data, uint32_t width, uint32_t height)
{
	(void)data, (void)width, (void)height;
}

static void visible(void *data, bool on)
{
	(void)data, (void)on;
}

static void nothing(void *data)
{
	(void)data;
}

static void broke(void *data, const char *why)
{
	(void)data;
	test_fail("%s", why);
}

static void shown(void *data, uint64_t seen_ns, uint64_t when_ns)
{
	(void)data, (void)seen_ns, (void)when_ns;
}

static const struct window_listener window_listener = { resized, nothing, visible, nothing, broke };
static const struct present_listener present_listener = { nothing, shown, broke };

/* Beside one another: an X server draws nothing where a window is covered. */
static struct window *open_window(int32_t x)
{
	const struct window_params params = {
		.title = "bench", .width = WIDTH, .height = HEIGHT, .listener = &window_listener
	};
	g_autoptr(GError) error = NULL;
	struct window *window = window_create(&window_x11, &params, &error);

	CHECK(window != NULL);
	window_show(window);
	pump_ms(50);
	xcb_configure_window(server.xcb, server_window(&server), XCB_CONFIG_WINDOW_X, &x);
	server_sync(&server);
	pump_ms(50);
	return window;
}

/* ---- ours ---- */

struct ours {
	struct turn turn;
	struct window *window;
	struct present *present;
	struct sheet *sheet;
};

static void ours_open(struct ours *self, enum look_pace pace)
{
	g_autoptr(GError) error = NULL;

	self->window = open_window(0);
	self->window->look = (struct look){ .software = true, .pace = pace };
	self->present = present_create(&present_gpu, self->window, &present_listener, NULL, &error);
	if (!self->present)
		test_skip("%s", error->message);
	self->turn = turn_save();
	self->sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);
	region_set_full(&self->sheet->damage, WIDTH, HEIGHT);
}

static void ours_frame(struct ours *self)
{
	self->sheet->frame.serial++;
	self->present->impl->show(self->present, &self->sheet->frame);
}

static void ours_close(struct ours *self)
{
	turn_take(&self->turn);
	present_destroy(self->present);
	frame_unref(&self->sheet->frame);
	window_destroy(self->window);
}

/* ---- bare ---- */

struct bare {
	struct turn turn;
	struct window *window;
	struct gpu *gpu;
	pl_renderer renderer;
	pl_tex tex;
	pl_buf buf; /* Vulkan's way; OpenGL takes a pointer */
	struct sheet *sheet;
};

static void bare_open(struct bare *self)
{
	g_autoptr(GError) error = NULL;
	struct pane pane;

	self->window = open_window(WIDTH);
	CHECK(self->window->impl->open_pane(self->window, &(struct pane_owner){ 0 }, &pane));
	self->gpu = gpu_create(api, &pane, true, LOOK_NEWEST, &error);
	if (!self->gpu)
		test_skip("%s", error->message);
	self->turn = turn_save();
	self->renderer = pl_renderer_create(self->gpu->log, self->gpu->pl);
	self->sheet = sheet_create(PIXEL_BGRA, WIDTH, HEIGHT);
	self->tex = pl_tex_create(self->gpu->pl,
				  pl_tex_params(.w = WIDTH, .h = HEIGHT,
						.format = pl_find_named_fmt(self->gpu->pl, "rgba8"),
						.sampleable = true, .host_writable = true));
	CHECK(self->tex != NULL);
	if (api == &gpu_vulkan)
		self->buf = pl_buf_create(
			self->gpu->pl,
			pl_buf_params(.size = pixel_image_size(&self->sheet->frame.image),
				      .host_mapped = true, .memory_type = PL_BUF_MEM_HOST));
}

static void bare_upload(struct bare *self)
{
	const struct pixel_image *image = &self->sheet->frame.image;

	while (self->buf && pl_buf_poll(self->gpu->pl, self->buf, NS_PER_S))
		;
	if (self->buf)
		memcpy(self->buf->data, self->sheet->memory.base, pixel_image_size(image));
	CHECK(pl_tex_upload(
		self->gpu->pl,
		pl_tex_transfer_params(.tex = self->tex, .row_pitch = image->pitch,
				       .buf = self->buf,
				       .ptr = self->buf ? NULL : self->sheet->memory.base)));
}

static void bare_frame(struct bare *self)
{
	const struct pl_frame image = {
		.num_planes = 1,
		.planes[0] = { .texture = self->tex,
			       .components = 3,
			       .component_mapping = { 2, 1, 0 } },
		.repr = pl_color_repr_rgb,
		.color = pl_color_space_srgb,
	};
	struct pl_swapchain_frame canvas;
	struct pl_frame target;

	bare_upload(self);
	CHECK(pl_swapchain_start_frame(self->gpu->chain, &canvas));
	pl_frame_from_swapchain(&target, &canvas);
	CHECK(pl_render_image(self->renderer, &image, &target, &pl_render_fast_params));
	CHECK(pl_swapchain_submit_frame(self->gpu->chain));
	pl_swapchain_swap_buffers(self->gpu->chain);
}

static void bare_close(struct bare *self)
{
	turn_take(&self->turn);
	gpu_settle(self->gpu);
	pl_buf_destroy(self->gpu->pl, &self->buf);
	pl_tex_destroy(self->gpu->pl, &self->tex);
	pl_renderer_destroy(&self->renderer);
	gpu_destroy(self->gpu);
	self->window->impl->close_pane(self->window);
	window_destroy(self->window);
	frame_unref(&self->sheet->frame);
}

/* ---- cases ---- */

/* What the other side left to do may end meanwhile. */
static void rest(void)
{
	pump_ms(20);
}

static void burst_of_ours(struct ours *ours, GArray *times)
{
	turn_take(&ours->turn);
	for (unsigned i = 0; i < BURST; i++) {
		uint64_t from = clock_ns();
		ours_frame(ours);
		add_ms(times, from);
	}
	rest();
}

static void burst_of_bare(struct bare *bare, GArray *times)
{
	turn_take(&bare->turn);
	for (unsigned i = 0; i < BURST; i++) {
		uint64_t from = clock_ns();
		bare_frame(bare);
		add_ms(times, from);
	}
	rest();
}

static void beside_a_bare_loop(void)
{
	g_autoptr(GArray) mine = g_array_new(false, false, sizeof(double));
	g_autoptr(GArray) least = g_array_new(false, false, sizeof(double));
	struct ours ours = { 0 };
	struct bare bare = { 0 };

	server_start(&server, "3840x1080x24");
	ours_open(&ours, LOOK_NEWEST);
	bare_open(&bare);
	for (unsigned i = 0; i < frames; i += BURST) {
		burst_of_ours(&ours, mine);
		burst_of_bare(&bare, least);
		if (i == 0) { /* programs were compiled */
			g_array_set_size(mine, 0);
			g_array_set_size(least, 0);
		}
	}
	print_times("presenter", mine);
	print_times("bare loop", least);
	double ratio = percentile(mine, 0.5) / percentile(least, 0.5);
	printf("# %-8s p50 to bare            %.2f (goal 1.3)\n", api->name, ratio);
	bare_close(&bare);
	ours_close(&ours);
	server_stop(&server);
	CHECK(ratio <= RATIO_MAX);
}

static void small_damage(void)
{
	g_autoptr(GArray) times = g_array_new(false, false, sizeof(double));
	struct ours ours = { 0 };

	server_start(&server, "3840x1080x24");
	ours_open(&ours, LOOK_NEWEST);
	ours_frame(&ours);
	region_clear(&ours.sheet->damage);
	region_add(&ours.sheet->damage, (struct rect){ 500, 500, 64, 64 });
	for (unsigned i = 0; i < frames; i++) {
		uint64_t from = clock_ns();
		ours_frame(&ours);
		add_ms(times, from);
	}
	print_times("presenter, 64x64", times);
	ours_close(&ours);
	server_stop(&server);
}

/* How long the main loop stands still for a frame that waits for its refresh. */
static void waiting_for_refresh(void)
{
	g_autoptr(GArray) times = g_array_new(false, false, sizeof(double));
	struct ours ours = { 0 };

	server_start(&server, "3840x1080x24");
	ours_open(&ours, LOOK_VSYNC);
	for (unsigned i = 0; i < frames; i++) {
		uint64_t from = clock_ns();
		ours_frame(&ours);
		if (i)
			add_ms(times, from);
	}
	print_times("presenter, vsync", times);
	ours_close(&ours);
	server_stop(&server);
	CHECK(percentile(times, 0.5) < BLOCKED_MAX);
}

/* From nothing to a picture; and one that stands still is not drawn again. */
static void first_frame_of(const char *way)
{
	struct script script;
	struct viewer viewer = { .options.way = way };

	server_start(&server, "1920x1080x24");
	script_init(&script, WIDTH, HEIGHT, 0);
	uint64_t from = clock_ns();
	viewer_start(&viewer, &script);
	script_status(&script, SOURCE_RUNNING, "");
	script_post(&script, NULL);
	viewer_shown(&viewer, 1);
	printf("# %-8s first frame, %-10s %6.1f ms\n", api->name, way,
	       (double)(clock_ns() - from) / 1e6);
	pump_ms(300);
	struct figures before = viewer_figures(&viewer);
	pump_ms(500);
	struct figures after = viewer_figures(&viewer);
	CHECK_STR(after.way, way);
	CHECK_EQ(after.shown, before.shown);
	viewer_stop(&viewer);
	script_finish(&script);
	server_stop(&server);
}

static void first_frames(void)
{
	first_frame_of("direct");
	first_frame_of("gpu");
}

static const struct test_case cases[] = {
	TEST(beside_a_bare_loop),
	TEST(small_damage),
	TEST(waiting_for_refresh),
	TEST(first_frames),
};

/* The presenter takes the best; here, what is asked for. */
static void leave_only(const struct gpu_impl *impl)
{
	if (impl == &gpu_opengl)
		g_setenv("VK_ICD_FILENAMES", "/dev/null", TRUE);
	else
		g_setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/dev/null", TRUE);
}

int main(int argc, char **argv)
{
	api = easel_api(&argc, &argv);
	leave_only(api);
	if (argc > 1 && atoi(argv[1]) > 0) {
		frames = (unsigned)atoi(argv[1]);
		argc--;
		argv++;
	}
	return test_main(argc, argv, cases, ARRAY_LEN(cases));
}
