/* A graphics device that is lost under the viewer: its swapchain takes no picture, and libplacebo
 * says that the device failed (the linker wraps both). */
#include <gio/gio.h>

#include "base/clock.h"
#include "view_rig.h"

#include <libplacebo/gpu.h>
#include <libplacebo/swapchain.h>

#define WIDTH  320
#define HEIGHT 240

static struct server server;
static struct script script;
static struct viewer viewer;

static unsigned losses;   /* so many devices will be lost, each at its next drawing */
static pl_swapchain dead; /* of the one that is */
static unsigned lost;     /* so many were */
static char *alert;

bool __real_pl_swapchain_start_frame(pl_swapchain chain, struct pl_swapchain_frame *out);
bool __wrap_pl_swapchain_start_frame(pl_swapchain chain, struct pl_swapchain_frame *out);
bool __wrap_pl_swapchain_start_frame(pl_swapchain chain, struct pl_swapchain_frame *out)
{
	if (!dead && losses > 0) {
		losses--;
		lost++;
		dead = chain;
	}
	return chain != dead && __real_pl_swapchain_start_frame(chain, out);
}

void __real_pl_swapchain_destroy(pl_swapchain *chain);
void __wrap_pl_swapchain_destroy(pl_swapchain *chain);
void __wrap_pl_swapchain_destroy(pl_swapchain *chain)
{
	if (*chain == dead)
		dead = NULL;
	__real_pl_swapchain_destroy(chain);
}

bool __real_pl_gpu_is_failed(pl_gpu gpu);
bool __wrap_pl_gpu_is_failed(pl_gpu gpu);
bool __wrap_pl_gpu_is_failed(pl_gpu gpu)
{
	return dead || __real_pl_gpu_is_failed(gpu);
}

static void on_alert(void *data, const char *text)
{
	(void)data;
	g_free(alert);
	alert = g_strdup(text);
}

static void post(void)
{
	script_draw(&script, (struct rect){ 0, 0, WIDTH, HEIGHT });
	script_post(&script, NULL);
}

static bool all_told(void *data)
{
	const uint64_t *posts = data;
	const struct figures now = viewer_figures(&viewer);

	return now.shown + now.skipped >= *posts + script.refreshes - lost;
}

/* Each frame was drawn or replaced; those that a device was lost over came again. */
static void await(uint64_t posts)
{
	pump_until(all_told, &posts, "all frames are accounted for");
}

static void check_picture(void)
{
	pump_ms(50); /* the server draws what it was sent */
	check_window(&server, server_window(&server), &script,
		     (struct placement){ 0, 0, WIDTH, HEIGHT, 1 });
}

/* With two frames on screen. `way` NULL: a filter asks for the device. */
static void open_viewer(const char *way)
{
	static char *filters[] = { (char *)"nearest", NULL };

	losses = lost = 0;
	g_clear_pointer(&alert, g_free);
	server_start(&server, "640x480x24");
	script_init(&script, WIDTH, HEIGHT, 0);
	viewer.options = (struct options){
		.way = way, .filters = way ? NULL : filters, .brightness = 1, .late_render = TRUE
	};
	viewer_start(&viewer, &script);
	app_on_alert(viewer.app, on_alert, NULL);
	script_status(&script, SOURCE_RUNNING, "");
	post();
	await(1);
	post();
	await(2);
	if (strcmp(viewer_figures(&viewer).way, "gpu") != 0)
		test_skip("no device here, only %s", viewer_figures(&viewer).way);
}

static void close_viewer(void)
{
	viewer_stop(&viewer);
	script_finish(&script);
	server_stop(&server);
	g_clear_pointer(&alert, g_free);
}

/* ---- cases ---- */

static void a_lost_device_is_made_anew(void)
{
	open_viewer(NULL);
	for (uint64_t i = 0; i < 5; i++) {
		losses = 1;
		post();
		await(3 + i);
		CHECK_EQ(lost, i + 1);
		CHECK_STR(viewer_figures(&viewer).way, "gpu");
		check_picture();
	}
	CHECK(!alert);
	close_viewer();
}

/* Frames go on coming while devices come and go. */
static void lost_in_a_flood(void)
{
	open_viewer(NULL);
	for (unsigned i = 0; i < 300; i++) {
		losses += i % 60 == 30;
		post();
		pump_ms(2);
	}
	losses = 0;
	await(302);
	CHECK(lost >= 3);
	CHECK_STR(viewer_figures(&viewer).way, "gpu");
	check_picture();
	close_viewer();
}

static bool another_way(void *data)
{
	(void)data;
	return strcmp(viewer_figures(&viewer).way, "gpu") != 0;
}

/* One that is lost again and again is given up: the picture goes another way, and it is said. */
static void lost_for_good(const char *way, const char *words)
{
	open_viewer(way);
	losses = UINT32_MAX;
	post();
	pump_until(another_way, NULL, "another way is taken");
	await(3);
	check_picture();
	CHECK(alert != NULL);
	CHECK_CONTAINS(alert, words);
	CHECK(lost < 5);
	post();
	await(4);
	check_picture();
	losses = 0;
	close_viewer();
}

static void given_up_with_a_notice(void)
{
	lost_for_good(NULL, "filters and colours are off");
}

static void even_if_the_user_chose_it(void)
{
	lost_for_good("gpu", "the best that works");
}

static bool is_lost(void *data)
{
	(void)data;
	return lost > 0 && !dead;
}

/* Not over a frame but while the window is resized: the picture comes again. */
static void lost_in_a_resize(void)
{
	open_viewer(NULL);
	losses = 1;
	server_resize(&server, server_window(&server), 400, 300);
	pump_until(is_lost, NULL, "a new device is there");
	await(2);
	CHECK_STR(viewer_figures(&viewer).way, "gpu");
	post();
	await(3);
	close_viewer();
}

static const struct test_case cases[] = {
	TEST(a_lost_device_is_made_anew), TEST(lost_in_a_flood),  TEST(given_up_with_a_notice),
	TEST(even_if_the_user_chose_it),  TEST(lost_in_a_resize),
};

int main(int argc, char **argv)
{
	return test_main(argc, argv, cases, G_N_ELEMENTS(cases));
}
